import { GatewayError } from '../../types/errors.ts';
import type { DecodeReplyContext, SseEvent, StreamDecoder } from '../../types/format.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, softString } from '../../utils/fields.ts';
import { endCall, takeCall } from './decode-calls.ts';
import { blockFor, closeBlock, createDecodeState, type DecodeState, fail, garbled, proofOf } from './decode-state.ts';
import { streamFailure } from './errors.ts';
import { BLOCKED_PROMPT, decodeFinish } from './finish.ts';
import { decodeGrounding } from './grounding.ts';
import { decodeUsage } from './usage.ts';
import { ANSWER_CHARS_MAX, fieldOf } from './wire.ts';

function takeText(state: DecodeState, text: string, part: JsonObject): void {
  const isThought = part['thought'] === true;
  const proof = proofOf(state, part);
  if (text === '' && proof === undefined) return;
  const block = blockFor(state, isThought ? 'reasoning' : 'text');
  if (text !== '') state.emit({ type: 'text-delta', block, text });
  if (!isThought && state.text.length < ANSWER_CHARS_MAX) state.text += text;
  if (proof !== undefined) state.proof = proof;
}

function takeWhole(state: DecodeState, part: JsonObject): void {
  closeBlock(state);
  endCall(state);
  const block = state.blocks++;
  const inline = fieldOf(part, 'inlineData');
  const data = isObject(inline) ? softString(inline['data']) : undefined;
  if (!isObject(inline) || data === undefined || part['thought'] === true) {
    state.emit({ type: 'block-start', block, kind: 'opaque', raw: { format: 'gemini', value: part } });
    state.emit({ type: 'block-end', block });
    return;
  }
  const mime = softString(fieldOf(inline, 'mimeType')) ?? 'application/octet-stream';
  const proof = proofOf(state, part);
  state.emit({ type: 'block-start', block, kind: 'media', media: { mime, data } });
  state.emit(proof === undefined ? { type: 'block-end', block } : { type: 'block-end', block, proof });
}

function takePart(state: DecodeState, part: JsonObject): void {
  const { text } = part;
  if (typeof text === 'string') {
    // The empty text of a last chunk must not close a call that is still open.
    if (text !== '') endCall(state);
    takeText(state, text, part);
    return;
  }
  const call = part['functionCall'] ?? part['function_call'];
  if (isObject(call)) {
    takeCall(state, call, part);
    return;
  }
  const keys = Object.keys(part).filter(
    (key) => key !== 'thoughtSignature' && key !== 'thought_signature' && key !== 'thought',
  );
  if (keys.length > 0) takeWhole(state, part);
  else takeText(state, '', part);
}

function takeCitations(state: DecodeState, candidate: JsonObject): void {
  if (candidate['groundingMetadata'] === undefined && candidate['citationMetadata'] === undefined) return;
  const { text } = state;
  const citations = decodeGrounding(candidate, text);
  if (citations.length === 0) return;
  const block = state.open !== undefined && state.openKind === 'text' ? state.open : blockFor(state, 'text');
  for (const citation of citations) state.emit({ type: 'citation', block, citation });
}

function takeFinish(state: DecodeState, raw: string, candidate: JsonObject): void {
  const reason = decodeFinish(raw);
  if (reason !== 'broken') {
    state.finish = { reason, raw };
    return;
  }
  const said = softString(fieldOf(candidate, 'finishMessage'))?.slice(0, 300);
  const text = `the provider ended with ${raw}${said === undefined ? '' : `: ${said}`}`;
  fail(state, new GatewayError('upstream_garbled', text, { upstreamCode: raw }));
}

function takeCandidate(state: DecodeState, candidate: JsonObject): void {
  const content = candidate['content'];
  const parts = isObject(content) ? content['parts'] : undefined;
  if (Array.isArray(parts)) {
    for (const part of parts) {
      if (isObject(part) && !state.ended) takePart(state, part);
    }
  }
  if (state.ended) return;
  takeCitations(state, candidate);
  const raw = candidate['finishReason'] ?? candidate['finish_reason'];
  if (typeof raw === 'string' && raw !== '' && raw !== 'FINISH_REASON_UNSPECIFIED') takeFinish(state, raw, candidate);
}

/** Only the first answer is read: the gateway asks for one, and some servers leave its number out. */
function firstCandidate(candidates: Json | undefined): JsonObject | undefined {
  if (!Array.isArray(candidates)) return undefined;
  for (const candidate of candidates) {
    if (isObject(candidate) && (candidate['index'] === undefined || candidate['index'] === 0)) return candidate;
  }
  return undefined;
}

function blockReasonOf(chunk: JsonObject): string | undefined {
  const feedback = chunk['promptFeedback'] ?? chunk['prompt_feedback'];
  const reason = isObject(feedback) ? softString(fieldOf(feedback, 'blockReason')) : undefined;
  return reason === '' || reason === 'BLOCKED_REASON_UNSPECIFIED' ? undefined : reason;
}

function start(state: DecodeState, chunk: JsonObject): void {
  state.started = true;
  const id = softString(fieldOf(chunk, 'responseId')) || undefined;
  const model = softString(fieldOf(chunk, 'modelVersion')) || undefined;
  state.seed = id ?? softString(fieldOf(chunk, 'createTime')) ?? '';
  state.emit({ type: 'message-start', ...(id !== undefined && { id }), ...(model !== undefined && { model }) });
}

/** Emits the end, once everything before it is closed. */
export function finish(state: DecodeState): void {
  if (state.ended || state.finish === undefined) return;
  closeBlock(state);
  endCall(state);
  state.ended = true;
  state.emit({ type: 'message-end', ...state.finish });
}

/** Code Assist wraps each chunk. */
function unwrapped(wire: Json): Json {
  return isObject(wire) && isObject(wire['response']) && wire['candidates'] === undefined ? wire['response'] : wire;
}

function takeAnswer(state: DecodeState, chunk: JsonObject): void {
  if (!state.started) start(state, chunk);
  if (state.finish === undefined) {
    const candidate = firstCandidate(chunk['candidates']);
    if (candidate !== undefined) {
      state.sawAnything = true;
      takeCandidate(state, candidate);
    } else if (!state.sawAnything) {
      const blocked = blockReasonOf(chunk);
      if (blocked !== undefined) state.finish = { reason: 'filter', raw: BLOCKED_PROMPT + blocked };
    }
  }
  const usage = chunk['usageMetadata'] ?? chunk['usage_metadata'];
  if (usage !== undefined && usage !== null && !state.ended) takeUsage(state, usage);
  // Usage may follow the finish by one chunk; with both in hand there is nothing to wait for.
  if (state.sawUsage) finish(state);
}

/** One chunk, which is also the shape of a whole answer. */
export function takeChunk(state: DecodeState, wire: Json): void {
  const chunk = unwrapped(wire);
  if (!isObject(chunk)) {
    garbled(state, 'the provider sent a chunk that is not an object');
    return;
  }
  const error = chunk['error'];
  if (error === undefined || error === null) takeAnswer(state, chunk);
  else fail(state, streamFailure(isObject(error) ? error : { message: String(error) }));
}

function takeUsage(state: DecodeState, wire: Json): void {
  const usage = decodeUsage(wire);
  if (usage.inputTokens === undefined && usage.outputTokens === undefined) return;
  if (state.finish !== undefined) state.sawUsage = true;
  state.emit({ type: 'usage-update', usage });
}

function takeEvent(state: DecodeState, { data }: SseEvent): void {
  if (state.ended || data === '' || data === '[DONE]') return;
  let wire: Json;
  try {
    wire = JSON.parse(data) as Json;
  } catch {
    // Half an event: the connection broke inside it, or something in front of the API speaks.
    garbled(state, 'the provider sent an event that is not JSON');
    return;
  }
  for (const chunk of Array.isArray(wire) ? wire : [wire]) if (!state.ended) takeChunk(state, chunk);
}

/** Decoder of `streamGenerateContent?alt=sse`. A finish without usage is held until usage or the end comes. */
export function streamDecoder(context: DecodeReplyContext): StreamDecoder {
  const state = createDecodeState(context);
  return {
    push: (event, emit) => {
      state.emit = emit;
      takeEvent(state, event);
    },
    end: (emit) => {
      state.emit = emit;
      finish(state);
    },
  };
}
