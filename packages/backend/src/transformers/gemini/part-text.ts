import type { Proof } from '../../types/ir/request.ts';
import { sealProof } from '../proof.ts';
import { argsObject } from './wire.ts';

/** The `thoughtSignature` of a proof: Gemini's own as it is, any other in an envelope. */
export function signatureText(proof: Proof | undefined): string | undefined {
  if (proof === undefined) return undefined;
  if (proof.format !== 'gemini') return sealProof(proof);
  return proof.data === '' ? undefined : proof.data;
}

/**
 * The envelope to repeat on the part behind a thought, or absent. Many clients throw thought parts away and keep
 * signatures of calls; a proof that needs no thinking text beside it survives there.
 */
export function carriedSignature(proof: Proof | undefined, text: string): string | undefined {
  if (proof === undefined || proof.format === 'gemini' || proof.data === '') return undefined;
  return text === '' || proof.format === 'openai-responses' ? sealProof(proof) : undefined;
}

/** Arguments as one line of JSON, digits of large numbers kept; absent when they are no object. */
function argsLine(argsText: string): string | undefined {
  const value = argsObject(argsText);
  if (value === undefined) return undefined;
  if (argsText.trim() === '') return '{}';
  return /[\r\n]/.test(argsText) ? JSON.stringify(value) : argsText;
}

interface Call {
  readonly id: string;
  readonly name: string;
  readonly argsText: string;
  readonly custom: boolean;
}

/** A call as the JSON text of its part, or absent when its arguments are no object. */
export function callPart({ id, name, argsText, custom }: Call, signature?: string): string | undefined {
  const args = custom ? JSON.stringify({ input: argsText }) : argsLine(argsText);
  if (args === undefined) return undefined;
  const head = id === '' ? '' : `"id":${JSON.stringify(id)},`;
  const tail = signature === undefined ? '' : `,"thoughtSignature":${JSON.stringify(signature)}`;
  return `{"functionCall":{${head}"name":${JSON.stringify(name)},"args":${args}}${tail}}`;
}
