import type { GatewayError } from '../../types/errors.ts';
import type { DecodeReplyContext } from '../../types/format.ts';
import type { Emit } from '../../types/ir/stream-event.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, ownValue, softCount, softString } from '../../utils/fields.ts';
import { reasoningText } from './decode-items.ts';
import { decodeAnnotation } from './decode-parts.ts';
import { garbled } from './errors.ts';
import { flatName } from './namespace.ts';
import { CALL_CHARS_MAX, FORMAT } from './wire.ts';

/** One part of a message item, as far as it was told. */
export interface PartState {
  block: number | undefined;
  chars: number;
  citations: number;
  closed: boolean;
}

/** One output item, as far as it was told. Numbers only: what was emitted is not kept. */
interface ItemState {
  /** Type of the item, "" while nothing has told it. */
  type: string;
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

export interface DecodeState {
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

function newItem(type: string): ItemState {
  return {
    type,
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

const itemIdOf = (wire: JsonObject): string | undefined =>
  softString(wire['item_id']) ?? (isObject(wire['item']) ? softString(wire['item']['id']) : undefined);

/** Where the event's item stands. Servers that leave the index out mean the named item, or the latest. */
function indexOf(state: DecodeState, wire: JsonObject): number {
  const index = wire['output_index'];
  if (typeof index === 'number') return index;
  const id = itemIdOf(wire);
  return (id === undefined ? undefined : state.indexes.get(id)) ?? Math.max(0, state.lastIndex);
}

function itemAt(state: DecodeState, index: number, type: string, id: string | undefined): ItemState {
  let item = state.items.get(index);
  if (item === undefined) {
    item = newItem(type);
    state.items.set(index, item);
    if (index > state.lastIndex) state.lastIndex = index;
    if (id !== undefined) state.indexes.set(id, index);
  } else if (item.type === '') item.type = type;
  return item;
}

/** The item an event speaks of, which is of this type. */
export function itemOf(state: DecodeState, wire: JsonObject, type: string): ItemState {
  return itemAt(state, indexOf(state, wire), type, itemIdOf(wire));
}

/** A new item. An index that a finished item had is taken over: some servers count all items as the first. */
export function addItem(state: DecodeState, wire: JsonObject, item: JsonObject): void {
  const index = typeof wire['output_index'] === 'number' ? wire['output_index'] : state.lastIndex + 1;
  const id = softString(item['id']);
  if (state.items.get(index)?.done === true) state.items.delete(index);
  const added = itemAt(state, index, softString(item['type']) ?? '', id);
  if (id !== undefined) state.indexes.set(id, index);
  if (added.type === 'custom_tool_call') added.custom = true;
  if (added.type === 'function_call' || added.type === 'custom_tool_call') openCall(state, added, item);
}

/** Where an item that comes whole belongs: at its own place, or behind all others when that one is another's. */
export function wholeIndexOf(state: DecodeState, wire: JsonObject, item: JsonObject): number {
  if (typeof wire['output_index'] === 'number') return wire['output_index'];
  const known = state.indexes.get(softString(item['id']) ?? '');
  if (known !== undefined) return known;
  const latest = state.items.get(state.lastIndex);
  const fits = latest !== undefined && !latest.done && (latest.type === '' || latest.type === item['type']);
  return fits ? state.lastIndex : state.lastIndex + 1;
}

/**
 * Places of the final response's items among the streamed ones: by id, else the first one of the type that no id
 * claims, else a new place. Positions cannot be trusted, because hidden items leave gaps in the stream's count.
 */
export function placesOf(state: DecodeState, output: readonly JsonObject[]): number[] {
  const byId = output.map((item) => state.indexes.get(softString(item['id']) ?? ''));
  const claimed = new Set(byId);
  const free = [...state.items.keys()].filter((index) => !claimed.has(index)).toSorted((a, b) => a - b);
  let next = state.lastIndex + 1;
  return output.map((item, at) => {
    const known = byId[at];
    if (known !== undefined) return known;
    const match = free.findIndex((index) => ['', item['type']].includes(state.items.get(index)?.type));
    return match === -1 ? next++ : (free.splice(match, 1)[0] ?? next++);
  });
}

export function start(state: DecodeState, response: Json | undefined): void {
  if (state.started || !isObject(response)) return;
  state.started = true;
  state.emit({ type: 'message-start', id: softString(response['id']), model: softString(response['model']) });
}

export function fail(state: DecodeState, error: GatewayError): void {
  state.finished = true;
  state.emit({ type: 'message-failure', error });
}

function openCall(state: DecodeState, item: ItemState, wire: JsonObject): void {
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

export function argsDelta(state: DecodeState, item: ItemState, text: string): void {
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
export function argsRest(state: DecodeState, item: ItemState, whole: string): void {
  argsDelta(state, item, whole.slice(item.chars + item.held.length));
}

function endCall(state: DecodeState, item: ItemState, wire: JsonObject, custom: boolean): void {
  item.custom = custom;
  openCall(state, item, wire);
  argsRest(state, item, softString(wire[custom ? 'input' : 'arguments']) ?? '');
  if (item.block === undefined) fail(state, garbled('a tool call without a name'));
  else state.emit({ type: 'block-end', block: item.block });
}

export function partAt(item: ItemState, index: number): PartState {
  item.parts ??= new Map();
  let part = item.parts.get(index);
  if (part === undefined) {
    part = { block: undefined, chars: 0, citations: 0, closed: false };
    item.parts.set(index, part);
  }
  return part;
}

function openPart(state: DecodeState, part: PartState, kind: 'text' | 'refusal'): number {
  if (part.block !== undefined) return part.block;
  part.block = state.nextBlock++;
  if (kind === 'refusal') state.sawRefusal = true;
  state.emit({ type: 'block-start', block: part.block, kind });
  return part.block;
}

export function partDelta(state: DecodeState, part: PartState, kind: 'text' | 'refusal', text: string): void {
  if (text === '' || part.closed) return;
  const block = openPart(state, part, kind);
  part.chars += text.length;
  state.emit({ type: 'text-delta', block, text });
}

export function cite(state: DecodeState, part: PartState, annotation: Json | undefined): void {
  const citation = annotation === undefined ? undefined : decodeAnnotation(annotation);
  if (citation === undefined || part.closed) return;
  part.citations += 1;
  state.emit({ type: 'citation', block: openPart(state, part, 'text'), citation });
}

/** Closes a part from its whole form: text and citations that no delta told come out now. */
export function endPart(state: DecodeState, part: PartState, whole: Json | undefined): void {
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

function endMessage(state: DecodeState, item: ItemState, wire: JsonObject): void {
  const content = Array.isArray(wire['content']) ? wire['content'] : [];
  for (const [index, part] of content.entries()) endPart(state, partAt(item, index), part);
  for (const part of item.parts?.values() ?? []) endPart(state, part, undefined);
}

function openReasoning(state: DecodeState, item: ItemState, id: string | undefined): number {
  if (item.block !== undefined) return item.block;
  item.block = state.nextBlock++;
  state.emit({ type: 'block-start', block: item.block, kind: 'reasoning', id });
  return item.block;
}

export function reasoningDelta(state: DecodeState, wire: JsonObject, kind: 'summary' | 'content', text: string): void {
  const item = itemOf(state, wire, 'reasoning');
  item.reasoning ??= kind;
  if (item.done || item.reasoning !== kind || text === '') return;
  const block = openReasoning(state, item, softString(wire['item_id']));
  const index = softCount(wire[kind === 'summary' ? 'summary_index' : 'content_index']) ?? 0;
  // Parts of a summary are paragraphs; the IR has one text.
  const apart = index !== item.summaryIndex && item.chars > 0 ? '\n\n' : '';
  item.summaryIndex = index;
  item.chars += apart.length + text.length;
  state.emit({ type: 'text-delta', block, text: apart + text });
}

/** An item without text or proof says nothing, and is left out. */
function endReasoning(state: DecodeState, item: ItemState, wire: JsonObject): void {
  const data = softString(wire['encrypted_content']);
  const id = softString(wire['id']);
  const rest = reasoningText(wire).slice(item.chars);
  if (item.block === undefined && rest === '' && !data) return;
  const block = openReasoning(state, item, id);
  if (rest !== '') state.emit({ type: 'text-delta', block, text: rest });
  const family = state.context.target.family;
  const proof = data ? { proof: { format: FORMAT, family, data, ...(id !== undefined && { id }) } } : {};
  state.emit({ type: 'block-end', block, ...proof });
}

const IMAGE_MIMES: Readonly<Record<string, string>> = { jpeg: 'image/jpeg', webp: 'image/webp', png: 'image/png' };

function endOther(state: DecodeState, wire: JsonObject): void {
  const block = state.nextBlock++;
  const result = wire['type'] === 'image_generation_call' ? softString(wire['result']) : undefined;
  if (result !== undefined && result !== '' && !/^https?:/i.test(result)) {
    const mime = ownValue(IMAGE_MIMES, softString(wire['output_format']) ?? 'png') ?? 'image/png';
    state.emit({ type: 'block-start', block, kind: 'media', media: { mime, data: result } });
  } else state.emit({ type: 'block-start', block, kind: 'opaque', raw: { format: FORMAT, value: wire } });
  state.emit({ type: 'block-end', block });
}

type ItemEnd = (state: DecodeState, item: ItemState, wire: JsonObject) => void;

const ITEM_ENDS: Readonly<Record<string, ItemEnd>> = {
  message: endMessage,
  reasoning: endReasoning,
  function_call: (state, item, wire) => endCall(state, item, wire, false),
  custom_tool_call: (state, item, wire) => endCall(state, item, wire, true),
};

/** The whole form of an item: all that was not told yet comes out, and its blocks close. */
export function endItem(state: DecodeState, index: number, wire: JsonObject): void {
  const type = softString(wire['type']) ?? '';
  const item = itemAt(state, index, type, softString(wire['id']));
  if (item.done) return;
  const end = ownValue(ITEM_ENDS, type);
  if (end === undefined) endOther(state, wire);
  else end(state, item, wire);
  item.done = true;
}

/** A fresh state; `emit` is replaced at each event of a stream. */
export function newState(context: DecodeReplyContext, emit: Emit): DecodeState {
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
