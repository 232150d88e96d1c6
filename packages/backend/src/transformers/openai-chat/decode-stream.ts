import { GatewayError } from '../../types/errors.ts';
import type { DecodeReplyContext, SseEvent, StreamDecoder } from '../../types/format.ts';
import type { Emit, StopReason, StreamEvent } from '../../types/ir/stream-event.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { parseDataUrl } from '../../utils/data-url.ts';
import { isObject, softCount, softString } from '../../utils/fields.ts';
import { createShapeMemo, type ShapeMemo } from '../shape-memo.ts';
import { ANSWER_CHARS_MAX, type CallsState, closeCalls, createCallsState, takeCalls } from './decode-calls.ts';
import { streamFailure } from './errors.ts';
import { changingWords, type PlainChunk, type ProseKind, plainChunk } from './plain-chunk.ts';
import { addDetails, detailsText, isEncryptedOnly } from './reasoning-details.ts';
import { createThinkSplitter, flushThink, splitThink, type ThinkSink, type ThinkSplitter } from './think-tags.ts';
import { decodeUsage } from './usage.ts';
import { FAILED_FINISHES, STOP_REASONS, thoughtSignature, type WireChunk, type WireDelta } from './wire.ts';

interface State {
  readonly shapes: ShapeMemo;
  plain: PlainChunk | undefined;
  readonly context: DecodeReplyContext;
  readonly calls: CallsState;
  readonly think: ThinkSplitter | undefined;
  /** Made once: what the tag splitter hands its pieces to. */
  readonly thinkSink: ThinkSink;
  readonly nextBlock: () => number;
  emit: Emit;
  blocks: number;
  id: string;
  started: boolean;
  prose: { readonly block: number; readonly kind: ProseKind } | undefined;
  details: JsonObject[];
  textSignature: string | undefined;
  cited: boolean;
  refused: boolean;
  called: boolean;
  sources: Json | undefined;
  /** The finish, held until usage, `[DONE]` or the last byte. */
  held: Extract<StreamEvent, { type: 'message-end' }> | undefined;
  done: boolean;
}

function createState(context: DecodeReplyContext): State {
  const state: State = {
    context,
    shapes: createShapeMemo(changingWords),
    plain: undefined,
    calls: createCallsState(context),
    think: context.target.quirks.thinkTags === true ? createThinkSplitter() : undefined,
    thinkSink: (kind, text) => addProse(state, kind, text),
    nextBlock: () => state.blocks++,
    emit: () => undefined,
    blocks: 0,
    id: '',
    started: false,
    prose: undefined,
    details: [],
    textSignature: undefined,
    cited: false,
    refused: false,
    called: false,
    sources: undefined,
    held: undefined,
    done: false,
  };
  return state;
}

/** Decoder for the chunks of one stream. The finish is given once usage, `[DONE]` or the last byte has come. */
export function streamDecoder(context: DecodeReplyContext): StreamDecoder {
  const state = createState(context);
  return {
    push: (event, emit) => {
      if (state.done) return;
      state.emit = emit;
      guarded(state, () => takeEvent(state, event));
    },
    shape: () => (state.done ? undefined : state.shapes.shape()),
    repeat: (words, emit) => {
      state.emit = emit;
      guarded(state, () => takeParsed(state, state.shapes.withWords(words), undefined));
    },
    end: (emit) => {
      state.emit = emit;
      release(state);
    },
  };
}

/**
 * A whole completion as events: its message is read as one large delta, so that unary answers and streams
 * cannot differ. A completion without a finish is complete all the same: its JSON is.
 */
export function decodeReply(wire: Json, context: DecodeReplyContext): StreamEvent[] {
  const events: StreamEvent[] = [];
  const state = createState(context);
  state.emit = (event) => events.push(event);
  guarded(state, () => {
    const hasAnswer = isObject(wire) && (Array.isArray(wire['choices']) || isFailure(wire));
    if (!hasAnswer) throw garbled('the provider sent JSON that is not a completion');
    const chunk: WireChunk = wire;
    if (chunk.choices?.length === 0) throw garbled('the provider sent a completion without a choice');
    takeChunk(state, chunk);
    if (!state.done && state.held === undefined) finish(state, undefined);
  });
  release(state);
  return events;
}

const garbled = (message: string): GatewayError => new GatewayError('upstream_garbled', message);

function fail(state: State, error: GatewayError): void {
  state.done = true;
  state.emit({ type: 'message-failure', error });
}

function guarded(state: State, step: () => void): void {
  try {
    step();
  } catch (thrown) {
    const error = thrown instanceof GatewayError ? thrown : garbled('the provider sent a stream that cannot be read');
    fail(state, error);
  }
}

function release(state: State): void {
  if (state.done || state.held === undefined) return;
  state.done = true;
  state.emit(state.held);
}

function takeEvent(state: State, event: SseEvent): void {
  const { data } = event;
  if (data === '' || data === '[DONE]') {
    if (data !== '') release(state);
    return;
  }
  let chunk: unknown;
  try {
    chunk = state.shapes.parse(data);
  } catch {
    throw garbled('the provider sent an event that is not JSON');
  }
  takeParsed(state, chunk, event.event);
}

function takeParsed(state: State, chunk: unknown, name: string | undefined): void {
  const { plain } = state;
  if (plain !== undefined && plain.chunk === chunk) {
    addProse(state, plain.kind, plain.delta[plain.key] as string);
    return;
  }
  if (!isObject(chunk)) throw garbled('the provider sent an event that is not an object');
  if (name === 'error' && !isFailure(chunk)) fail(state, streamFailure(chunk));
  else takeChunk(state, chunk);
  const isOver = state.done || state.held !== undefined;
  state.plain = isOver || !state.shapes.isActive ? undefined : plainChunk(chunk, state.think !== undefined);
}

/** Any error object is a failure, whatever stands beside it: some servers send it with empty choices and a 200. */
function isFailure(chunk: WireChunk): boolean {
  const { error } = chunk;
  if (error !== undefined && error !== null && error !== '' && error !== false) return true;
  return chunk.object === 'error';
}

function takeChunk(state: State, chunk: WireChunk): void {
  if (isFailure(chunk)) {
    fail(state, streamFailure(chunk as JsonObject));
    return;
  }
  const choice = chunk.choices?.find(({ index }) => index === undefined || index === null || index === 0);
  if (choice !== undefined && state.held === undefined) {
    if (!state.started) start(state, chunk);
    state.sources = chunk.search_results ?? chunk.citations ?? state.sources;
    const delta = choice.delta ?? choice.message;
    if (isObject(delta)) takeDelta(state, delta);
    if (isObject(choice.logprobs)) addOpaque(state, { logprobs: choice.logprobs });
    if (typeof choice.finish_reason === 'string' && choice.finish_reason !== '') finish(state, choice.finish_reason);
  }
  takeUsage(state, chunk.usage ?? choice?.usage);
}

function start(state: State, { id, model }: WireChunk): void {
  state.started = true;
  state.id = softString(id) ?? '';
  const modelName = softString(model);
  state.emit({
    type: 'message-start',
    ...(state.id !== '' && { id: state.id }),
    ...(modelName !== undefined && modelName !== '' && { model: modelName }),
  });
}

function takeUsage(state: State, wire: Json | undefined): void {
  if (!isObject(wire) || state.done) return;
  const usage = decodeUsage(wire);
  for (const _ in usage) {
    state.emit({ type: 'usage-update', usage });
    break;
  }
  release(state);
}

type DeltaHandler = (state: State, delta: WireDelta) => void;

/** One small handler for each field of a delta, in the order in which a message is told. */
const DELTA_HANDLERS: readonly (readonly [readonly (keyof WireDelta)[], DeltaHandler])[] = [
  [['reasoning_content', 'reasoning', 'reasoning_details'], takeReasoning],
  [['content'], takeContent],
  [['refusal'], takeRefusal],
  [['extra_content'], takeSignature],
  [['annotations'], takeAnnotations],
  [['images'], takeImages],
  [['audio'], takeAudio],
  [['tool_calls'], takeToolCalls],
  [['function_call'], takeFunctionCall],
];

function takeDelta(state: State, delta: WireDelta): void {
  for (const [keys, handle] of DELTA_HANDLERS) {
    for (const key of keys) {
      const value = delta[key];
      if (value === undefined || value === null || value === '') continue;
      handle(state, delta);
      break;
    }
  }
}

function takeReasoning(state: State, delta: WireDelta): void {
  const details = Array.isArray(delta.reasoning_details) ? delta.reasoning_details.filter(isObject) : [];
  // Servers that send two of the three repeat the same words in them.
  const text = softString(delta.reasoning_content) || softString(delta.reasoning) || detailsText(details);
  if (text !== '') addProse(state, 'reasoning', text);
  if (details.length === 0) return;
  if (state.prose?.kind !== 'reasoning') openProse(state, 'reasoning', isEncryptedOnly(details));
  state.calls.heldChars += addDetails(state.details, details);
  if (state.calls.heldChars > ANSWER_CHARS_MAX) throw garbled('the provider sent more reasoning proof than the limit');
}

function takeContent(state: State, { content }: WireDelta): void {
  if (typeof content === 'string') addText(state, content);
  else if (Array.isArray(content)) for (const part of content) if (isObject(part)) takePart(state, part);
}

/** Mistral sends content as parts when the model thinks. */
function takePart(state: State, part: JsonObject): void {
  const text = softString(part['text']) ?? '';
  if (part['type'] === 'thinking') {
    const inner = part['thinking'];
    const thoughts = Array.isArray(inner)
      ? inner.map((piece) => (isObject(piece) ? (softString(piece['text']) ?? '') : '')).join('')
      : '';
    addProse(state, 'reasoning', softString(inner) ?? thoughts);
  } else if (part['type'] === 'refusal') addProse(state, 'refusal', softString(part['refusal']) ?? '');
  else if (part['type'] === 'image_url') takeImage(state, part);
  else if (text !== '') addText(state, text);
}

function addText(state: State, text: string): void {
  if (state.think === undefined) addProse(state, 'text', text);
  else splitThink(state.think, text, state.thinkSink);
}

function takeRefusal(state: State, { refusal }: WireDelta): void {
  if (typeof refusal !== 'string') return;
  state.refused = true;
  addProse(state, 'refusal', refusal);
}

function takeSignature(state: State, { extra_content: extra }: WireDelta): void {
  state.textSignature = thoughtSignature(extra) ?? state.textSignature;
}

function takeAnnotations(state: State, { annotations }: WireDelta): void {
  if (!Array.isArray(annotations)) return;
  for (const annotation of annotations) {
    if (!isObject(annotation) || state.prose?.kind !== 'text') continue;
    const cited = isObject(annotation['url_citation']) ? annotation['url_citation'] : annotation;
    const url = softString(cited['url']);
    const title = softString(cited['title']);
    const start = softCount(cited['start_index']);
    const end = softCount(cited['end_index']);
    const text = softString(cited['content']);
    state.cited = true;
    state.emit({
      type: 'citation',
      block: state.prose.block,
      citation: {
        ...(url !== undefined && { url }),
        ...(title !== undefined && { title }),
        ...(start !== undefined && { start }),
        ...(end !== undefined && { end }),
        ...(text !== undefined && { text }),
      },
    });
  }
}

function takeImages(state: State, { images }: WireDelta): void {
  if (Array.isArray(images)) for (const image of images) if (isObject(image)) takeImage(state, image);
}

function takeImage(state: State, image: JsonObject): void {
  const inner = image['image_url'];
  const url = softString(inner) ?? (isObject(inner) ? softString(inner['url']) : undefined);
  const media = url === undefined ? undefined : parseDataUrl(url);
  if (media === undefined) {
    addOpaque(state, { images: [image] });
    return;
  }
  closeProse(state);
  const block = state.nextBlock();
  state.emit({ type: 'block-start', block, kind: 'media', media });
  state.emit({ type: 'block-end', block });
}

function takeAudio(state: State, { audio }: WireDelta): void {
  if (isObject(audio)) addOpaque(state, { audio });
}

/** What only Chat knows: log probabilities of tokens, spoken audio. A Chat client gets it back as it came. */
function addOpaque(state: State, value: JsonObject): void {
  const block = state.nextBlock();
  state.emit({ type: 'block-start', block, kind: 'opaque', raw: { format: 'openai-chat', value } });
  state.emit({ type: 'block-end', block });
}

function takeToolCalls(state: State, { tool_calls: fragments }: WireDelta): void {
  if (!Array.isArray(fragments) || fragments.length === 0) return;
  closeProse(state);
  state.called = true;
  takeCalls(state.calls, fragments, state.nextBlock, state.emit);
}

function takeFunctionCall(state: State, { function_call: call }: WireDelta): void {
  if (!isObject(call)) return;
  closeProse(state);
  state.called = true;
  takeCalls(state.calls, [{ index: 0, function: call }], state.nextBlock, state.emit);
}

function addProse(state: State, kind: ProseKind, text: string): void {
  if (text === '') return;
  const block = state.prose?.kind === kind ? state.prose.block : openProse(state, kind);
  state.emit({ type: 'text-delta', block, text });
}

/** Each change of kind closes one block and opens another; a closed block's number is never used again. */
function openProse(state: State, kind: ProseKind, redacted = false): number {
  closeProse(state);
  const block = state.nextBlock();
  state.prose = { block, kind };
  state.emit({ type: 'block-start', block, kind, ...(redacted && { redacted }) });
  return block;
}

function closeProse(state: State): void {
  const { prose } = state;
  if (prose === undefined) return;
  state.prose = undefined;
  const { family } = state.context.target;
  if (prose.kind === 'reasoning') {
    // Even without data the proof tells where the thinking came from, so that it goes back there only.
    const data = state.details.length === 0 ? '' : JSON.stringify(state.details);
    state.details = [];
    state.emit({ type: 'block-end', block: prose.block, proof: { format: 'openai-chat', family, data } });
  } else if (prose.kind === 'text' && state.textSignature !== undefined) {
    const proof = { format: 'openai-chat', family, data: state.textSignature } as const;
    state.textSignature = undefined;
    state.emit({ type: 'block-end', block: prose.block, proof });
  } else {
    state.emit({ type: 'block-end', block: prose.block });
  }
}

function finish(state: State, word: string | undefined): void {
  if (word !== undefined && FAILED_FINISHES.has(word)) {
    const code = word === 'insufficient_system_resource' ? 'upstream_overloaded' : 'upstream_failed';
    fail(state, new GatewayError(code, `the provider broke its answer off with "${word}"`, { upstreamCode: word }));
    return;
  }
  if (state.think !== undefined) flushThink(state.think, state.thinkSink);
  citeSources(state);
  closeProse(state);
  closeCalls(state.calls, state.id, state.emit);
  state.held = { type: 'message-end', reason: reasonOf(state, word), ...(word !== undefined && { raw: word }) };
}

/** What was said and called decides where the finish word leaves a choice. */
function reasonOf({ called, refused }: State, word: string | undefined): StopReason {
  const reason = word === undefined ? 'other' : (STOP_REASONS.get(word) ?? 'other');
  if (reason === 'tool' && !called) return 'stop';
  if (reason !== 'stop' && reason !== 'other') return reason;
  if (called) return 'tool';
  return refused ? 'refusal' : reason;
}

/** Perplexity names its sources beside the choice; they are for the whole text. */
function citeSources(state: State): void {
  if (state.cited || state.prose?.kind !== 'text' || !Array.isArray(state.sources)) return;
  for (const source of state.sources) {
    const url = softString(source) ?? (isObject(source) ? softString(source['url']) : undefined);
    const title = isObject(source) ? softString(source['title']) : undefined;
    if (url === undefined) continue;
    state.emit({
      type: 'citation',
      block: state.prose.block,
      citation: { url, ...(title !== undefined && { title }) },
    });
  }
}
