import type { Json, JsonObject } from '../types/json.ts';
import { parseDataUrl, standardBase64 } from '../utils/data-url.ts';
import { isObject } from '../utils/fields.ts';
import type { Ask, ReceivedMedia, ReceivedResult } from './contract.ts';
import { sha256, tokensOf } from './ids.ts';

/** One message or item of a history, as each API's reader gives it; neighbours of one role are joined here. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly text: string;
  readonly results: readonly ReceivedResult[];
  readonly calls: number;
  readonly proofs: number;
  readonly media: readonly ReceivedMedia[];
}

export const EMPTY_TURN: Turn = { role: 'user', text: '', results: [], calls: 0, proofs: 0, media: [] };

type History = Pick<Ask, 'lastUserText' | 'userTexts' | 'results' | 'rounds' | 'proofs' | 'media'>;

/** What the history says to a scenario: the last words, the open round of results, and how often tools were called. */
export function readHistory(turns: readonly Turn[]): History {
  const joined = joinRoles(turns);
  const last = joined.at(-1);
  const opening = joined.findLastIndex(({ role, results }) => role === 'user' && results.length === 0);
  const since = joined.slice(opening + 1);
  return {
    lastUserText: turns.findLast(({ role, text }) => role === 'user' && text !== '')?.text ?? '',
    userTexts: turns.flatMap(({ role, text }) => (role === 'user' && text !== '' ? [text] : [])),
    results: last?.role === 'user' ? last.results : [],
    rounds: since.filter(({ calls }) => calls > 0).length,
    proofs: since.reduce((sum, { proofs }) => sum + proofs, 0),
    media: turns.flatMap(({ media }) => media),
  };
}

function joinRoles(turns: readonly Turn[]): Turn[] {
  const joined: Turn[] = [];
  for (const turn of turns) {
    const before = joined.at(-1);
    if (before?.role !== turn.role) {
      joined.push(turn);
      continue;
    }
    joined[joined.length - 1] = {
      ...before,
      text: turn.text || before.text,
      results: [...before.results, ...turn.results],
      calls: before.calls + turn.calls,
      proofs: before.proofs + turn.proofs,
      media: [...before.media, ...turn.media],
    };
  }
  return joined;
}

/** Bytes that came inline; standard and URL-safe base64 count the same. */
export function inlineMedia(mime: string, data: string): ReceivedMedia {
  const bytes = Buffer.from(standardBase64(data), 'base64');
  return { mime, source: 'inline', bytes: bytes.byteLength, sha256: sha256(bytes) };
}

/** A data URL's bytes, or a reference that a real provider would fetch. The simulator fetches nothing. */
export function mediaOfUrl(url: string, mime = 'unknown'): ReceivedMedia {
  const inline = parseDataUrl(url);
  if (inline !== undefined) return inlineMedia(inline.mime, inline.data);
  return { mime, source: url, bytes: undefined, sha256: undefined };
}

/** Longest text that counts in full; base64 payloads beyond it are not language. */
const COUNTED_CHARS_MAX = 100_000;

/** Input tokens of a request, from the characters of its JSON. */
export function inputTokensOf(body: JsonObject): number {
  const text = JSON.stringify(body, (_, value: Json) =>
    typeof value === 'string' && value.length > COUNTED_CHARS_MAX && !value.includes(' ') ? '' : value,
  );
  return tokensOf(text);
}

/** Argument text in a few fragments, as models write it. */
export function argumentPieces(args: string): string[] {
  return args.match(/[\s\S]{1,12}/g) ?? [];
}

/** The objects of a list, none for anything else: validators have looked at the shape before. */
export function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function strings(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
