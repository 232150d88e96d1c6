import { GatewayError } from '../../types/errors.ts';
import type { DecodeReplyContext } from '../../types/format.ts';
import type { Proof } from '../../types/ir/request.ts';
import type { Emit } from '../../types/ir/stream-event.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, softString } from '../../utils/fields.ts';
import { shortDigest } from '../names.ts';
import { argumentText, thoughtSignature } from './wire.ts';

/** Text held for one call before it may be passed on. */
const CALL_CHARS_MAX = 4 * 1024 * 1024;
/** Text held for one answer, all calls and proofs together. */
export const ANSWER_CHARS_MAX = 16 * 1024 * 1024;

interface CallState {
  readonly block: number;
  id: string;
  name: string;
  /** Arguments that came before id and name, or all of a custom call's until its end. */
  held: string;
  opened: boolean;
  /** Custom call that came as a function: its text lies inside `{"input": …}`. */
  wrapped: boolean;
  /** Custom call in OpenAI's own shape. */
  custom: boolean;
  signature?: string | undefined;
}

export interface CallsState {
  readonly context: DecodeReplyContext;
  readonly calls: Map<number, CallState>;
  last?: CallState | undefined;
  heldChars: number;
}

export function createCallsState(context: DecodeReplyContext): CallsState {
  return { context, calls: new Map(), heldChars: 0 };
}

export type NextBlock = () => number;

/** A list of call fragments, in any order, whole or in pieces. Throws `upstream_garbled` above the caps. */
export function takeCalls(state: CallsState, fragments: readonly Json[], next: NextBlock, emit: Emit): void {
  for (const fragment of fragments) if (isObject(fragment)) takeFragment(state, fragment, next, emit);
}

function takeFragment(state: CallsState, fragment: JsonObject, next: NextBlock, emit: Emit): void {
  const inner = isObject(fragment['function']) ? fragment['function'] : undefined;
  const custom = isObject(fragment['custom']) ? fragment['custom'] : undefined;
  const id = softString(fragment['id']) ?? '';
  const name = softString(inner?.['name']) ?? softString(custom?.['name']) ?? '';
  const call = callOf(state, { index: fragment['index'], id, name }, next);
  if (call.id === '') call.id = id;
  if (call.name === '') call.name = name;
  if (custom !== undefined) call.custom = true;
  call.signature = thoughtSignature(fragment['extra_content']) ?? call.signature;
  const text = custom === undefined ? argumentText(inner?.['arguments']) : argumentText(custom['input']);
  if (!call.opened && call.id !== '' && call.name !== '') open(state, call, emit);
  if (text !== '') addText(state, call, text, emit);
}

/** What tells one call from another; "" where the fragment does not say. */
interface Mark {
  readonly index: Json | undefined;
  readonly id: string;
  readonly name: string;
}

/**
 * The call a fragment belongs to: by its index; without one, a new id starts a call and anything else goes on
 * with the last. Servers that number every parallel call 0 are known by a second id and name.
 */
function callOf(state: CallsState, { index, id, name }: Mark, next: NextBlock): CallState {
  const known = typeof index === 'number' ? state.calls.get(index) : state.last;
  const another = id !== '' && name !== '' && known !== undefined && known.id !== '' && known.id !== id;
  const startsUnnumbered =
    typeof index !== 'number' && id === '' && name !== '' && known !== undefined && known.name !== '';
  if (known !== undefined && !another && !startsUnnumbered) {
    state.last = known;
    return known;
  }
  const call: CallState = { block: next(), id: '', name: '', held: '', opened: false, wrapped: false, custom: false };
  const key = typeof index === 'number' ? index : freeKey(state.calls);
  // An index that is used again belongs to the newer call from here on.
  const older = state.calls.get(key);
  if (older !== undefined) state.calls.set(freeKey(state.calls), older);
  state.calls.set(key, call);
  state.last = call;
  return call;
}

/** Keys below zero are never an index of the wire. */
function freeKey(calls: ReadonlyMap<number, CallState>): number {
  return -1 - calls.size;
}

function open(state: CallsState, call: CallState, emit: Emit): void {
  const name = state.context.toolNames?.get(call.name) ?? call.name;
  call.wrapped = !call.custom && state.context.customTools?.has(name) === true;
  call.opened = true;
  const custom = call.custom || call.wrapped;
  emit({ type: 'block-start', block: call.block, kind: 'call', id: call.id, name, ...(custom && { custom }) });
  if (call.wrapped || call.held === '') return;
  emit({ type: 'args-delta', block: call.block, text: call.held });
  state.heldChars -= call.held.length;
  call.held = '';
}

function addText(state: CallsState, call: CallState, text: string, emit: Emit): void {
  if (call.opened && !call.wrapped) {
    emit({ type: 'args-delta', block: call.block, text });
    return;
  }
  call.held += text;
  state.heldChars += text.length;
  if (call.held.length > CALL_CHARS_MAX || state.heldChars > ANSWER_CHARS_MAX) {
    throw new GatewayError('upstream_garbled', 'the provider sent a tool call that is larger than the limit');
  }
}

/**
 * Ends all calls at the finish: opens what never got an id, unwraps custom calls, hands on signatures. Throws
 * `upstream_garbled` for a call without a name. `seed` makes ids for servers that send none.
 */
export function closeCalls(state: CallsState, seed: string, emit: Emit): void {
  for (const call of [...state.calls.values()].toSorted((a, b) => a.block - b.block)) {
    if (!call.opened) {
      if (call.name === '') throw new GatewayError('upstream_garbled', 'the provider sent a tool call without a name');
      if (call.id === '') call.id = `call_${shortDigest(`${seed}:${call.block}`)}`;
      open(state, call, emit);
    }
    if (call.wrapped) emit({ type: 'args-delta', block: call.block, text: unwrap(call.held) });
    emit({
      type: 'block-end',
      block: call.block,
      ...(call.signature !== undefined && { proof: proofOf(state, call.signature) }),
    });
  }
  state.calls.clear();
}

function proofOf({ context }: CallsState, data: string): Proof {
  return { format: 'openai-chat', family: context.target.family, data };
}

/** The free text inside `{"input": text}`; a model that wrote something else meant that as its text. */
function unwrap(text: string): string {
  try {
    const value: Json = JSON.parse(text);
    if (isObject(value) && typeof value['input'] === 'string') return value['input'];
  } catch {
    // Not JSON: the model wrote the free text itself.
  }
  return text;
}
