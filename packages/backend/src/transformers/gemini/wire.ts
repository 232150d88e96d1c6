import type { Json, JsonObject } from '../../types/json.ts';

/** Base64 of bytes that Google documents as "do not validate": for calls whose own signature is not known. */
export const SIGNATURE_STAND_IN = 'skip_thought_signature_validator';

/** Calls that came without an id get one of this form; it is never sent back to a Gemini upstream. */
export const MADE_ID = /^call_gem[0-9a-f]{24}$/;
export const MADE_ID_PREFIX = 'call_gem';

/** A blank line, nothing to any reader of events. Older Google SDKs take a comment for the start of a broken event. */
export const KEEP_ALIVE = '\r\n';

/** What a function may be called: letter or `_` first, then also `.`, `:` and `-`. */
export const NAME_PATTERN = /^[A-Za-z_][A-Za-z0-9_.:-]*$/;
export const NAME_CHARS_MAX = 128;

/** Longest arguments of one call, and longest text of one answer, that are held in memory. */
export const CALL_CHARS_MAX = 4 * 1024 * 1024;
export const ANSWER_CHARS_MAX = 16 * 1024 * 1024;

const snakeNames = new Map<string, string>();

function snakeOf(name: string): string {
  const known = snakeNames.get(name);
  if (known !== undefined) return known;
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  snakeNames.set(name, snake);
  return snake;
}

function camelOf(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** A field by its camelCase name, also when the client wrote it in snake_case, as proto JSON allows. */
export function fieldOf(source: JsonObject, name: string): Json | undefined {
  return source[name] ?? source[snakeOf(name)];
}

/** The object with its top-level keys in camelCase; where both spellings stand, camelCase wins. */
export function withCamelKeys(source: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(source)) {
    if (key === '__proto__') continue;
    const name = camelOf(key);
    if (name === key || source[name] === undefined) result[name] = value;
  }
  return result;
}

/** The fields that are given, in their order. */
export function known<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/** True for model families that validate signatures and take media inside function responses. */
export function isGemini3(family: string): boolean {
  const version = /gemini-(\d+)/.exec(family)?.[1];
  return version !== undefined && Number(version) >= 3;
}

/** Arguments text to an object, or absent when it is not the text of one. "" stands for no arguments. */
export function argsObject(argsText: string): JsonObject | undefined {
  if (argsText.trim() === '') return {};
  try {
    const value = JSON.parse(argsText) as Json;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    // A model that was cut off leaves half a document; the caller decides what that means.
    return undefined;
  }
}
