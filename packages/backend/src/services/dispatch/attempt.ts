import { asGatewayError, GatewayError } from '../../types/errors.ts';
import type { AnswerContext, Format } from '../../types/format.ts';
import type { Provider } from '../../types/gateway.ts';
import type { StreamEvent } from '../../types/ir/stream-event.ts';
import { createSseParser } from '../../utils/sse.ts';
import { copyReturnHeaders, streamHeaders } from './answer-headers.ts';
import type { LaneStream } from './lane.ts';
import { ERROR_BODY_BYTES_MAX, HELD_BYTES_MAX } from './limits.ts';
import { losslessStream } from './lossless-stream.ts';
import { type Prepared, prepareLossless, prepareTranslated } from './outbound.ts';
import type { Answer, Attempt, Call, DispatchDeps } from './ports.ts';
import { createPump } from './pump.ts';
import { createScope, type Scope } from './scope.ts';
import { translatedStream } from './translated-stream.ts';
import { oddStatus } from './transport.ts';
import { decodeUnary, losslessUnary, translatedUnary } from './unary.ts';
import { readBody, readHead, readWhole, type UpstreamBody } from './upstream-body.ts';

/** One attempt's end: an answer, or why not. `raw` is the provider's own refusal in the client's own format. */
export type AttemptResult =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly error: GatewayError; readonly raw?: Answer | undefined };

interface Running {
  readonly call: Call;
  readonly attempt: Attempt;
  readonly upstream: Format;
  readonly deps: DispatchDeps;
  readonly scope: Scope;
  readonly prepared: Prepared;
}

/** How long response headers may take. Without a stream they come last, when the whole answer has been made. */
function headersMs({ limits, pathStream, top }: Call, { firstByteMs }: Provider): number {
  const first = firstByteMs ?? limits.firstByteMs;
  const streams = pathStream ?? top.mayStream;
  return Math.min(streams ? first : Math.max(first, limits.unaryMs), limits.attemptMs);
}

/** Sends the call to one target and waits until it answers or fails. Never throws. */
export async function runAttempt(call: Call, attempt: Attempt, deps: DispatchDeps): Promise<AttemptResult> {
  const { track, limits } = call;
  const { provider } = attempt.target;
  const scope = createScope(call, deps.ticker);
  track.beginAttempt(attempt, scope.startedMs);
  let url = '';
  try {
    const upstream = deps.formats.get(attempt.format);
    if (upstream === undefined) throw new GatewayError('gateway_internal', `no format ${attempt.format}`);
    const prepared =
      attempt.lane === 'lossless' ? prepareLossless(call, attempt) : prepareTranslated(call, attempt, upstream);
    url = prepared.url;
    track.losses = prepared.losses;
    scope.onDue(() => scope.abort(new GatewayError('upstream_timeout', 'the provider did not answer in time')));
    scope.watch.setDue(scope.startedMs + headersMs(call, provider));
    const { headers, body } = prepared;
    const { signal } = scope;
    const reply = await deps.transport.send({ url, headers, body, signal, privateNetwork: provider.privateNetwork });
    const running: Running = { call, attempt, upstream, deps, scope, prepared };
    if (!isWholeBody(reply, url)) return await (reply.ok ? stream(running, reply) : refuse(running, reply));
    const allowSilence = (ms: number): void =>
      scope.watch.setDue(Math.min(scope.startedMs + limits.attemptMs, deps.ticker.now() + ms));
    allowSilence(limits.firstContentMs);
    const bytes = await readWhole(reply, limits.replyBytesMax, () => allowSilence(limits.stallMs));
    return succeed(running, answerWhole(running, reply, bytes));
  } catch (thrown) {
    const error = scope.cause ?? (url === '' ? asGatewayError(thrown) : deps.transport.explain(thrown, url));
    track.endAttempt(error.code, error.upstreamStatus);
    scope.abort(error);
    scope.close();
    return { ok: false, error };
  }
}

/** True for an answer that is one body, false for a stream and for a refusal. Throws for a status of no API. */
function isWholeBody({ status, headers }: Response, url: string): boolean {
  const odd = oddStatus(status, url);
  if (odd !== undefined) throw odd;
  return status < 400 && headers.get('content-type')?.includes('text/event-stream') !== true;
}

function answerWhole({ call, attempt, upstream, deps, prepared }: Running, reply: Response, bytes: Buffer): Answer {
  if (attempt.lane === 'lossless') return losslessUnary(call, reply, bytes, prepared.context);
  const events = decodeUnary(upstream, bytes, prepared.context);
  return translatedUnary(call, events, answerContext(call), deps.translation);
}

function succeed({ call, scope }: Running, answer: Answer): AttemptResult {
  scope.close();
  call.track.markContent();
  call.track.finish(answer.status, 'ok');
  return { ok: true, answer };
}

function answerContext(call: Call): AnswerContext {
  return {
    requestId: call.requestId,
    model: call.model,
    createdAtMs: call.track.startedAtMs,
    request: call.decode(),
    framing: call.framing,
  };
}

/** The upstream said no. Its own words go to a client of the same format, unless the fault is ours. */
async function refuse({ call, attempt, upstream, scope }: Running, reply: Response): Promise<AttemptResult> {
  const bodyText = withoutSecret(await readHead(reply, ERROR_BODY_BYTES_MAX), attempt);
  const error = upstream.decodeError({ status: reply.status, headers: reply.headers, bodyText });
  call.track.endAttempt(error.code, reply.status);
  scope.close();
  const mayShow = attempt.lane === 'lossless' && SHOWN.has(error.code) && bodyText.trimStart().startsWith('{');
  if (!mayShow) return { ok: false, error };
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    [call.format.requestIdHeader]: call.requestId,
  };
  copyReturnHeaders(call.format, reply.headers, headers);
  // Gemini tells the wait in the body only; clients look for the header.
  const waitS = error.retryAfterMs === undefined ? null : String(Math.ceil(error.retryAfterMs / 1000));
  const retryAfter = reply.headers.get('retry-after') ?? waitS;
  if (retryAfter !== null) headers['retry-after'] = retryAfter;
  return { ok: false, error, raw: { status: reply.status, headers, body: bodyText } };
}

/** Some providers quote the key that they were sent. It is the operator's, not the caller's. */
function withoutSecret(text: string, { target }: Attempt): string {
  const secret = target.account.secret?.();
  return secret === undefined || secret === '' ? text : text.replaceAll(secret, '[key]');
}

/** Refusals that a client may see in the provider's own words: its own faults and the provider's limits. */
const SHOWN: ReadonlySet<string> = new Set([
  'upstream_rejected',
  'upstream_context_length',
  'upstream_model_missing',
  'upstream_limited',
]);

/** Reads until the first content, then hands the stream to the pump. Until then every failure may fail over. */
async function stream(running: Running, reply: Response): Promise<AttemptResult> {
  const { call, attempt, deps, scope } = running;
  const body = readBody(reply);
  const lane = laneOf(running);
  if (lane === undefined) return succeed(running, await collect(running, body));
  const { held, pending } = await untilContent(running, body, lane);
  call.track.streamed = true;
  const type = call.framing === 'sse' ? 'text/event-stream; charset=utf-8' : 'application/json';
  const headers = streamHeaders(call, type);
  if (attempt.lane === 'lossless') copyReturnHeaders(call.format, reply.headers, headers);
  return {
    ok: true,
    answer: { status: 200, headers, body: createPump(call, { body, lane, scope, held, pending }, deps.ticker.now) },
  };
}

/** The lane's stream; undefined when the client wants one JSON body although the upstream streams. */
function laneOf({ call, attempt, upstream, deps, prepared }: Running): LaneStream | undefined {
  if (attempt.lane === 'lossless') {
    const hide = prepared.hidesUsage ? call.format.tap.askUsage?.hide : undefined;
    return losslessStream(call, prepared.context, hide);
  }
  const answer = answerContext(call);
  if (!answer.request.stream) return undefined;
  return translatedStream(call, upstream, prepared.context, { answer, translation: deps.translation });
}

type Chunks = readonly Uint8Array[] | undefined;

interface Opening {
  readonly held: readonly Uint8Array[];
  readonly pending: Promise<Chunks> | undefined;
}

/**
 * Holds the answer back until the first content event. When that takes longer than the keep-alive time, the
 * stream is committed without it, because a client that streams must see a sign of life.
 */
async function untilContent({ call, scope, deps }: Running, body: UpstreamBody, lane: LaneStream): Promise<Opening> {
  const { limits } = call;
  const held: Uint8Array[] = [];
  let size = 0;
  let release: (word: 'impatient') => void = () => undefined;
  scope.onDue(() => release('impatient'));
  scope.watch.setDue(deps.ticker.now() + Math.min(limits.keepAliveMs, limits.firstContentMs));
  for (;;) {
    const read = body.next();
    const chunks = await new Promise<Chunks | 'impatient'>((resolve, reject) => {
      release = resolve;
      read.then(resolve, reject);
    });
    if (chunks === 'impatient') {
      if (limits.firstContentMs > limits.keepAliveMs) return { held, pending: read };
      throw new GatewayError('upstream_timeout', 'the provider sent no content in time');
    }
    const taken = chunks === undefined ? [lane.end()] : chunks.map((chunk) => lane.take(chunk));
    for (const bytes of taken) {
      if (bytes === undefined) continue;
      held.push(bytes);
      size += bytes.length;
    }
    if (lane.hasContent) return { held, pending: chunks === undefined ? Promise.resolve(undefined) : undefined };
    if (lane.failure !== undefined) throw lane.failure;
    if (chunks === undefined)
      throw new GatewayError('upstream_truncated', 'the provider ended its stream without content');
    if (size > HELD_BYTES_MAX) return { held, pending: undefined };
  }
}

/** A stream for a client that wants one body. */
async function collect({ call, upstream, prepared, deps, scope }: Running, body: UpstreamBody): Promise<Answer> {
  const { limits } = call;
  const events: StreamEvent[] = [];
  const parser = createSseParser();
  const decoder = upstream.streamDecoder(prepared.context);
  const take = (event: StreamEvent): void => {
    events.push(event);
  };
  scope.watch.setDue(scope.startedMs + limits.attemptMs);
  let size = 0;
  for (;;) {
    const chunks = await body.next();
    if (chunks === undefined) break;
    for (const chunk of chunks) {
      size += chunk.length;
      parser.push(chunk, (event) => decoder.push(event, take));
    }
    if (size > limits.replyBytesMax)
      throw new GatewayError('upstream_garbled', 'the answer of the provider is too large');
  }
  parser.end((event) => decoder.push(event, take));
  decoder.end(take);
  return translatedUnary(call, events, answerContext(call), deps.translation);
}
