import type { Citation } from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, softCount, softString } from '../../utils/fields.ts';

/** UTF-16 offset at which the UTF-8 form of `text` has `bytes` bytes before it. */
export function unitsOfBytes(text: string, bytes: number): number {
  let seen = 0;
  let at = 0;
  while (at < text.length && seen < bytes) {
    const point = text.codePointAt(at) ?? 0;
    seen += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    at += point > 0xffff ? 2 : 1;
  }
  return at;
}

interface Span {
  readonly start?: number;
  readonly end?: number;
  readonly text?: string;
}

/** A segment's byte offsets in UTF-16 units. Where they do not enclose the quoted text, the quote itself is looked for. */
function spanOf(segment: Json | undefined, text: string): Span {
  if (!isObject(segment)) return {};
  const quote = softString(segment['text']);
  const endBytes = softCount(segment['endIndex']);
  if (endBytes !== undefined) {
    const start = unitsOfBytes(text, softCount(segment['startIndex']) ?? 0);
    const end = unitsOfBytes(text, endBytes);
    if (quote === undefined || text.slice(start, end) === quote)
      return { start, end, text: quote ?? text.slice(start, end) };
  }
  if (quote === undefined) return {};
  const at = text.indexOf(quote);
  return at === -1 ? { text: quote } : { start: at, end: at + quote.length, text: quote };
}

function sourceOf(chunk: Json | undefined): { url?: string; title?: string } {
  if (!isObject(chunk)) return {};
  const source = chunk['web'] ?? chunk['retrievedContext'] ?? chunk['maps'] ?? chunk['image'];
  if (!isObject(source)) return {};
  const url = softString(source['uri']);
  const title = softString(source['title']);
  return { ...(url !== undefined && { url }), ...(title !== undefined && { title }) };
}

/** Citations of a candidate, over `text`, the text of its last block. The first one carries the whole metadata. */
export function decodeGrounding(candidate: JsonObject, text: string): Citation[] {
  const metadata = candidate['groundingMetadata'];
  const grounded = isObject(metadata) ? fromGrounding(metadata, text) : [];
  const raw = isObject(metadata) ? ({ format: 'gemini', value: { groundingMetadata: metadata } } as const) : undefined;
  const quoted = isObject(candidate['citationMetadata']) ? fromCitations(candidate['citationMetadata'], text) : [];
  return [
    ...grounded.map((citation, at) => (at === 0 && raw !== undefined ? { ...citation, raw } : citation)),
    ...quoted,
  ];
}

function fromGrounding(metadata: JsonObject, text: string): Citation[] {
  const chunks = Array.isArray(metadata['groundingChunks']) ? metadata['groundingChunks'] : [];
  const supports = Array.isArray(metadata['groundingSupports']) ? metadata['groundingSupports'].filter(isObject) : [];
  const used = new Set<number>();
  const anchored = supports.flatMap((support) => {
    const span = spanOf(support['segment'], text);
    const indices = Array.isArray(support['groundingChunkIndices']) ? support['groundingChunkIndices'] : [];
    return indices.flatMap((index) => {
      if (typeof index !== 'number' || chunks[index] === undefined) return [];
      used.add(index);
      return [{ ...sourceOf(chunks[index]), ...span }];
    });
  });
  return [...anchored, ...chunks.flatMap((chunk, at) => (used.has(at) ? [] : [sourceOf(chunk)]))];
}

function fromCitations(metadata: JsonObject, text: string): Citation[] {
  const list = metadata['citationSources'] ?? metadata['citations'];
  return (Array.isArray(list) ? list : []).filter(isObject).map((source) => {
    const url = softString(source['uri']);
    const title = softString(source['title']);
    return { ...(url !== undefined && { url }), ...(title !== undefined && { title }), ...spanOf(source, text) };
  });
}

/** A citation together with the text that its offsets count in, and where that text stands in the answer. */
export interface Placed {
  readonly citation: Citation;
  readonly text: string;
  /** UTF-8 bytes of the answer's text before this block, or the number of the part. */
  readonly byteBase: number;
  readonly partIndex: number;
}

/** Citations to `groundingMetadata`; Gemini's own comes back as it was. Absent when there are none. */
export function encodeGrounding(placed: readonly Placed[]): JsonObject | undefined {
  if (placed.length === 0) return undefined;
  for (const { citation } of placed) {
    const native = citation.raw?.format === 'gemini' ? citation.raw.value : undefined;
    if (isObject(native) && isObject(native['groundingMetadata'])) return native['groundingMetadata'];
  }
  const sources = new Map<string, { at: number; chunk: JsonObject }>();
  const supports: JsonObject[] = [];
  for (const { citation, text, byteBase, partIndex } of placed) {
    const { url = '', title = '', start, end } = citation;
    const key = JSON.stringify([url, title]);
    const source = sources.get(key) ?? { at: sources.size, chunk: { web: { uri: url, title } } };
    sources.set(key, source);
    if (end === undefined) continue;
    const from = start ?? 0;
    const segment: JsonObject = {
      ...(partIndex > 0 && { partIndex }),
      startIndex: byteBase + Buffer.byteLength(text.slice(0, from)),
      endIndex: byteBase + Buffer.byteLength(text.slice(0, end)),
      text: text.slice(from, end),
    };
    supports.push({ segment, groundingChunkIndices: [source.at] });
  }
  return {
    groundingChunks: [...sources.values()].map(({ chunk }) => chunk),
    ...(supports.length > 0 && { groundingSupports: supports }),
  };
}
