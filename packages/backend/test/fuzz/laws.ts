import { foldReply } from '../../src/transformers/fold.ts';
import { createNormaliser } from '../../src/transformers/normalise.ts';
import { GatewayError } from '../../src/types/errors.ts';
import type { AnswerContext, SseEvent } from '../../src/types/format.ts';
import { FORMAT_IDS, type FormatId } from '../../src/types/format-id.ts';
import type { UnifiedChatRequest } from '../../src/types/ir/request.ts';
import type { StreamEvent } from '../../src/types/ir/stream-event.ts';
import type { TargetProfile } from '../../src/types/ir/target.ts';
import type { Json } from '../../src/types/json.ts';
import { createSseParser } from '../../src/utils/sse.ts';
import { answerContext, formatOf, replyContext } from '../recorded/lane.ts';
import { cutAnywhere } from './mutate-bytes.ts';
import type { Random } from './random.ts';

/** What must hold for any input. Each law throws a plain Error that says which part broke it. */

const must = (holds: boolean, words: string): void => {
  if (!holds) throw new Error(words);
};

/** Nothing that was read may have reached the prototype of all objects. */
function checkPrototype(): void {
  must(({} as Record<string, unknown>)['polluted'] === undefined, 'Object.prototype was changed');
}

/** Runs a part that may refuse with these codes and with nothing else. */
function refusing<T>(part: string, codes: readonly string[], run: () => T): T | undefined {
  try {
    return run();
  } catch (thrown) {
    if (thrown instanceof GatewayError && codes.includes(thrown.code)) {
      must(thrown.message.length < 2000, `${part} refused with a message of ${thrown.message.length} characters`);
      return undefined;
    }
    throw new Error(`${part} threw ${String(thrown)}`, { cause: thrown });
  }
}

const THINKING = ['none', 'effort', 'budget', 'adaptive', 'budget-or-adaptive', 'level', 'always'] as const;

/** Any target of this API, peculiar or not. */
function anyTarget(format: FormatId, random: Random): TargetProfile {
  const plain = random.chance(0.4);
  return {
    format,
    providerId: 'p',
    model: random.pick(['m', 'claude-sonnet-4-5', 'claude-opus-4-8', 'gemini-3-pro', 'gpt-5', 'deepseek-chat']),
    family: random.pick(['m', 'claude-sonnet-4-5', 'claude-opus-4-8', 'gemini-3-pro', 'gpt-5']),
    thinking: random.pick(THINKING),
    sampling: random.chance(0.7),
    ...(random.chance(0.5) && { maxOutputTokens: random.pick([1, 1024, 64_000]) }),
    lateSystem: random.chance(0.5),
    quirks: plain
      ? {}
      : {
          maxTokensField: random.pick([undefined, 'max_tokens', 'max_completion_tokens'] as const),
          systemRole: random.pick([undefined, 'developer'] as const),
          reasoningField: random.pick([undefined, 'reasoning'] as const),
          needsReasoningBack: random.chance(0.5),
          reasoningWish: random.pick([undefined, 'openrouter', 'thinking-type', 'enable-thinking', 'none'] as const),
          toolIdRule: random.pick([undefined, 'mistral'] as const),
          noJsonSchema: random.chance(0.5),
          openApiSchema: random.chance(0.5),
        },
  };
}

function decodeAny(format: FormatId, body: Json, random: Random): UnifiedChatRequest | undefined {
  const context =
    format === 'gemini' ? { pathModel: random.pick(['m', 'a/b:c', '']), pathStream: random.chance(0.5) } : {};
  const before = JSON.stringify(body);
  const request = refusing(`${format} decodeRequest`, ['request_invalid', 'request_unsupported'], () =>
    formatOf(format).decodeRequest(body, context),
  );
  must(JSON.stringify(body) === before, `${format} decodeRequest changed its input`);
  if (request !== undefined) checkRequest(format, request);
  checkPrototype();
  return request;
}

const ROLES: readonly string[] = ['user', 'assistant', 'system'];
const PARTS: readonly string[] = ['text', 'media', 'call', 'result', 'reasoning', 'opaque'];

/** What encoders may rely on: the vocabulary holds only its own words. */
function checkRequest(format: FormatId, { turns }: UnifiedChatRequest): void {
  for (const { role, parts } of turns) {
    must(ROLES.includes(role), `${format} decodeRequest gave the role ${String(role)}`);
    for (const part of parts) must(PARTS.includes(part?.type), `${format} decodeRequest gave a part ${String(part)}`);
  }
}

/** A body is read or refused; what was read goes to any target of each API, or is refused as unsupported. */
export function requestLaw(format: FormatId, body: Json, random: Random): void {
  const request = decodeAny(format, body, random);
  if (request === undefined) return;
  for (const id of FORMAT_IDS) {
    const target = anyTarget(id, random);
    const operation = random.chance(0.1) ? 'count-tokens' : 'generate';
    const encode = (): string | undefined =>
      refusing(`${format} to ${id} encodeRequest`, ['request_unsupported'], () =>
        JSON.stringify(formatOf(id).encodeRequest(request, target, () => undefined, operation).body),
      );
    const first = encode();
    if (random.chance(0.1)) must(first === encode(), `${format} to ${id} encodeRequest is not the same twice`);
  }
  checkPrototype();
}

function parse(pieces: readonly Buffer[]): SseEvent[] {
  const events: SseEvent[] = [];
  const parser = createSseParser();
  for (const piece of pieces) parser.push(piece, (event) => events.push(event));
  parser.end((event) => events.push(event));
  return events;
}

const comparable = (events: readonly unknown[]): string =>
  JSON.stringify(events, (_key, value) => (value instanceof GatewayError ? [value.code, value.message] : value));

function decode(format: FormatId, target: TargetProfile, events: readonly SseEvent[]): StreamEvent[] {
  const decoder = formatOf(format).streamDecoder({ target });
  const out: StreamEvent[] = [];
  const normaliser = createNormaliser((event) => out.push(event));
  for (const event of events) decoder.push(event, normaliser.push);
  decoder.end(normaliser.push);
  normaliser.end();
  return out;
}

const REASONS: readonly string[] = [
  'stop',
  'tool',
  'length',
  'context',
  'stop-sequence',
  'filter',
  'refusal',
  'pause',
  'other',
];
const KINDS: readonly string[] = ['text', 'refusal', 'reasoning', 'call', 'media', 'opaque'];

/** The vocabulary of events, which encoders rely on. */
function checkEvent(source: string, event: StreamEvent): void {
  if (event.type === 'message-end') must(REASONS.includes(event.reason), `${source} gave the reason ${event.reason}`);
  if (event.type === 'block-start') {
    must(KINDS.includes(event.kind), `${source} gave a block of the kind ${event.kind}`);
    for (const word of [event.id, event.name])
      must(word === undefined || typeof word === 'string', `${source} gave a call with ${typeof word}`);
  }
  if (event.type === 'text-delta' || event.type === 'args-delta') {
    must(typeof event.text === 'string', `${source} gave a delta of ${typeof event.text}`);
  }
  if (event.type !== 'usage-update') return;
  for (const [key, count] of Object.entries(event.usage)) {
    const isCount = typeof count === 'number' && Number.isFinite(count) && count >= 0;
    must(count === undefined || isCount, `${source} gave ${key} ${count}`);
  }
}

const isEnd = ({ type }: StreamEvent): boolean => type === 'message-end' || type === 'message-failure';

function anyAnswer(client: FormatId, random: Random): AnswerContext {
  const plain = answerContext(client, true);
  const request = {
    ...plain.request,
    wantUsage: random.chance(0.7),
    legacyCalls: random.chance(0.1),
    ...(random.chance(0.3) && { reasoning: { mode: 'on' as const, visible: random.chance(0.5) } }),
  };
  const framing = client === 'gemini' && random.chance(0.3) ? ('json-array' as const) : ('sse' as const);
  return { ...plain, request, framing };
}

/** The client's stream must be what its own parser reads: events of JSON, or one JSON array. */
function checkWire(client: FormatId, text: string, framing: 'sse' | 'json-array'): void {
  if (framing === 'json-array') {
    must(Array.isArray(JSON.parse(text)), 'gemini streamEncoder wrote no array');
    return;
  }
  for (const { data } of parse([Buffer.from(text)])) {
    if (data === '[DONE]') continue;
    must(typeof JSON.parse(data) === 'object', `${client} streamEncoder wrote an event that is no object`);
  }
}

/** A stream's events, however sloppy, become one well-formed answer in each API, streamed and whole. */
function answerLaw(source: string, events: readonly StreamEvent[], random: Random): void {
  must(events.filter(isEnd).length === 1, `${source} gave ${events.filter(isEnd).length} ends`);
  const late = events.slice(events.findIndex(isEnd) + 1).filter(({ type }) => type !== 'usage-update');
  must(late.length === 0, `${source} went on after its end with ${late[0]?.type}`);
  for (const event of events) checkEvent(source, event);
  for (const client of FORMAT_IDS) {
    const context = anyAnswer(client, random);
    const encoder = formatOf(client).streamEncoder(context);
    let text = '';
    // Usage behind the finish is counted, but the encoder has finished by then.
    for (const event of events) {
      text += encoder.push(event);
      if (isEnd(event)) break;
    }
    checkWire(client, text, context.framing);
    const reply = foldReply(events);
    if (!(reply instanceof Error)) JSON.stringify(formatOf(client).encodeReply(reply, context));
  }
}

/** Any bytes as a stream: nothing is thrown, one end, the same events however the bytes are cut. */
export function streamLaw(format: FormatId, bytes: Buffer, random: Random): void {
  const target = { ...replyContext(format).target, quirks: random.chance(0.2) ? { thinkTags: true } : {} };
  const wire = parse([bytes]);
  const events = decode(format, target, wire);
  const cut = parse(cutAnywhere(bytes, random));
  must(comparable(cut) === comparable(wire), 'the SSE parser depends on where the bytes are cut');
  if (random.chance(0.2)) {
    must(comparable(decode(format, target, cut)) === comparable(events), `${format} streamDecoder depends on the past`);
  }
  answerLaw(`${format} streamDecoder`, events, random);
  checkPrototype();
}

/** Any JSON as a whole reply. */
export function replyLaw(format: FormatId, wire: Json, random: Random): void {
  const events: StreamEvent[] = [];
  const normaliser = createNormaliser((event) => events.push(event));
  for (const event of formatOf(format).decodeReply(wire, replyContext(format))) normaliser.push(event);
  normaliser.end();
  answerLaw(`${format} decodeReply`, events, random);
  checkPrototype();
}

const HEADERS = ['retry-after', 'retry-after-ms', 'x-ratelimit-reset-requests', 'x-should-retry', 'content-type'];
const VALUES = ['', '0', '-1', '1e999', 'NaN', '12', 'soon', 'Wed, 21 Oct 2015 07:28:00 GMT', 'x'.repeat(3000), 'true'];

/** Any answer that is no success becomes an error of ours, and that becomes an error of each API. */
export function errorLaw(format: FormatId, bodyText: string, random: Random): void {
  const headers = new Headers();
  for (let done = random.int(3); done > 0; done -= 1) headers.set(random.pick(HEADERS), random.pick(VALUES));
  const status = random.pick([
    300, 302, 400, 401, 402, 403, 404, 408, 413, 422, 429, 499, 500, 502, 503, 529, 599, 999,
  ]);
  const error = formatOf(format).decodeError({ status, headers, bodyText });
  must(error instanceof GatewayError, `${format} decodeError gave no GatewayError`);
  const wait = error.retryAfterMs;
  must(wait === undefined || (Number.isFinite(wait) && wait >= 0), `${format} decodeError wants a wait of ${wait} ms`);
  for (const client of FORMAT_IDS) {
    const answer = formatOf(client).encodeError(error, 'req_1');
    must(answer.status >= 400 && answer.status <= 599, `${client} encodeError gave the status ${answer.status}`);
    JSON.stringify(answer.body);
    checkWire(client, formatOf(client).encodeStreamError(error, 'req_1', 'sse'), 'sse');
    // Throws for a value that no header can hold.
    new Headers({ ...answer.headers });
  }
}
