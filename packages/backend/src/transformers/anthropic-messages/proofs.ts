import type { Proof } from '../../types/ir/request.ts';
import type { JsonObject } from '../../types/json.ts';
import { openProof, sealProof } from '../proof.ts';
import { FORMAT } from './wire.ts';

/**
 * Prefix of a proof's id when it belongs to a call or to a text. This API has no field for such a proof (Gemini
 * signs calls), so it travels in a `redacted_thinking` block beside the part, which clients replay unchanged.
 */
const ON_CALL = 'call:';
const ON_TEXT = 'text:';
/** Id of an envelope whose payload is thinking text that the client asked not to see. */
const HIDDEN_TEXT = 'hidden';

/** A reasoning proof as `signature` or `data`: our own plain, a foreign one sealed, none as an empty envelope. */
export function encodeProof(proof: Proof | undefined): string {
  // Chat is the API whose reasoning has no proof, so an empty envelope of Chat says the truth.
  if (proof === undefined) return sealProof({ format: 'openai-chat', data: '' });
  return proof.format === FORMAT ? proof.data : sealProof(proof);
}

/** A signature that carries the thinking text itself, for a client that wants blocks without visible text. */
export function sealHiddenText(text: string): string {
  return sealProof({ format: 'openai-chat', data: text, id: HIDDEN_TEXT });
}

/** The block that carries the proof of a call or of a text. */
export function proofBlock(proof: Proof, callId: string | undefined): JsonObject {
  const tag = callId === undefined ? ON_TEXT : `${ON_CALL}${callId}`;
  const id = proof.id === undefined ? tag : `${tag}\n${proof.id}`;
  return { type: 'redacted_thinking', data: sealProof({ ...proof, id }) };
}

/** What a replayed signature or `data` text turned out to be. */
export interface ReplayedProof {
  readonly on: 'reasoning' | 'call' | 'text';
  readonly callId?: string | undefined;
  /** Absent for an empty signature, which proves nothing. */
  readonly proof?: Proof | undefined;
  readonly hiddenText?: string | undefined;
}

export function replayedProof(text: string): ReplayedProof {
  if (text === '') return { on: 'reasoning' };
  const sealed = openProof(text);
  if (sealed === undefined) return { on: 'reasoning', proof: { format: FORMAT, data: text } };
  const { id, ...rest } = sealed;
  if (id === undefined) return { on: 'reasoning', proof: sealed };
  if (id === HIDDEN_TEXT) return { on: 'reasoning', proof: { ...rest, data: '' }, hiddenText: sealed.data };
  const on = id.startsWith(ON_CALL) ? 'call' : id.startsWith(ON_TEXT) ? 'text' : undefined;
  if (on === undefined) return { on: 'reasoning', proof: sealed };
  const [tag = '', native] = id.split('\n', 2);
  return { on, callId: tag.slice(ON_CALL.length), proof: { ...rest, ...(native !== undefined && { id: native }) } };
}
