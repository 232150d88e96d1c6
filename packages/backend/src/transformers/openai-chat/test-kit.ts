import { GatewayError } from '../../types/errors.ts';
import type { AnswerContext, Loss } from '../../types/format.ts';
import type { Reply } from '../../types/ir/reply.ts';
import type { UnifiedChatRequest } from '../../types/ir/request.ts';
import type { StreamEvent } from '../../types/ir/stream-event.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { foldReply } from '../fold.ts';
import { createNormaliser } from '../normalise.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeReply, streamDecoder } from './decode-stream.ts';
import { encodeRequest } from './encode-request.ts';
import { streamEncoder } from './encode-stream.ts';

/** What the tests of this folder share. */

export const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export function profile(fields: Partial<TargetProfile> = {}): TargetProfile {
  return {
    format: 'openai-chat',
    providerId: 'acme',
    model: 'm-large',
    family: 'm',
    thinking: 'effort',
    sampling: true,
    lateSystem: true,
    quirks: {},
    ...fields,
  };
}

export function decoded(fields: JsonObject = {}): UnifiedChatRequest {
  return decodeRequest({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...fields }, {});
}

export function encoded(
  request: Partial<UnifiedChatRequest>,
  target: Partial<TargetProfile> = {},
): { body: JsonObject; losses: Loss[]; toolNames: ReadonlyMap<string, string> | undefined } {
  const losses: Loss[] = [];
  const { body, toolNames } = encodeRequest({ ...decoded(), ...request }, profile(target), (rule, field, reason) =>
    losses.push({ rule, field, reason }),
  );
  return { body, losses, toolNames };
}

export interface Upstream {
  readonly target?: Partial<TargetProfile> | undefined;
  readonly toolNames?: ReadonlyMap<string, string> | undefined;
  readonly customTools?: ReadonlySet<string> | undefined;
}

const contextOf = ({ target, toolNames, customTools }: Upstream) => ({
  target: profile(target),
  ...(toolNames !== undefined && { toolNames }),
  ...(customTools !== undefined && { customTools }),
});

/** Events of a stream as the decoder gives them, `data` texts or chunks in. */
export function rawEvents(chunks: readonly (Json | string)[], upstream: Upstream = {}): StreamEvent[] {
  const events: StreamEvent[] = [];
  const decoder = streamDecoder(contextOf(upstream));
  const emit = (event: StreamEvent): number => events.push(event);
  for (const chunk of chunks) decoder.push({ data: typeof chunk === 'string' ? chunk : JSON.stringify(chunk) }, emit);
  decoder.end(emit);
  return events;
}

export function normalised(events: readonly StreamEvent[]): StreamEvent[] {
  const given: StreamEvent[] = [];
  const normaliser = createNormaliser((event) => given.push(event));
  for (const event of events) normaliser.push(event);
  normaliser.end();
  return given;
}

export function foldStream(chunks: readonly (Json | string)[], upstream: Upstream = {}): Reply | GatewayError {
  return foldReply(normalised(rawEvents(chunks, upstream)));
}

export function foldUnary(wire: Json, upstream: Upstream = {}): Reply | GatewayError {
  return foldReply(normalised(decodeReply(wire, contextOf(upstream))));
}

export function needReply(reply: Reply | GatewayError): Reply {
  if (reply instanceof GatewayError) throw reply;
  return reply;
}

export function answerContext(request: Partial<UnifiedChatRequest> = {}): AnswerContext {
  return {
    requestId: 'req_0198',
    model: 'alias',
    createdAtMs: 1_700_000_000_500,
    request: { ...decoded(), ...request },
    framing: 'sse',
  };
}

export function encodeStreamText(events: readonly StreamEvent[], request: Partial<UnifiedChatRequest> = {}): string {
  const encoder = streamEncoder(answerContext(request));
  return events.map((event) => encoder.push(event)).join('');
}

/** The data of each event of an encoded stream; `[DONE]` stays text. */
export function chunksOf(text: string): (JsonObject | string)[] {
  return text
    .split('\n\n')
    .filter((block) => block.startsWith('data: '))
    .map((block) => (block === 'data: [DONE]' ? '[DONE]' : JSON.parse(block.slice(6))));
}

export const delta = (fields: JsonObject, finish: string | null = null): JsonObject => ({
  id: 'up-1',
  model: 'up-model',
  choices: [{ index: 0, delta: fields, finish_reason: finish }],
});
