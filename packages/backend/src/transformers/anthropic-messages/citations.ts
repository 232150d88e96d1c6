import type { Citation } from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, softString } from '../../utils/fields.ts';
import { openProof, sealProof } from '../proof.ts';
import { FORMAT } from './wire.ts';

/** A citation of the API. Its locations point into sources, not into the answer, so it has no offsets here. */
export function decodeCitation(wire: Json | undefined): Citation | undefined {
  if (!isObject(wire)) return undefined;
  const url = softString(wire['url']) ?? softString(wire['source']);
  const title = softString(wire['title']) ?? softString(wire['document_title']);
  const text = softString(wire['cited_text']);
  const common = {
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...(text !== undefined && { text }),
  };
  const index = softString(wire['encrypted_index']);
  // An index in our own envelope was made for a foreign citation: it means nothing to the real API.
  if (index !== undefined && openProof(index) !== undefined) return common;
  return { ...common, raw: { format: FORMAT, value: wire } };
}

/** A citation for a client: its native form where there is one, else a search result with an empty envelope. */
export function encodeCitation(citation: Citation): JsonObject {
  const { raw } = citation;
  if (raw?.format === FORMAT && isObject(raw.value)) return raw.value;
  return {
    type: 'web_search_result_location',
    cited_text: citation.text ?? '',
    url: citation.url ?? '',
    title: citation.title ?? null,
    encrypted_index: sealProof({ format: raw?.format ?? 'openai-chat', data: '' }),
  };
}
