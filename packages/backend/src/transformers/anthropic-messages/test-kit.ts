import type { AnswerContext, DecodeReplyContext, Loss, NoteLoss, SseEvent } from '../../types/format.ts';
import type { Reply } from '../../types/ir/reply.ts';
import type { UnifiedChatRequest } from '../../types/ir/request.ts';
import type { StreamEvent } from '../../types/ir/stream-event.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { createSseParser } from '../../utils/sse.ts';
import { foldReply } from '../fold.ts';
import { createNormaliser } from '../normalise.ts';
import { decodeRequest } from './decode-request.ts';
import { streamDecoder } from './decode-stream.ts';
import { encodeRequest } from './encode-request.ts';
import { streamEncoder } from './encode-stream.ts';

/** A current Claude as target; `changes` make it another. */
export function target(changes: Partial<TargetProfile> = {}): TargetProfile {
  return {
    format: 'anthropic-messages',
    providerId: 'anthropic',
    model: 'claude-sonnet-4-5',
    family: 'claude-sonnet-4-5',
    thinking: 'budget',
    sampling: true,
    maxOutputTokens: 64_000,
    lateSystem: false,
    quirks: {},
    ...changes,
  };
}

/** A neutral request as a Chat client would leave it. */
export function request(changes: Partial<UnifiedChatRequest> = {}): UnifiedChatRequest {
  return {
    model: 'alias',
    system: [],
    turns: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
    tools: [],
    sampling: {},
    stream: false,
    wantUsage: true,
    ext: { format: 'openai-chat', fields: {} },
    ...changes,
  };
}

function collectLosses(): { losses: Loss[]; noteLoss: NoteLoss } {
  const losses: Loss[] = [];
  return { losses, noteLoss: (rule, field, reason) => losses.push({ rule, field, reason }) };
}

export interface Encoded {
  readonly body: JsonObject;
  readonly rules: string[];
  readonly toolNames: ReadonlyMap<string, string> | undefined;
}

export function encode(changes: Partial<UnifiedChatRequest>, profile: Partial<TargetProfile> = {}): Encoded {
  const { losses, noteLoss } = collectLosses();
  const { body, toolNames } = encodeRequest(request(changes), target(profile), noteLoss);
  return { body, toolNames, rules: losses.map(({ rule }) => rule) };
}

/** A body through the IR and back to its own API, as JSON would carry it. */
export function roundTrip(body: Json, profile: Partial<TargetProfile> = {}): { body: Json; rules: string[] } {
  const { losses, noteLoss } = collectLosses();
  const encoded = encodeRequest(decodeRequest(body, {}), target(profile), noteLoss);
  return { body: JSON.parse(JSON.stringify(encoded.body)), rules: losses.map(({ rule }) => rule) };
}

export const replyContext = (changes: Partial<DecodeReplyContext> = {}): DecodeReplyContext => ({
  target: target(),
  ...changes,
});

export function answerContext(changes: Partial<UnifiedChatRequest> = {}): AnswerContext {
  return { requestId: 'req_1', model: 'alias', createdAtMs: 0, request: request(changes), framing: 'sse' };
}

/** Wire events through decoder and normaliser, as the pump would run them. */
export function decodeEvents(wire: readonly Json[], context = replyContext()): StreamEvent[] {
  const events: StreamEvent[] = [];
  const normaliser = createNormaliser((event) => events.push(event));
  const decoder = streamDecoder(context);
  for (const event of wire)
    decoder.push({ data: typeof event === 'string' ? event : JSON.stringify(event) }, normaliser.push);
  decoder.end(normaliser.push);
  normaliser.end();
  return events;
}

export function normalised(events: readonly StreamEvent[]): StreamEvent[] {
  const normal: StreamEvent[] = [];
  const normaliser = createNormaliser((event) => normal.push(event));
  for (const event of events) normaliser.push(event);
  normaliser.end();
  return normal;
}

export function folded(events: readonly StreamEvent[]): Reply {
  const reply = foldReply(normalised(events));
  if (reply instanceof Error) throw reply;
  return reply;
}

export function encodeEvents(events: readonly StreamEvent[], context = answerContext()): string {
  const encoder = streamEncoder(context);
  return normalised(events)
    .map((event) => encoder.push(event))
    .join('');
}

/** Stream text as its events. */
export function readSse(text: string): SseEvent[] {
  const events: SseEvent[] = [];
  const parser = createSseParser();
  parser.push(new TextEncoder().encode(text), (event) => events.push(event));
  parser.end((event) => events.push(event));
  return events;
}

export const wireOf = (text: string): JsonObject[] => readSse(text).map(({ data }) => JSON.parse(data) as JsonObject);
