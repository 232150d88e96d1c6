import type { AnswerContext } from '../../types/format.ts';
import type { Citation, Proof } from '../../types/ir/request.ts';
import type { StopReason } from '../../types/ir/stream-event.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import { shortDigest } from '../names.ts';
import { sealProof } from '../proof.ts';
import { FINISH_WORDS } from './wire.ts';

/** What unary and streamed answers share. */

export function answerId({ requestId }: AnswerContext): string {
  return `chatcmpl-${requestId.replace(/^req_/, '')}`;
}

/** The call's id, or one made from the request and the place where an upstream gave none: results need it. */
export function callId(id: string | undefined, context: AnswerContext, index: number): string {
  return id === undefined || id === '' ? `call_${shortDigest(`${context.requestId}:${index}`)}` : id;
}

export function createdSeconds({ createdAtMs }: AnswerContext): number {
  return Math.floor(createdAtMs / 1000);
}

/** Finish word; a refusal that was said in words ends with `stop`, as at OpenAI. */
export function finishWord(reason: StopReason, refused: boolean, legacy: boolean): string {
  if (reason === 'refusal' && refused) return 'stop';
  return reason === 'tool' && legacy ? 'function_call' : FINISH_WORDS[reason];
}

/** The text for Google's signature field: native from this API, sealed from any other. */
export function signatureText(proof: Proof | undefined): string | undefined {
  if (proof === undefined) return undefined;
  if (proof.format !== 'openai-chat') return sealProof(proof);
  return proof.data === '' ? undefined : proof.data;
}

/**
 * `url_citation`s of one text block. `base` is where the block starts in the message's content; a citation
 * without offsets covers the block. Citations without an address have no form in this API.
 */
export function annotationsOf(citations: readonly Citation[], base: number, chars: number): JsonObject[] {
  return citations.flatMap(({ url, title, start, end }) =>
    url === undefined
      ? []
      : [
          {
            type: 'url_citation',
            url_citation: {
              url,
              title: title ?? '',
              start_index: base + (start ?? 0),
              end_index: base + (end ?? chars),
            },
          },
        ],
  );
}

export function imageOf(mime: string, data: string): JsonObject {
  return { type: 'image_url', image_url: { url: `data:${mime};base64,${data}` } };
}

/** Adds a later piece of audio or log probabilities to the earlier ones: texts and lists grow, the rest is replaced. */
export function mergePieces(whole: JsonObject | undefined, piece: Json | undefined): JsonObject | undefined {
  if (!isObject(piece)) return whole;
  const merged: JsonObject = { ...whole };
  for (const [key, value] of Object.entries(piece)) {
    const before = merged[key];
    if (Array.isArray(before) && Array.isArray(value)) merged[key] = [...before, ...value];
    else if (typeof before === 'string' && typeof value === 'string' && key !== 'id') merged[key] = before + value;
    else if (value !== undefined && value !== null) merged[key] = value;
  }
  return merged;
}
