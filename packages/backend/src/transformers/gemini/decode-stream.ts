import { GatewayError } from '../../types/errors.ts';
import type { DecodeReplyContext, SseEvent, StreamDecoder } from '../../types/format.ts';
import type { Proof } from '../../types/ir/request.ts';
import type { BlockKind, Emit, StopReason } from '../../types/ir/stream-event.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, softString } from '../../utils/fields.ts';
import { shortDigest } from '../names.ts';
import { streamFailure } from './errors.ts';
import { BLOCKED_PROMPT, decodeFinish } from './finish.ts';
import { decodeGrounding } from './grounding.ts';
import { addFragment, createPartialArgs, type PartialArgs } from './partial-args.ts';
import { decodeUsage } from './usage.ts';
import { ANSWER_CHARS_MAX, CALL_CHARS_MAX, fieldOf, MADE_ID_PREFIX } from './wire.ts';

interface OpenCall {
  readonly block: number;
  readonly args: PartialArgs;
  readonly custom: boolean;
  chars: number;
  proof: Proof | undefined;
}

/** All that is known of an answer between two chunks. */
export interface DecodeState {
  readonly context: DecodeReplyContext;
  started: boolean;
  ended: boolean;
  /** Names this answer in ids that are made for calls; Google numbers its answers, not its calls. */
  seed: string;
  blocks: number;
  calls: number;
  /** The open text or reasoning block. */
  open: number | undefined;
  openKind: BlockKind | undefined;
  /** Text of the open text block, in which citations count, and the proof that closes it. */
  text: string;
  proof: Proof | undefined;
  partial: OpenCall | undefined;
  sawUsage: boolean;
  finish: { readonly reason: StopReason; readonly raw: string } | undefined;
  sawAnything: boolean;
}

export function createDecodeState(context: DecodeReplyContext): DecodeState {
  return {
    context,
    started: false,
    ended: false,
    seed: '',
    blocks: 0,
    calls: 0,
    open: undefined,
    openKind: undefined,
    text: '',
    proof: undefined,
    partial: undefined,
    sawUsage: false,
    finish: undefined,
    sawAnything: false,
  };
}

function fail(state: DecodeState, emit: Emit, error: GatewayError): void {
  state.ended = true;
  emit({ type: 'message-failure', error });
}

function garbled(state: DecodeState, emit: Emit, text: string): void {
  fail(state, emit, new GatewayError('upstream_garbled', text));
}

function closeBlock(state: DecodeState, emit: Emit): void {
  if (state.open === undefined) return;
  const { proof } = state;
  emit(
    proof === undefined ? { type: 'block-end', block: state.open } : { type: 'block-end', block: state.open, proof },
  );
  state.open = undefined;
  state.openKind = undefined;
  state.proof = undefined;
  state.text = '';
}

/** The open block of this kind, or a new one. A block whose proof has come takes no more text. */
function blockFor(state: DecodeState, kind: 'text' | 'reasoning', emit: Emit): number {
  if (state.open !== undefined && state.openKind === kind && state.proof === undefined) return state.open;
  closeBlock(state, emit);
  const block = state.blocks++;
  state.open = block;
  state.openKind = kind;
  emit({ type: 'block-start', block, kind });
  return block;
}

function proofOf(state: DecodeState, part: JsonObject): Proof | undefined {
  const signature = part['thoughtSignature'] ?? part['thought_signature'];
  if (typeof signature !== 'string' || signature === '') return undefined;
  return { format: 'gemini', family: state.context.target.family, data: signature };
}

function takeText(state: DecodeState, text: string, isThought: boolean, part: JsonObject, emit: Emit): void {
  const proof = proofOf(state, part);
  if (text === '' && proof === undefined) return;
  const block = blockFor(state, isThought ? 'reasoning' : 'text', emit);
  if (text !== '') emit({ type: 'text-delta', block, text });
  if (!isThought && state.text.length < ANSWER_CHARS_MAX) state.text += text;
  if (proof !== undefined) state.proof = proof;
}

function startCall(state: DecodeState, call: JsonObject, wireName: string, argsText: string, emit: Emit): OpenCall {
  const { toolNames, customTools } = state.context;
  const name = toolNames?.get(wireName) ?? wireName;
  const at = state.calls++;
  const id = softString(call['id']) || MADE_ID_PREFIX + shortDigest(`${state.seed || argsText}|${at}|${wireName}`);
  const custom = customTools?.has(name) === true;
  const block = state.blocks++;
  emit({ type: 'block-start', block, kind: 'call', id, name, ...(custom && { custom }) });
  return { block, custom, args: createPartialArgs(), chars: 0, proof: undefined };
}

/** Custom tools of the Responses API travel as functions with one text; the text is what the client waits for. */
function endCall({ block, custom, proof }: OpenCall, args: JsonObject, emit: Emit): void {
  const input = args['input'];
  emit({ type: 'args-delta', block, text: custom && typeof input === 'string' ? input : JSON.stringify(args) });
  emit(proof === undefined ? { type: 'block-end', block } : { type: 'block-end', block, proof });
}

function endPartial(state: DecodeState, emit: Emit): void {
  const { partial } = state;
  if (partial === undefined) return;
  state.partial = undefined;
  endCall(partial, partial.args.root, emit);
}

function takeFragments(state: DecodeState, partial: OpenCall, call: JsonObject, emit: Emit): void {
  const fragments = fieldOf(call, 'partialArgs');
  for (const fragment of Array.isArray(fragments) ? fragments : []) {
    const text = isObject(fragment) ? softString(fragment['stringValue']) : undefined;
    partial.chars += (text?.length ?? 0) + 16;
    if (partial.chars > CALL_CHARS_MAX)
      return garbled(state, emit, 'the provider sent a function call that is too large');
    if (!addFragment(partial.args, fragment))
      return garbled(state, emit, 'the provider sent a function call fragment without a place');
  }
}

function takeCall(state: DecodeState, call: JsonObject, part: JsonObject, emit: Emit): void {
  const name = softString(call['name']) ?? '';
  const args = isObject(call['args']) ? call['args'] : undefined;
  const goesOn = fieldOf(call, 'willContinue') === true;
  closeBlock(state, emit);
  if (name !== '') {
    endPartial(state, emit);
    const argsText = args === undefined ? '' : JSON.stringify(args);
    if (argsText.length > CALL_CHARS_MAX)
      return garbled(state, emit, 'the provider sent a function call that is too large');
    state.partial = startCall(state, call, name, argsText, emit);
    Object.assign(state.partial.args.root, args);
  }
  const { partial } = state;
  if (partial === undefined) {
    if (args !== undefined) garbled(state, emit, 'the provider sent a function call without a name');
    return;
  }
  partial.proof = proofOf(state, part) ?? partial.proof;
  if (name === '' && args !== undefined) Object.assign(partial.args.root, args);
  takeFragments(state, partial, call, emit);
  if (!goesOn && !state.ended) endPartial(state, emit);
}

function takeWhole(state: DecodeState, part: JsonObject, emit: Emit): void {
  closeBlock(state, emit);
  endPartial(state, emit);
  const block = state.blocks++;
  const inline = fieldOf(part, 'inlineData');
  const data = isObject(inline) ? softString(inline['data']) : undefined;
  if (!isObject(inline) || data === undefined || part['thought'] === true) {
    emit({ type: 'block-start', block, kind: 'opaque', raw: { format: 'gemini', value: part } });
    emit({ type: 'block-end', block });
    return;
  }
  const mime = softString(fieldOf(inline, 'mimeType')) ?? 'application/octet-stream';
  const proof = proofOf(state, part);
  emit({ type: 'block-start', block, kind: 'media', media: { mime, data } });
  emit(proof === undefined ? { type: 'block-end', block } : { type: 'block-end', block, proof });
}

function takePart(state: DecodeState, part: JsonObject, emit: Emit): void {
  const { text } = part;
  if (typeof text === 'string') {
    // The empty text of a last chunk must not close a call that is still open.
    if (text !== '') endPartial(state, emit);
    takeText(state, text, part['thought'] === true, part, emit);
    return;
  }
  const call = part['functionCall'] ?? part['function_call'];
  if (isObject(call)) {
    takeCall(state, call, part, emit);
    return;
  }
  const keys = Object.keys(part).filter(
    (key) => key !== 'thoughtSignature' && key !== 'thought_signature' && key !== 'thought',
  );
  if (keys.length > 0) takeWhole(state, part, emit);
  else takeText(state, '', part['thought'] === true, part, emit);
}

function takeCitations(state: DecodeState, candidate: JsonObject, emit: Emit): void {
  if (candidate['groundingMetadata'] === undefined && candidate['citationMetadata'] === undefined) return;
  const { text } = state;
  const citations = decodeGrounding(candidate, text);
  if (citations.length === 0) return;
  const block = state.open !== undefined && state.openKind === 'text' ? state.open : blockFor(state, 'text', emit);
  for (const citation of citations) emit({ type: 'citation', block, citation });
}

function takeFinish(state: DecodeState, raw: string, candidate: JsonObject, emit: Emit): void {
  const reason = decodeFinish(raw);
  if (reason !== 'broken') {
    state.finish = { reason, raw };
    return;
  }
  const said = softString(fieldOf(candidate, 'finishMessage'))?.slice(0, 300);
  const text = `the provider ended with ${raw}${said === undefined ? '' : `: ${said}`}`;
  fail(state, emit, new GatewayError('upstream_garbled', text, { upstreamCode: raw }));
}

function takeCandidate(state: DecodeState, candidate: JsonObject, emit: Emit): void {
  const content = candidate['content'];
  const parts = isObject(content) ? content['parts'] : undefined;
  if (Array.isArray(parts)) {
    for (const part of parts) {
      if (isObject(part) && !state.ended) takePart(state, part, emit);
    }
  }
  if (state.ended) return;
  takeCitations(state, candidate, emit);
  const raw = candidate['finishReason'] ?? candidate['finish_reason'];
  if (typeof raw === 'string' && raw !== '' && raw !== 'FINISH_REASON_UNSPECIFIED')
    takeFinish(state, raw, candidate, emit);
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

function start(state: DecodeState, chunk: JsonObject, emit: Emit): void {
  state.started = true;
  const id = softString(fieldOf(chunk, 'responseId')) || undefined;
  const model = softString(fieldOf(chunk, 'modelVersion')) || undefined;
  state.seed = id ?? softString(fieldOf(chunk, 'createTime')) ?? '';
  emit({ type: 'message-start', ...(id !== undefined && { id }), ...(model !== undefined && { model }) });
}

/** Emits the end, once everything before it is closed. */
export function finish(state: DecodeState, emit: Emit): void {
  if (state.ended || state.finish === undefined) return;
  closeBlock(state, emit);
  endPartial(state, emit);
  state.ended = true;
  emit({ type: 'message-end', ...state.finish });
}

/** One chunk, which is also the shape of a whole answer. */
export function takeChunk(state: DecodeState, wire: Json, emit: Emit): void {
  // Google's Code Assist wraps each chunk.
  const chunk =
    isObject(wire) && isObject(wire['response']) && wire['candidates'] === undefined ? wire['response'] : wire;
  if (!isObject(chunk)) return garbled(state, emit, 'the provider sent a chunk that is not an object');
  const error = chunk['error'];
  if (error !== undefined && error !== null) {
    return fail(state, emit, streamFailure(isObject(error) ? error : { message: String(error) }));
  }
  if (!state.started) start(state, chunk, emit);
  const usage = chunk['usageMetadata'] ?? chunk['usage_metadata'];
  const candidate = state.finish === undefined ? firstCandidate(chunk['candidates']) : undefined;
  if (candidate !== undefined) {
    state.sawAnything = true;
    takeCandidate(state, candidate, emit);
  } else if (state.finish === undefined && !state.sawAnything) {
    const blocked = blockReasonOf(chunk);
    if (blocked !== undefined) state.finish = { reason: 'filter', raw: BLOCKED_PROMPT + blocked };
  }
  if (usage !== undefined && usage !== null) takeUsage(state, usage, emit);
  // Usage may follow the finish by one chunk; with both in hand there is nothing to wait for.
  if (state.finish !== undefined && state.sawUsage) finish(state, emit);
}

function takeUsage(state: DecodeState, wire: Json, emit: Emit): void {
  const usage = decodeUsage(wire);
  if (usage.inputTokens === undefined && usage.outputTokens === undefined) return;
  if (state.finish !== undefined) state.sawUsage = true;
  emit({ type: 'usage-update', usage });
}

function takeEvent(state: DecodeState, { data }: SseEvent, emit: Emit): void {
  if (state.ended || data === '' || data === '[DONE]') return;
  let wire: Json;
  try {
    wire = JSON.parse(data) as Json;
  } catch {
    // Half an event: the connection broke inside it, or something in front of the API speaks.
    garbled(state, emit, 'the provider sent an event that is not JSON');
    return;
  }
  for (const chunk of Array.isArray(wire) ? wire : [wire]) if (!state.ended) takeChunk(state, chunk, emit);
}

/** Decoder of `streamGenerateContent?alt=sse`. A finish without usage is held until usage or the end comes. */
export function streamDecoder(context: DecodeReplyContext): StreamDecoder {
  const state = createDecodeState(context);
  return {
    push: (event, emit) => takeEvent(state, event, emit),
    end: (emit) => finish(state, emit),
  };
}
