import { GatewayError } from '../../types/errors.ts';
import type { DecodeReplyContext } from '../../types/format.ts';
import type { Proof } from '../../types/ir/request.ts';
import type { BlockKind, Emit, StopReason } from '../../types/ir/stream-event.ts';
import type { JsonObject } from '../../types/json.ts';
import type { PartialArgs } from './partial-args.ts';

/** A call whose arguments still arrive. */
export interface OpenCall {
  readonly block: number;
  readonly args: PartialArgs;
  readonly custom: boolean;
  chars: number;
  proof: Proof | undefined;
}

/** All that is known of an answer between two chunks. */
export interface DecodeState {
  readonly context: DecodeReplyContext;
  /** Where the events of the chunk at hand go. */
  emit: Emit;
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

const unheard: Emit = () => undefined;

export function createDecodeState(context: DecodeReplyContext): DecodeState {
  return {
    context,
    emit: unheard,
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

/** Ends the answer with this failure. */
export function fail(state: DecodeState, error: GatewayError): void {
  state.ended = true;
  state.emit({ type: 'message-failure', error });
}

export function garbled(state: DecodeState, text: string): void {
  fail(state, new GatewayError('upstream_garbled', text));
}

export function closeBlock(state: DecodeState): void {
  if (state.open === undefined) return;
  const { proof } = state;
  state.emit(
    proof === undefined ? { type: 'block-end', block: state.open } : { type: 'block-end', block: state.open, proof },
  );
  state.open = undefined;
  state.openKind = undefined;
  state.proof = undefined;
  state.text = '';
}

/** The open block of this kind, or a new one. A block whose proof has come takes no more text. */
export function blockFor(state: DecodeState, kind: 'text' | 'reasoning'): number {
  if (state.open !== undefined && state.openKind === kind && state.proof === undefined) return state.open;
  closeBlock(state);
  const block = state.blocks++;
  state.open = block;
  state.openKind = kind;
  state.emit({ type: 'block-start', block, kind });
  return block;
}

export function proofOf(state: DecodeState, part: JsonObject): Proof | undefined {
  const signature = part['thoughtSignature'] ?? part['thought_signature'];
  if (typeof signature !== 'string' || signature === '') return undefined;
  return { format: 'gemini', family: state.context.target.family, data: signature };
}
