import type { Json } from '../types/json.ts';

/**
 * A value where a word belongs, as text: a word itself, anything else as its JSON, so that a list of one word is no
 * word and an object with a `toString` of its own breaks nothing.
 */
export function wordOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
}
