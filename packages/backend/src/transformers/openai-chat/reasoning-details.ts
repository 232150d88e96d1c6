import type { Proof, ReasoningPart } from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, softString } from '../../utils/fields.ts';
import { openProof, sealProof } from '../proof.ts';

/**
 * `reasoning_details` as OpenRouter defined them: a list of `reasoning.text` (text, signature),
 * `reasoning.summary` (summary) and `reasoning.encrypted` (data), which a client sends back unchanged.
 * The same list carries the sealed proofs of other APIs to Chat clients.
 */
const GROWING = ['text', 'summary', 'data'] as const;

/** All words that a list of details shows. */
export function detailsText(details: readonly JsonObject[]): string {
  let text = '';
  for (const detail of details) text += softString(detail['text']) ?? softString(detail['summary']) ?? '';
  return text;
}

export function isEncryptedOnly(details: readonly JsonObject[]): boolean {
  return details.every((detail) => detail['type'] === 'reasoning.encrypted');
}

/** Adds streamed pieces to the whole: same index and type continue one detail. Gives the characters added. */
export function addDetails(whole: JsonObject[], pieces: readonly JsonObject[]): number {
  let chars = 0;
  for (const piece of pieces) {
    const { index, type } = piece;
    const last = whole.findLast((detail) => detail['index'] === index && detail['type'] === type);
    for (const key of GROWING) chars += softString(piece[key])?.length ?? 0;
    // Pieces without an index that already hold a signature or data are whole.
    const goesOn = last !== undefined && !(index === undefined && (last['signature'] || last['data']));
    if (goesOn) grow(last, piece);
    else whole.push({ ...piece });
  }
  return chars;
}

function grow(detail: JsonObject, piece: JsonObject): void {
  for (const [key, value] of Object.entries(piece)) {
    if (value === undefined || value === null) continue;
    const before = detail[key];
    const grows = GROWING.some((name) => name === key) && typeof before === 'string' && typeof value === 'string';
    detail[key] = grows ? before + value : value;
  }
}

/** The details that an answer or a request carries for one reasoning block; empty when it has no proof to show. */
export function detailsOf(text: string, redacted: boolean, proof: Proof | undefined, index: number): JsonObject[] {
  if (proof === undefined) return [];
  if (proof.format === 'openai-chat') return nativeDetails(proof.data);
  const sealed = sealProof(proof);
  return redacted
    ? [{ type: 'reasoning.encrypted', data: sealed, index }]
    : [{ type: 'reasoning.text', text, signature: sealed, index }];
}

function nativeDetails(data: string): JsonObject[] {
  if (data === '') return [];
  try {
    const value: Json = JSON.parse(data);
    return Array.isArray(value) ? value.filter(isObject) : [];
  } catch {
    // A proof that this file did not write: there is no list to show.
    return [];
  }
}

/**
 * A client's `reasoning_details` and its plain reasoning text as parts: one for each sealed proof, one for each
 * run of native details. Text without details gives one part without a proof. Never throws.
 */
export function reasoningParts(details: readonly Json[], plainText: string): ReasoningPart[] {
  const parts: ReasoningPart[] = [];
  let native: JsonObject[] = [];
  const flush = (): void => {
    if (native.length === 0) return;
    const text = detailsText(native);
    const redacted = isEncryptedOnly(native) && text === '';
    const proof: Proof = { format: 'openai-chat', data: JSON.stringify(native) };
    parts.push({ type: 'reasoning', text, ...(redacted && { redacted }), proof });
    native = [];
  };
  for (const detail of details) {
    if (!isObject(detail)) continue;
    const proof = openProof(softString(detail['signature']) ?? softString(detail['data']) ?? '');
    if (proof === undefined) {
      native.push(detail);
      continue;
    }
    flush();
    const redacted = detail['type'] === 'reasoning.encrypted';
    parts.push({ type: 'reasoning', text: detailsText([detail]), ...(redacted && { redacted }), proof });
  }
  flush();
  return withPlainText(parts, plainText);
}

/** Clients that keep the list but not its text still have the words in the plain field. */
function withPlainText(parts: ReasoningPart[], plainText: string): ReasoningPart[] {
  if (plainText === '') return parts;
  const [only, ...others] = parts;
  if (only === undefined) return [{ type: 'reasoning', text: plainText }];
  const shown = parts.some(({ text }) => text !== '');
  return shown || others.length > 0 || only.redacted === true ? parts : [{ ...only, text: plainText }];
}
