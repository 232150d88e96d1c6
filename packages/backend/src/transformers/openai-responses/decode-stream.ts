import type { DecodeReplyContext, SseEvent, StreamDecoder } from '../../types/format.ts';
import type { Emit, StopReason } from '../../types/ir/stream-event.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, softCount, softString } from '../../utils/fields.ts';
import { reasoningText } from './decode-items.ts';
import { decodeAnnotation } from './decode-parts.ts';
import { decodeAnswerError, failedResponse, garbled } from './errors.ts';
import { flatName } from './namespace.ts';
import { decodeUsage } from './usage.ts';
import { CALL_CHARS_MAX, FORMAT } from './wire.ts';

/** One part of a message item, as far as it was told. */
interface PartState {
  block: number | undefined;
  chars: number;
  citations: number;
  closed: boolean;
}

/** One output item, as far as it was told. Numbers only: what was emitted is not kept. */
interface ItemState {
  block: number | undefined;
  /** Characters of arguments or reasoning that were emitted. */
  chars: number;
  /** Arguments that came before the call's id and name. */
  held: string;
  /** Call id and name are known and the block is open. */
  call: { readonly id: string; readonly name: string } | undefined;
  custom: boolean;
  /** Which of the two reasoning texts is followed: the one that came first. */
  reasoning: 'summary' | 'content' | undefined;
  summaryIndex: number;
  /** Parts of a message by content index. */
  parts: Map<number, PartState> | undefined;
  done: boolean;
}

interface State {
  readonly context: DecodeReplyContext;
  readonly items: Map<number, ItemState>;
  /** Output index by item id, for servers that leave the index out. */
  readonly indexes: Map<string, number>;
  emit: Emit;
  nextBlock: number;
  lastIndex: number;
  started: boolean;
  finished: boolean;
  sawCall: boolean;
  sawRefusal: boolean;
}

function newItem(): ItemState {
  return {
    block: undefined,
    chars: 0,
    held: '',
    call: undefined,
    custom: false,
    reasoning: undefined,
    summaryIndex: 0,
    parts: undefined,
    done: false,
  };
}

function indexOf(state: State, wire: JsonObject): number {
  const index = wire['output_index'];
  if (typeof index === 'number') return index;
  const id = softString(wire['item_id']) ?? (isObject(wire['item']) ? softString(wire['item']['id']) : undefined);
  return (id === undefined ? undefined : state.indexes.get(id)) ?? Math.max(0, state.lastIndex);
}

function itemAt(state: State, index: number): ItemState {
  let item = state.items.get(index);
  if (item === undefined) {
    item = newItem();
    state.items.set(index, item);
    if (index > state.lastIndex) state.lastIndex = index;
  }
  return item;
}

function start(state: State, response: Json | undefined): void {
  if (state.started || !isObject(response)) return;
  state.started = true;
  state.emit({ type: 'message-start', id: softString(response['id']), model: softString(response['model']) });
}

function fail(state: State, error: ReturnType<typeof garbled>): void {
  state.finished = true;
  state.emit({ type: 'message-failure', error });
}

// Calls

function openCall(state: State, item: ItemState, wire: JsonObject): void {
  if (item.call !== undefined) return;
  const inner = softString(wire['name']);
  const id = softString(wire['call_id']) || softString(wire['id']);
  if (!inner || !id) return;
  const restored = state.context.toolNames?.get(inner) ?? inner;
  const namespace = softString(wire['namespace']);
  const name = namespace ? flatName(namespace, restored) : restored;
  item.call = { id, name };
  item.block = state.nextBlock++;
  state.sawCall = true;
  state.emit({ type: 'block-start', block: item.block, kind: 'call', id, name, ...(item.custom && { custom: true }) });
  if (item.held !== '') argsDelta(state, item, item.held);
  item.held = '';
}

function argsDelta(state: State, item: ItemState, text: string): void {
  if (text === '' || item.done) return;
  if (item.block === undefined) {
    item.held += text;
    if (item.held.length > CALL_CHARS_MAX) fail(state, garbled('too many arguments without a tool name'));
    return;
  }
  item.chars += text.length;
  state.emit({ type: 'args-delta', block: item.block, text });
}

/** What the whole text holds beyond the deltas: some servers send only the whole. */
function argsRest(state: State, item: ItemState, whole: string): void {
  argsDelta(state, item, whole.slice(item.chars + item.held.length));
}

function endCall(state: State, item: ItemState, wire: JsonObject, custom: boolean): void {
  item.custom = custom;
  openCall(state, item, wire);
  argsRest(state, item, softString(wire[custom ? 'input' : 'arguments']) ?? '');
  if (item.block === undefined) fail(state, garbled('a tool call without a name'));
  else state.emit({ type: 'block-end', block: item.block });
}

// Messages

function partAt(item: ItemState, index: number): PartState {
  item.parts ??= new Map();
  let part = item.parts.get(index);
  if (part === undefined) {
    part = { block: undefined, chars: 0, citations: 0, closed: false };
    item.parts.set(index, part);
  }
  return part;
}

function partDelta(state: State, part: PartState, kind: 'text' | 'refusal', text: string): void {
  if (text === '' || part.closed) return;
  if (part.block === undefined) {
    part.block = state.nextBlock++;
    if (kind === 'refusal') state.sawRefusal = true;
    state.emit({ type: 'block-start', block: part.block, kind });
  }
  part.chars += text.length;
  state.emit({ type: 'text-delta', block: part.block, text });
}

function cite(state: State, part: PartState, annotation: Json | undefined): void {
  const citation = annotation === undefined ? undefined : decodeAnnotation(annotation);
  if (citation === undefined || part.closed) return;
  part.citations += 1;
  if (part.block !== undefined) state.emit({ type: 'citation', block: part.block, citation });
}

/** Closes a part from its whole form: text and citations that no delta told come out now. */
function endPart(state: State, part: PartState, whole: Json | undefined): void {
  if (part.closed) return;
  if (isObject(whole)) {
    const refusal = softString(whole['refusal']);
    const text = refusal ?? softString(whole['text']) ?? '';
    partDelta(state, part, refusal === undefined ? 'text' : 'refusal', text.slice(part.chars));
    const annotations = Array.isArray(whole['annotations']) ? whole['annotations'] : [];
    for (const annotation of annotations.slice(part.citations)) cite(state, part, annotation);
  }
  part.closed = true;
  if (part.block !== undefined) state.emit({ type: 'block-end', block: part.block });
}

function endMessage(state: State, item: ItemState, wire: JsonObject): void {
  const content = Array.isArray(wire['content']) ? wire['content'] : [];
  for (const [index, part] of content.entries()) endPart(state, partAt(item, index), part);
  for (const part of item.parts?.values() ?? []) endPart(state, part, undefined);
}

// Reasoning

function openReasoning(state: State, item: ItemState, id: string | undefined, redacted: boolean): number {
  if (item.block !== undefined) return item.block;
  item.block = state.nextBlock++;
  state.emit({ type: 'block-start', block: item.block, kind: 'reasoning', id, ...(redacted && { redacted }) });
  return item.block;
}

function reasoningDelta(state: State, wire: JsonObject, kind: 'summary' | 'content', text: string): void {
  const item = itemAt(state, indexOf(state, wire));
  item.reasoning ??= kind;
  if (item.done || item.reasoning !== kind || text === '') return;
  const block = openReasoning(state, item, softString(wire['item_id']), false);
  const index = softCount(wire[kind === 'summary' ? 'summary_index' : 'content_index']) ?? 0;
  // Parts of a summary are paragraphs; the IR has one text.
  const apart = index !== item.summaryIndex && item.chars > 0 ? '\n\n' : '';
  item.summaryIndex = index;
  item.chars += apart.length + text.length;
  state.emit({ type: 'text-delta', block, text: apart + text });
}

/** An item without text or proof says nothing, and is left out. */
function endReasoning(state: State, item: ItemState, wire: JsonObject): void {
  const data = softString(wire['encrypted_content']);
  const id = softString(wire['id']);
  const rest = reasoningText(wire).slice(item.chars);
  if (item.block === undefined && rest === '' && !data) return;
  const block = openReasoning(state, item, id, false);
  if (rest !== '') state.emit({ type: 'text-delta', block, text: rest });
  const family = state.context.target.family;
  const proof = data ? { proof: { format: FORMAT, family, data, ...(id !== undefined && { id }) } } : {};
  state.emit({ type: 'block-end', block, ...proof });
}

// Other items

const IMAGE_MIMES: Readonly<Record<string, string>> = { jpeg: 'image/jpeg', webp: 'image/webp', png: 'image/png' };

function endOther(state: State, wire: JsonObject): void {
  const block = state.nextBlock++;
  const result = wire['type'] === 'image_generation_call' ? softString(wire['result']) : undefined;
  if (result !== undefined && result !== '' && !/^https?:/i.test(result)) {
    const mime = IMAGE_MIMES[softString(wire['output_format']) ?? 'png'] ?? 'image/png';
    state.emit({ type: 'block-start', block, kind: 'media', media: { mime, data: result } });
  } else state.emit({ type: 'block-start', block, kind: 'opaque', raw: { format: FORMAT, value: wire } });
  state.emit({ type: 'block-end', block });
}

type ItemEnd = (state: State, item: ItemState, wire: JsonObject) => void;

const ITEM_ENDS: Readonly<Record<string, ItemEnd>> = {
  message: endMessage,
  reasoning: endReasoning,
  function_call: (state, item, wire) => endCall(state, item, wire, false),
  custom_tool_call: (state, item, wire) => endCall(state, item, wire, true),
};

/** The whole form of an item: all that was not told yet comes out, and its blocks close. */
function endItem(state: State, index: number, wire: JsonObject): void {
  const item = itemAt(state, index);
  if (item.done) return;
  const type = softString(wire['type']) ?? '';
  const end = Object.hasOwn(ITEM_ENDS, type) ? ITEM_ENDS[type] : undefined;
  if (end === undefined) endOther(state, wire);
  else end(state, item, wire);
  item.done = true;
}

// Ends

const INCOMPLETE: Readonly<Record<string, StopReason>> = {
  max_output_tokens: 'length',
  max_tokens: 'length',
  content_filter: 'filter',
};

function incompleteReason(response: JsonObject): string | undefined {
  const details = response['incomplete_details'];
  return isObject(details) ? softString(details['reason']) : undefined;
}

function reasonOf(state: State, response: JsonObject): { reason: StopReason; raw: string } {
  if (response['status'] === 'incomplete') {
    const raw = incompleteReason(response) ?? 'incomplete';
    return { reason: INCOMPLETE[raw] ?? 'other', raw };
  }
  return { reason: state.sawCall ? 'tool' : state.sawRefusal ? 'refusal' : 'stop', raw: 'completed' };
}

/** The terminal event: what no event told comes out of the whole response, then usage, then the finish. */
function finish(state: State, wire: JsonObject, status: string): void {
  const response = wire['response'];
  if (!isObject(response)) return fail(state, garbled('a final event without its response'));
  start(state, response);
  const output = Array.isArray(response['output']) ? response['output'] : [];
  for (const [index, item] of output.entries()) if (isObject(item) && !state.finished) endItem(state, index, item);
  const usage = decodeUsage(response['usage']);
  if (Object.keys(usage).length > 0) state.emit({ type: 'usage-update', usage });
  if (state.finished) return;
  if (status === 'failed') return fail(state, failedResponse(response));
  state.finished = true;
  state.emit({ type: 'message-end', ...reasonOf(state, { ...response, status }) });
}

type Handler = (state: State, wire: JsonObject) => void;

const deltaOf = (wire: JsonObject): string => softString(wire['delta']) ?? '';

const announce: Handler = (state, wire) => start(state, wire['response']);

const partOf = (state: State, wire: JsonObject): PartState =>
  partAt(itemAt(state, indexOf(state, wire)), softCount(wire['content_index']) ?? 0);

const callDelta =
  (custom: boolean): Handler =>
  (state, wire) => {
    const item = itemAt(state, indexOf(state, wire));
    if (custom) item.custom = true;
    argsDelta(state, item, deltaOf(wire));
  };

/** One small handler for each event with content; progress events of hosted tools have none and are passed over. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  'response.created': announce,
  'response.in_progress': announce,
  'response.queued': announce,
  'response.output_item.added': (state, wire) => {
    const added = wire['item'];
    if (!isObject(added)) return;
    const index = typeof wire['output_index'] === 'number' ? wire['output_index'] : state.lastIndex + 1;
    const item = itemAt(state, index);
    const id = softString(added['id']);
    if (id !== undefined) state.indexes.set(id, index);
    if (added['type'] === 'custom_tool_call') item.custom = true;
    if (added['type'] === 'function_call' || added['type'] === 'custom_tool_call') openCall(state, item, added);
  },
  'response.output_item.done': (state, wire) => {
    if (isObject(wire['item'])) endItem(state, indexOf(state, wire), wire['item']);
  },
  'response.content_part.done': (state, wire) => {
    const part = wire['part'];
    if (isObject(part) && part['type'] !== 'reasoning_text') endPart(state, partOf(state, wire), part);
  },
  'response.output_text.delta': (state, wire) => partDelta(state, partOf(state, wire), 'text', deltaOf(wire)),
  'response.output_text.done': (state, wire) => {
    const part = partOf(state, wire);
    partDelta(state, part, 'text', (softString(wire['text']) ?? '').slice(part.chars));
  },
  'response.output_text.annotation.added': (state, wire) => cite(state, partOf(state, wire), wire['annotation']),
  'response.refusal.delta': (state, wire) => partDelta(state, partOf(state, wire), 'refusal', deltaOf(wire)),
  'response.refusal.done': (state, wire) => {
    const part = partOf(state, wire);
    partDelta(state, part, 'refusal', (softString(wire['refusal']) ?? '').slice(part.chars));
  },
  'response.reasoning_summary_text.delta': (state, wire) => reasoningDelta(state, wire, 'summary', deltaOf(wire)),
  'response.reasoning_text.delta': (state, wire) => reasoningDelta(state, wire, 'content', deltaOf(wire)),
  'response.function_call_arguments.delta': callDelta(false),
  'response.custom_tool_call_input.delta': callDelta(true),
  'response.function_call_arguments.done': (state, wire) =>
    argsRest(state, itemAt(state, indexOf(state, wire)), softString(wire['arguments']) ?? ''),
  'response.custom_tool_call_input.done': (state, wire) =>
    argsRest(state, itemAt(state, indexOf(state, wire)), softString(wire['input']) ?? ''),
  'response.completed': (state, wire) => finish(state, wire, 'completed'),
  'response.done': (state, wire) => finish(state, wire, 'completed'),
  'response.incomplete': (state, wire) => finish(state, wire, 'incomplete'),
  'response.failed': (state, wire) => finish(state, wire, 'failed'),
  'response.cancelled': (state, wire) => finish(state, wire, 'failed'),
  error: (state, wire) => fail(state, decodeAnswerError(isObject(wire['error']) ? wire['error'] : wire)),
  keepalive: (state) => state.emit({ type: 'keep-alive' }),
};

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // Not JSON: the caller reports the stream as garbled.
    return undefined;
  }
}

function push(state: State, { event, data }: SseEvent): void {
  if (state.finished || data === '' || data === '[DONE]') return;
  const wire = parse(data);
  if (!isObject(wire)) return fail(state, garbled('an event that is no JSON object'));
  const type = softString(wire['type']) ?? event ?? '';
  const handle = HANDLERS[type];
  if (handle !== undefined) handle(state, wire);
  // Some servers put a bare error object into a 200 stream.
  else if (isObject(wire['error'])) fail(state, decodeAnswerError(wire['error']));
}

function newState(context: DecodeReplyContext, emit: Emit): State {
  return {
    context,
    items: new Map(),
    indexes: new Map(),
    emit,
    nextBlock: 0,
    lastIndex: -1,
    started: false,
    finished: false,
    sawCall: false,
    sawRefusal: false,
  };
}

/** Decoder of one Responses stream. The end of the bytes says nothing new: without a finish it is a truncation. */
export function streamDecoder(context: DecodeReplyContext): StreamDecoder {
  const state = newState(context, () => undefined);
  return {
    push: (event, emit) => {
      state.emit = emit;
      push(state, event);
    },
    end: () => undefined,
  };
}

/** A whole response object, told as if it had been streamed in one event: the same tables serve both. */
export function decodeWhole(response: JsonObject, context: DecodeReplyContext, emit: Emit): void {
  const status = softString(response['status']) ?? 'completed';
  const state = newState(context, emit);
  if (status === 'queued' || status === 'in_progress') return fail(state, garbled('a response that is not finished'));
  finish(state, { response }, status === 'cancelled' ? 'failed' : status);
}
