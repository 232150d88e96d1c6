import { GatewayError } from '../../types/errors.ts';
import type { AnswerContext, DecodeReplyContext } from '../../types/format.ts';
import type { Reply, ReplyBlock } from '../../types/ir/reply.ts';
import type { StreamEvent } from '../../types/ir/stream-event.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import { createDecodeState } from './decode-state.ts';
import { finish, takeChunk } from './decode-stream.ts';
import { BLOCKED_PROMPT, encodeFinish } from './finish.ts';
import { encodeGrounding, type Placed } from './grounding.ts';
import { callPart, carriedSignature, signatureText } from './part-text.ts';
import { encodeUsage } from './usage.ts';

/** A whole answer is one chunk. Without a finish it is a failure, as an unfinished stream is. */
export function decodeReply(wire: Json, context: DecodeReplyContext): StreamEvent[] {
  const events: StreamEvent[] = [];
  const state = createDecodeState(context);
  state.emit = (event) => events.push(event);
  // A stream without `alt=sse` is a list of chunks; a server that answers so is understood.
  for (const chunk of Array.isArray(wire) ? wire : [wire]) if (!state.ended) takeChunk(state, chunk);
  finish(state);
  if (state.ended) return events;
  const error = state.sawAnything
    ? new GatewayError('upstream_truncated', 'the provider ended its answer without a finish')
    : new GatewayError('upstream_garbled', 'the provider sent an answer without candidates');
  return [...events, { type: 'message-failure', error }];
}

interface Answer {
  readonly parts: JsonObject[];
  readonly placed: Placed[];
  /** Names of calls whose arguments are no JSON object. */
  readonly broken: string[];
  waiting: string | undefined;
}

function withSignature(part: JsonObject, own: string | undefined, answer: Answer): JsonObject {
  const thoughtSignature = own ?? answer.waiting;
  answer.waiting = undefined;
  return thoughtSignature === undefined ? part : { ...part, thoughtSignature };
}

type Adders = {
  [K in ReplyBlock['kind']]: (answer: Answer, block: Extract<ReplyBlock, { kind: K }>) => void;
};

const adders: Adders = {
  text: (answer, { text, proof, citations }) => {
    for (const citation of citations) {
      answer.placed.push({ citation, text, byteBase: 0, partIndex: answer.parts.length });
    }
    if (text === '' && proof === undefined && citations.length === 0) return;
    answer.parts.push(withSignature({ text }, signatureText(proof), answer));
  },
  refusal: (answer, { text }) => {
    if (text !== '') answer.parts.push(withSignature({ text }, undefined, answer));
  },
  reasoning: (answer, { text, proof }) => {
    const thoughtSignature = signatureText(proof);
    if (text === '' && thoughtSignature === undefined) return;
    answer.parts.push({ text, thought: true, ...(thoughtSignature !== undefined && { thoughtSignature }) });
    answer.waiting = carriedSignature(proof, text) ?? answer.waiting;
  },
  call: (answer, block) => {
    const part = callPart(block);
    if (part === undefined) answer.broken.push(block.name);
    else answer.parts.push(withSignature(JSON.parse(part) as JsonObject, signatureText(block.proof), answer));
  },
  media: (answer, { mime, data, proof }) => {
    answer.parts.push(withSignature({ inlineData: { mimeType: mime, data } }, signatureText(proof), answer));
  },
  opaque: (answer, { format, value }) => {
    if (format === 'gemini' && isObject(value)) answer.parts.push(value);
  },
};

/** How the answer ended: half-written arguments are Gemini's own MALFORMED_FUNCTION_CALL unless a limit cut them. */
export function ending(reason: Reply['reason'], raw: string | undefined, broken: readonly string[]): JsonObject {
  if (broken.length === 0 || (reason !== 'tool' && reason !== 'stop'))
    return { finishReason: encodeFinish(reason, raw) };
  return { finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: `Malformed function call: ${broken.join(', ')}` };
}

/** A whole answer as `GenerateContentResponse`. A blocked prompt has feedback and no candidates. */
export function encodeReply(reply: Reply, context: AnswerContext): JsonObject {
  const answer: Answer = { parts: [], placed: [], broken: [], waiting: undefined };
  for (const block of reply.blocks) {
    // TypeScript cannot see that kind and block agree.
    (adders[block.kind] as (answer: Answer, block: ReplyBlock) => void)(answer, block);
  }
  const usageMetadata = encodeUsage(reply.usage);
  const tail: JsonObject = {
    ...(usageMetadata !== undefined && { usageMetadata }),
    modelVersion: context.model,
    responseId: reply.id ?? context.requestId,
  };
  const blocked = reply.rawReason?.startsWith(BLOCKED_PROMPT) === true && answer.parts.length === 0;
  if (blocked)
    return { promptFeedback: { blockReason: reply.rawReason?.slice(BLOCKED_PROMPT.length) ?? 'OTHER' }, ...tail };
  const groundingMetadata = encodeGrounding(answer.placed);
  const parts = answer.parts.length > 0 ? answer.parts : [{ text: '' }];
  const candidate: JsonObject = {
    content: { parts, role: 'model' },
    ...ending(reply.reason, reply.rawReason, answer.broken),
    index: 0,
    ...(groundingMetadata !== undefined && { groundingMetadata }),
  };
  return { candidates: [candidate], ...tail };
}
