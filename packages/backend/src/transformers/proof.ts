import { FORMAT_IDS } from '../types/format-id.ts';
import type { Proof } from '../types/ir/request.ts';
import type { TargetProfile } from '../types/ir/target.ts';
import { isObject } from '../utils/fields.ts';

/** First characters of the base64 of every envelope: `{"plx":1`. A native proof never starts so. */
export const PROOF_MARK = 'eyJwbHgiOjEs';

/**
 * A foreign proof in an envelope that the client's own API can carry as its signature, encrypted content or
 * thought signature. Standard base64 of a small JSON object, because Gemini's field is bytes. A proof without
 * payload still gives an envelope: clients reject empty signatures.
 */
export function sealProof(proof: Proof): string {
  const { format, family, data, id } = proof;
  return Buffer.from(JSON.stringify({ plx: 1, format, family, data, id }), 'utf8').toString('base64');
}

/** The proof inside an envelope of ours, or absent when the text is not one (a native proof). */
export function openProof(text: string): Proof | undefined {
  if (!text.startsWith(PROOF_MARK)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
    if (!isObject(value) || value['plx'] !== 1) return undefined;
    const format = FORMAT_IDS.find((id) => id === value['format']);
    const { data, family, id } = value;
    if (format === undefined || typeof data !== 'string') return undefined;
    return {
      format,
      data,
      ...(typeof family === 'string' && { family }),
      ...(typeof id === 'string' && { id }),
    };
  } catch {
    // Not our envelope after all: the caller treats the text as a native proof.
    return undefined;
  }
}

/** May this proof go to this target? Same API, and the same model family where the proof names one. */
export function proofFits(proof: Proof, target: TargetProfile): boolean {
  return proof.format === target.format && (proof.family === undefined || proof.family === target.family);
}
