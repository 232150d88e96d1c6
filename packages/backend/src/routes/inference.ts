import type { Answer, Attempt, Call, DispatchDeps } from '../services/dispatch/index.ts';
import { createTrack, dispatch, lacksCounting, type Track } from '../services/dispatch/index.ts';
import { planRoute, resolveModel, routeError } from '../services/routing/index.ts';
import { asGatewayError, GatewayError } from '../types/errors.ts';
import type { Endpoint, Format } from '../types/format.ts';
import type { Alias, ClientKey, Snapshot } from '../types/gateway.ts';
import type { UnifiedChatRequest } from '../types/ir/request.ts';
import type { Json } from '../types/json.ts';
import type { RequestRecord } from '../types/record.ts';
import { estimateInputTokens } from '../utils/estimate-tokens.ts';
import { isTooDeep, JSON_DEPTH_MAX, scanTopLevel, type TopLevel } from '../utils/json-scan.ts';
import type { ProfileOf } from '../utils/make-target.ts';
import { errorAnswer } from './dialect.ts';
import { withoutKey } from './path.ts';
import { readRequestBody } from './read-body.ts';

/** What the inference doors need of the world. */
export interface InferenceDeps {
  readonly dispatch: DispatchDeps;
  readonly profileOf: ProfileOf;
  readonly wallClockMs: () => number;
  readonly record: (record: RequestRecord) => void;
  /** Called with what was not the caller's fault, for the log. */
  readonly onFault: (error: GatewayError, requestId: string) => void;
}

/** A request that has passed the door: known caller, known endpoint, one view of the configuration. */
export interface Admitted {
  readonly request: Request;
  readonly requestId: string;
  readonly key: ClientKey;
  readonly snapshot: Snapshot;
  readonly format: Format;
  readonly endpoint: Endpoint;
  readonly pathModel: string | undefined;
  readonly query: string;
}

function parseJson(body: Buffer): Json {
  if (isTooDeep(body)) {
    throw new GatewayError('request_too_deep', `the body is nested deeper than ${JSON_DEPTH_MAX} levels`);
  }
  try {
    return JSON.parse(body.toString('utf8')) as Json;
  } catch (cause) {
    const why = body.length === 0 ? 'it is empty' : String((cause as Error).message).slice(0, 120);
    throw new GatewayError('request_not_json', `the body is not JSON: ${why}`, { cause });
  }
}

/** The scan of a body that is an object; for any other body the error that says what it is. */
function scanBody(body: Buffer, format: Format, mark: string): TopLevel {
  const top = scanTopLevel(body, { stream: format.tap.askUsage !== undefined, mark });
  if (top !== undefined) return top;
  parseJson(body);
  throw new GatewayError('request_invalid', 'the body must be a JSON object');
}

function modelName(body: Buffer, top: TopLevel, pathModel: string | undefined): string {
  if (pathModel !== undefined) return pathModel.replace(/^models\//, '');
  const text = top.model === undefined ? undefined : body.toString('utf8', top.model.start, top.model.end);
  if (text === undefined)
    throw new GatewayError('request_invalid', 'model: missing; name an alias', { field: 'model' });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Reported below like every other wrong type.
    value = undefined;
  }
  if (typeof value === 'string' && value !== '') return value;
  throw new GatewayError('request_invalid', 'model: expected the name of an alias as a string', { field: 'model' });
}

/** Decodes at most once, however many attempts translate. */
function lazyDecode(body: Buffer, { format, endpoint, pathModel }: Admitted): () => UnifiedChatRequest {
  let decoded: UnifiedChatRequest | undefined;
  return () => {
    decoded ??= format.decodeRequest(parseJson(body), {
      pathModel,
      pathStream: endpoint.streams === 'always' ? true : undefined,
    });
    return decoded;
  };
}

function makeCall(admitted: Admitted, track: Track, body: Buffer, mark: string): Call {
  const { request, requestId, snapshot, format, endpoint, pathModel, query } = admitted;
  const isPathFormat = format.tap.modelIn === 'path';
  const top = scanBody(body, format, mark);
  const model = modelName(body, top, pathModel);
  track.model = model;
  return {
    requestId,
    format,
    operation: endpoint.operation,
    pathStream: isPathFormat ? endpoint.streams === 'always' : undefined,
    framing: isPathFormat && endpoint.streams === 'always' && !query.includes('alt=sse') ? 'json-array' : 'sse',
    body,
    top,
    model,
    headers: request.headers,
    query: isPathFormat ? '' : withoutKey(query),
    signal: request.signal,
    limits: snapshot.limits,
    track,
    decode: lazyDecode(body, admitted),
  };
}

/**
 * Targets in order. Two kinds of request are translated even towards their own format: a stream framed as one JSON
 * array, because upstreams are asked for events, and a history with proofs in our envelopes, which no vendor knows.
 */
function planAttempts(call: Call, alias: Alias, { key }: Admitted, deps: InferenceDeps): readonly Attempt[] {
  const nowMs = deps.wallClockMs();
  const plan = planRoute({ alias, key, clientFormat: call.format.id, seed: deps.dispatch.random(), nowMs });
  if (plan.attempts.length === 0) throw routeError(plan, call.model, nowMs);
  const isPlain = call.framing === 'sse' && !call.top.hasMark;
  if (isPlain) return plan.attempts;
  return plan.attempts.map((attempt) => ({ ...attempt, lane: 'translate' as const }));
}

/** Counted by the target where it speaks the client's format and can; otherwise estimated, and labelled so. */
async function countTokens(call: Call, attempts: readonly Attempt[], deps: InferenceDeps): Promise<Answer> {
  const counting = attempts.filter(({ lane }) => lane === 'lossless');
  if (counting.length > 0) {
    try {
      return await dispatch(call, counting, deps.dispatch);
    } catch (thrown) {
      const error = asGatewayError(thrown);
      if (!lacksCounting(call, error)) throw error;
    }
  }
  const request = call.decode();
  const body = call.format.encodeTokenCount?.(estimateInputTokens(request)) ?? {};
  call.track.finish(200, 'ok');
  const headers = {
    'content-type': 'application/json',
    [call.format.requestIdHeader]: call.requestId,
    'x-plexus-estimate': '1',
  };
  return { status: 200, headers, body: JSON.stringify(body) };
}

function answerCall(call: Call, admitted: Admitted, deps: InferenceDeps): Promise<Answer> {
  const alias = resolveModel(call.model, admitted.snapshot, admitted.key, deps.profileOf);
  call.track.alias = alias.name;
  const attempts = planAttempts(call, alias, admitted, deps);
  if (call.operation === 'count-tokens') return countTokens(call, attempts, deps);
  return dispatch(call, attempts, deps.dispatch);
}

/** Answers one admitted request. Never throws: every failure is an answer in the caller's own format. */
export async function handleInference(admitted: Admitted, deps: InferenceDeps): Promise<Response> {
  const { requestId, format, endpoint, key } = admitted;
  const start = {
    id: requestId,
    startedAtMs: deps.wallClockMs(),
    startedMs: deps.dispatch.ticker.now(),
    clientFormat: format.id,
    operation: endpoint.operation,
  };
  const track = createTrack(start, deps.dispatch.ticker.now, deps.record);
  track.keyId = key.id;
  try {
    const bytes = await readRequestBody(admitted.request, admitted.snapshot.limits, deps.dispatch.ticker);
    const { status, headers, body } = await answerCall(
      makeCall(admitted, track, bytes, deps.dispatch.translation.proofMark),
      admitted,
      deps,
    );
    return new Response(body, { status, headers });
  } catch (thrown) {
    const error = asGatewayError(thrown);
    track.fail(error);
    if (error.rule.source !== 'client') deps.onFault(error, requestId);
    return errorAnswer(error, format, requestId);
  }
}
