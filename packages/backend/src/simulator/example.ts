import type { Json, JsonObject } from '../types/json.ts';
import { isObject, ownValue } from '../utils/fields.ts';
import { objects, strings } from './conversation.ts';
import { wordOf } from './word-of.ts';

/** Below it only required properties are filled, so that a schema that refers to itself comes to an end. */
const DEPTH_FULL = 4;
/** Depth at which even required references give up and answer null. */
const DEPTH_MAX = 12;
const ITEMS_MAX = 20;
const TEXT_MAX = 1000;
const USUAL_NUMBER = 7;

const BY_FORMAT: Readonly<Record<string, string>> = {
  date: '2026-11-22',
  time: '12:00:00Z',
  'date-time': '2026-11-22T12:00:00Z',
  email: 'someone@example.com',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
  ipv4: '192.0.2.1',
};

/**
 * A value that fits a JSON Schema (or Gemini's subset with upper-case types): required and optional properties
 * alike, the first choice of each enum and union, smallest arrays. Free strings say `word`. Patterns are not solved.
 */
export function exampleOf(schema: JsonObject, word = 'example'): Json {
  return valueFor(schema, { root: schema, word }, 0);
}

interface Making {
  readonly root: JsonObject;
  readonly word: string;
}

function valueFor(schema: JsonObject, making: Making, depth: number): Json {
  if (depth > DEPTH_MAX) return null;
  const chosen = resolve(schema, making.root, 0);
  if (chosen['const'] !== undefined) return chosen['const'];
  if (chosen['default'] !== undefined) return chosen['default'];
  const choices = chosen['enum'];
  if (Array.isArray(choices) && choices[0] !== undefined) return choices[0];
  const [first] = [...objects(chosen['anyOf']), ...objects(chosen['oneOf'])];
  if (first !== undefined) return valueFor(first, making, depth + 1);
  return ofType(chosen, making, depth);
}

/** Follows local references and joins `allOf`. */
function resolve(schema: JsonObject, root: JsonObject, steps: number): JsonObject {
  if (steps > DEPTH_MAX) return {};
  const reference = schema['$ref'];
  if (typeof reference === 'string' && reference.startsWith('#')) {
    const found = pointed(root, reference.slice(1));
    return found === undefined ? {} : resolve(found, root, steps + 1);
  }
  const parts = objects(schema['allOf']).map((part) => resolve(part, root, steps + 1));
  if (parts.length === 0) return schema;
  const all = [{ ...schema, allOf: undefined }, ...parts];
  const properties: JsonObject = Object.assign({}, ...all.map((part) => part['properties'] ?? {}));
  const required = all.flatMap((part) => strings(part['required']));
  return { ...Object.assign({}, ...all), ...(Object.keys(properties).length > 0 ? { properties, required } : {}) };
}

function pointed(root: JsonObject, pointer: string): JsonObject | undefined {
  let found: Json | undefined = root;
  for (const step of pointer.split('/').filter(Boolean)) {
    found = isObject(found) ? found[step.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
  }
  return isObject(found) ? found : undefined;
}

function typeOf(schema: JsonObject): string {
  const [first] = strings([schema['type'] ?? null].flat()).filter((one) => one !== 'null');
  if (first !== undefined) return first.toLowerCase();
  if (schema['properties'] !== undefined) return 'object';
  if (schema['type'] !== undefined) return 'null';
  return schema['items'] === undefined ? 'string' : 'array';
}

function ofType(schema: JsonObject, making: Making, depth: number): Json {
  switch (typeOf(schema)) {
    case 'object':
      return anObject(schema, making, depth);
    case 'array':
      return anArray(schema, making, depth);
    case 'integer':
    case 'number':
      return aNumber(schema);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return aText(schema, making.word);
  }
}

function anObject(schema: JsonObject, making: Making, depth: number): JsonObject {
  const required = strings(schema['required']);
  const filled: JsonObject = {};
  for (const [name, part] of Object.entries(isObject(schema['properties']) ? schema['properties'] : {})) {
    if (depth > DEPTH_FULL && !required.includes(name)) continue;
    filled[name] = isObject(part) ? valueFor(part, making, depth + 1) : null;
  }
  return filled;
}

function anArray(schema: JsonObject, making: Making, depth: number): Json[] {
  const least = bound(schema['minItems']) ?? 0;
  const wanted = depth > DEPTH_FULL ? least : Math.max(1, least);
  const count = Math.min(wanted, bound(schema['maxItems']) ?? ITEMS_MAX, ITEMS_MAX);
  const items = isObject(schema['items']) ? schema['items'] : {};
  return Array.from({ length: count }, () => valueFor(items, making, depth + 1));
}

function aNumber(schema: JsonObject): number {
  const above = bound(schema['exclusiveMinimum']);
  const below = bound(schema['exclusiveMaximum']);
  const least = bound(schema['minimum']) ?? (above === undefined ? undefined : above + 1);
  const most = bound(schema['maximum']) ?? (below === undefined ? undefined : below - 1);
  return least ?? (most === undefined ? USUAL_NUMBER : Math.min(most, USUAL_NUMBER));
}

function aText(schema: JsonObject, word: string): string {
  const known = ownValue(BY_FORMAT, wordOf(schema['format']));
  if (known !== undefined) return known;
  const padded = word.padEnd(Math.min(bound(schema['minLength']) ?? 0, TEXT_MAX), '.');
  return padded.slice(0, bound(schema['maxLength']) ?? TEXT_MAX);
}

const bound = (value: Json | undefined): number | undefined => (typeof value === 'number' ? value : undefined);
