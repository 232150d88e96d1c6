import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, softString } from '../../utils/fields.ts';
import { shortDigest } from '../names.ts';
import { closeBlock, type DecodeState, garbled, type OpenCall, proofOf } from './decode-state.ts';
import { addFragment, createPartialArgs } from './partial-args.ts';
import { CALL_CHARS_MAX, fieldOf, MADE_ID_PREFIX } from './wire.ts';

const TOO_LARGE = 'the provider sent a function call that is too large';

function startCall(state: DecodeState, call: JsonObject, wireName: string, part: JsonObject): OpenCall {
  const { toolNames, customTools } = state.context;
  const name = toolNames?.get(wireName) ?? wireName;
  const args = isObject(call['args']) ? { ...call['args'] } : {};
  const proof = proofOf(state, part);
  const at = state.calls++;
  const seed = state.seed || JSON.stringify(args);
  const id = softString(call['id']) || MADE_ID_PREFIX + shortDigest(`${seed}|${at}|${wireName}`);
  const custom = customTools?.has(name) === true;
  const block = state.blocks++;
  state.emit({
    type: 'block-start',
    block,
    kind: 'call',
    id,
    name,
    ...(custom && { custom }),
    ...(proof && { proof }),
  });
  return { block, custom, args: createPartialArgs(args), chars: 0, proof };
}

/**
 * The call that is open is whole. Custom tools of the Responses API travel as functions with one text, and that
 * text is what the client waits for.
 */
export function endCall(state: DecodeState): void {
  const call = state.partial;
  if (call === undefined) return;
  state.partial = undefined;
  const { block, custom, proof } = call;
  const { root } = call.args;
  const input = root['input'];
  const text = custom && typeof input === 'string' ? input : JSON.stringify(root);
  if (text.length > CALL_CHARS_MAX) {
    garbled(state, TOO_LARGE);
    return;
  }
  state.emit({ type: 'args-delta', block, text });
  state.emit(proof === undefined ? { type: 'block-end', block } : { type: 'block-end', block, proof });
}

function takeFragment(state: DecodeState, call: OpenCall, fragment: Json): void {
  const text = isObject(fragment) ? softString(fragment['stringValue']) : undefined;
  call.chars += text?.length ?? 0;
  if (call.chars > CALL_CHARS_MAX) garbled(state, TOO_LARGE);
  else if (!addFragment(call.args, fragment)) {
    garbled(state, 'the provider sent a function call fragment without a place');
  }
}

function takeFragments(state: DecodeState, open: OpenCall, call: JsonObject): void {
  const fragments = fieldOf(call, 'partialArgs');
  if (!Array.isArray(fragments)) return;
  for (const fragment of fragments) if (!state.ended) takeFragment(state, open, fragment);
}

/**
 * One `functionCall`: whole, or its beginning, or a fragment of the one that is open. An object without name and
 * `willContinue` ends the open one; Vertex sometimes leaves it out, so whatever follows ends it as well.
 */
export function takeCall(state: DecodeState, call: JsonObject, part: JsonObject): void {
  const name = softString(call['name']) ?? '';
  const args = isObject(call['args']) ? call['args'] : undefined;
  closeBlock(state);
  if (name !== '') {
    endCall(state);
    state.partial = startCall(state, call, name, part);
  }
  const open = state.partial;
  if (open === undefined) {
    if (args !== undefined) garbled(state, 'the provider sent a function call without a name');
    return;
  }
  open.proof = proofOf(state, part) ?? open.proof;
  if (name === '' && args !== undefined) Object.assign(open.args.root, args);
  takeFragments(state, open, call);
  if (fieldOf(call, 'willContinue') !== true && !state.ended) endCall(state);
}
