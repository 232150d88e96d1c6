import { GatewayError } from '../../types/errors.ts';
import type { DecodeReplyContext } from '../../types/format.ts';
import type { Proof } from '../../types/ir/request.ts';
import type { BlockKind, Emit } from '../../types/ir/stream-event.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, ownValue, softString } from '../../utils/fields.ts';
import { decodeCitation } from './citations.ts';
import { FORMAT } from './wire.ts';

/** Longest text that is held for one block before it can be told on. */
const BLOCK_CHARS_MAX = 4 * 1024 * 1024;

/** One content block between its start and its stop. */
interface OpenBlock {
  readonly block: number;
  readonly kind: BlockKind;
  /** Arguments given with the start, told only when no fragment follows. */
  startInput: string;
  sawInput: boolean;
  /** Text that cannot be told before the stop: a custom call's arguments, or an opaque block's input. */
  readonly held: string[];
  heldChars: number;
  readonly custom: boolean;
  signature: string;
  /** An opaque block as it grows. */
  readonly raw: JsonObject | undefined;
}

/** Blocks of one answer. `push*` functions emit; none of them throws anything but `GatewayError`. */
export interface BlockState {
  readonly context: DecodeReplyContext;
  readonly open: Map<number, OpenBlock>;
  nextBlock: number;
  messageId: string;
}

export const createBlockState = (context: DecodeReplyContext): BlockState => ({
  context,
  open: new Map(),
  nextBlock: 0,
  messageId: '',
});

interface Opening {
  readonly kind: BlockKind;
  readonly custom?: boolean;
  readonly raw?: JsonObject;
}

function open(state: BlockState, index: number, { kind, custom = false, raw }: Opening): OpenBlock {
  const block: OpenBlock = {
    block: state.nextBlock++,
    kind,
    startInput: '',
    sawInput: false,
    held: [],
    heldChars: 0,
    custom,
    signature: '',
    raw,
  };
  state.open.set(index, block);
  return block;
}

/** Text, thinking and redacted thinking: told at once. */
function openPlain(state: BlockState, index: number, kind: 'text' | 'reasoning', emit: Emit): OpenBlock {
  const block = open(state, index, { kind });
  emit({ type: 'block-start', block: block.block, kind });
  return block;
}

function startCall(state: BlockState, index: number, wire: JsonObject, emit: Emit): void {
  const wireName = softString(wire['name']) ?? '';
  if (wireName === '') throw new GatewayError('upstream_garbled', 'the provider sent a tool call without a name');
  const name = state.context.toolNames?.get(wireName) ?? wireName;
  const custom = state.context.customTools?.has(name) === true;
  const block = open(state, index, { kind: 'call', custom });
  const input = wire['input'];
  if (isObject(input) && Object.keys(input).length > 0) block.startInput = JSON.stringify(input);
  else if (typeof input === 'string') block.startInput = input;
  const id = softString(wire['id']) || `toolu_${state.messageId.replace(/[^A-Za-z0-9]/g, '')}_${block.block}`;
  emit({ type: 'block-start', block: block.block, kind: 'call', id, name, ...(custom && { custom }) });
}

function startText(state: BlockState, index: number, wire: JsonObject, emit: Emit): void {
  const { block } = openPlain(state, index, 'text', emit);
  const text = softString(wire['text']) ?? '';
  if (text !== '') emit({ type: 'text-delta', block, text });
  const citations = wire['citations'];
  if (!Array.isArray(citations)) return;
  for (const item of citations) pushCitation(state, index, item, emit);
}

function startThinking(state: BlockState, index: number, wire: JsonObject, emit: Emit): void {
  const block = openPlain(state, index, 'reasoning', emit);
  block.signature = softString(wire['signature']) ?? '';
  const text = softString(wire['thinking']) ?? '';
  if (text !== '') emit({ type: 'text-delta', block: block.block, text });
}

function startRedacted(state: BlockState, index: number, wire: JsonObject, emit: Emit): void {
  const block = open(state, index, { kind: 'reasoning' });
  block.signature = softString(wire['data']) ?? '';
  emit({ type: 'block-start', block: block.block, kind: 'reasoning', redacted: true });
}

const STARTS: Readonly<Record<string, typeof startText>> = {
  text: startText,
  thinking: startThinking,
  redacted_thinking: startRedacted,
  tool_use: startCall,
};

/** A block begins, perhaps with its whole content. Types without a word in the IR are kept whole and opaque. */
export function startBlock(state: BlockState, index: number, wire: JsonObject, emit: Emit): void {
  if (state.open.has(index)) stopBlock(state, index, emit);
  const start = ownValue(STARTS, softString(wire['type']) ?? '');
  if (start !== undefined) start(state, index, wire, emit);
  else open(state, index, { kind: 'opaque', raw: { ...wire } });
}

/** The open block, or a fresh one where a server put text into a block of another kind, or into none. */
function blockFor(state: BlockState, index: number, kind: 'text' | 'reasoning', emit: Emit): OpenBlock {
  const found = state.open.get(index);
  if (found?.kind === kind) return found;
  if (found !== undefined) stopBlock(state, index, emit);
  return openPlain(state, index, kind, emit);
}

/** Text of an answer. */
export function pushText(state: BlockState, index: number, text: string, emit: Emit): void {
  if (text !== '') emit({ type: 'text-delta', block: blockFor(state, index, 'text', emit).block, text });
}

export function pushThinking(state: BlockState, index: number, text: string, emit: Emit): void {
  if (text !== '') emit({ type: 'text-delta', block: blockFor(state, index, 'reasoning', emit).block, text });
}

export function pushSignature(state: BlockState, index: number, signature: string): void {
  const block = state.open.get(index);
  if (block?.kind === 'reasoning') block.signature += signature;
}

export function pushCitation(state: BlockState, index: number, wire: Json | undefined, emit: Emit): void {
  const citation = decodeCitation(wire);
  if (citation === undefined) return;
  emit({ type: 'citation', block: blockFor(state, index, 'text', emit).block, citation });
}

function hold(block: OpenBlock, text: string): void {
  block.heldChars += text.length;
  if (block.heldChars > BLOCK_CHARS_MAX) {
    throw new GatewayError('upstream_garbled', 'the provider sent a content block larger than 4 MiB');
  }
  block.held.push(text);
}

/** A fragment of a call's arguments, or of a server tool's input. */
export function pushInput(state: BlockState, index: number, text: string, emit: Emit): void {
  if (text === '') return;
  const block = state.open.get(index);
  if (block === undefined || (block.kind !== 'call' && block.kind !== 'opaque')) {
    throw new GatewayError('upstream_garbled', 'the provider sent tool arguments outside a tool call');
  }
  block.sawInput = true;
  if (block.kind === 'opaque' || block.custom) hold(block, text);
  else emit({ type: 'args-delta', block: block.block, text });
}

/** A delta of a block that the IR has no word for: texts are joined, anything else is set. */
export function pushOpaque(state: BlockState, index: number, delta: JsonObject): void {
  const block = state.open.get(index);
  if (block?.raw === undefined) return;
  for (const [key, value] of Object.entries(delta)) {
    if (key === 'type' || value === undefined) continue;
    const earlier = block.raw[key];
    if (typeof value === 'string') block.heldChars += value.length;
    block.raw[key] = typeof earlier === 'string' && typeof value === 'string' ? earlier + value : value;
  }
  hold(block, '');
}

/** The text that a custom tool was called with: `{"input": text}` on this wire, or the arguments as they are. */
function customText(argsText: string): string {
  try {
    const value: unknown = JSON.parse(argsText);
    return isObject(value) && typeof value['input'] === 'string' ? value['input'] : argsText;
  } catch {
    // Cut off or free text: the tool gets what the model wrote.
    return argsText;
  }
}

function stopCall(block: OpenBlock, emit: Emit): void {
  const text = block.custom && block.sawInput ? block.held.join('') : block.sawInput ? '' : block.startInput;
  if (text !== '') emit({ type: 'args-delta', block: block.block, text: block.custom ? customText(text) : text });
}

function stopOpaque({ block, held, sawInput, raw }: OpenBlock, emit: Emit): void {
  const value: JsonObject = { ...raw };
  if (sawInput) value['input'] = inputOf(held.join(''));
  emit({ type: 'block-start', block, kind: 'opaque', raw: { format: FORMAT, value } });
}

function inputOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // The provider ran its own tool with it; a broken copy for the record is text.
    return text;
  }
}

function proofOf(state: BlockState, { kind, signature }: OpenBlock): Proof | undefined {
  if (kind !== 'reasoning' || signature === '') return undefined;
  return { format: FORMAT, family: state.context.target.family, data: signature };
}

export function stopBlock(state: BlockState, index: number, emit: Emit): void {
  const block = state.open.get(index);
  if (block === undefined) return;
  state.open.delete(index);
  if (block.kind === 'call') stopCall(block, emit);
  else if (block.kind === 'opaque') stopOpaque(block, emit);
  const proof = proofOf(state, block);
  emit({ type: 'block-end', block: block.block, ...(proof !== undefined && { proof }) });
}

export function stopAllBlocks(state: BlockState, emit: Emit): void {
  for (const index of [...state.open.keys()]) stopBlock(state, index, emit);
}
