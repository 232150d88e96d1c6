import type { JsonObject } from '../../types/json.ts';
import { refuse } from '../refuse.ts';

/** A camel-case name as the API's own messages write it. */
const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Refuses fields that the message at `path` does not have; both spellings of a known field pass. */
export function onlyFields(value: JsonObject, path: string, known: readonly string[]): void {
  const stray = Object.keys(value).find((key) => !known.includes(key) && !known.some((name) => snake(name) === key));
  if (stray === undefined) return;
  const place = path === '' ? '' : ` at '${path}'`;
  refuse(`Invalid JSON payload received. Unknown name "${stray}"${place}: Cannot find field.`);
}
