import type { Json, JsonObject } from '../types/json.ts';
import { isObject } from '../utils/fields.ts';

/** Depth at which a schema that refers to itself gives up and answers null. */
const DEPTH_MAX = 12;

/**
 * A value that fits a JSON Schema (or Gemini's subset with upper-case types): required and optional properties
 * alike, the first choice of each enum and union, smallest arrays.
 */
export function exampleOf(schema: JsonObject, word = 'example'): Json {
  return valueFor(schema, { root: schema, word }, 0);
}

interface Making {
  readonly root: JsonObject;
  /** What free strings say. */
  readonly word: string;
}

function valueFor(schema: JsonObject, making: Making, depth: number): Json {
  if (depth > DEPTH_MAX) return null;
  const chosen = resolve(schema, making.root);
  if (chosen['const'] !== undefined) return chosen['const'];
  if (chosen['default'] !== undefined) return chosen['default'];
  const choices = chosen['enum'];
  if (Array.isArray(choices) && choices[0] !== undefined) return choices[0];
  for (const union of ['anyOf', 'oneOf']) {
    const options = chosen[union];
    if (Array.isArray(options) && isObject(options[0])) return valueFor(options[0], making, depth + 1);
  }
  return ofType(typeOf(chosen), chosen, making, depth);
}

/** Follows local references and joins `allOf`. */
function resolve(schema: JsonObject, root: JsonObject): JsonObject {
  const reference = schema['$ref'];
  if (typeof reference === 'string' && reference.startsWith('#')) {
    let found: Json | undefined = root;
    for (const step of reference.slice(1).split('/').filter(Boolean)) {
      found = isObject(found) ? found[step.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
    }
    if (isObject(found)) return found === schema ? {} : { ...found, $ref: undefined };
  }
  const all = schema['allOf'];
  if (!Array.isArray(all)) return schema;
  return all.filter(isObject).reduce<JsonObject>((joined, part) => ({ ...joined, ...resolve(part, root) }), {
    ...schema,
    allOf: undefined,
  });
}

function typeOf(schema: JsonObject): string {
  const type = schema['type'];
  const first = Array.isArray(type) ? type.find((one) => one !== 'null') : type;
  if (typeof first === 'string') return first.toLowerCase();
  if (schema['properties'] !== undefined) return 'object';
  return schema['items'] !== undefined ? 'array' : 'string';
}

function ofType(type: string, schema: JsonObject, making: Making, depth: number): Json {
  switch (type) {
    case 'object': {
      const properties = isObject(schema['properties']) ? schema['properties'] : {};
      const filled: JsonObject = {};
      for (const [name, part] of Object.entries(properties)) {
        filled[name] = isObject(part) ? valueFor(part, making, depth + 1) : null;
      }
      return filled;
    }
    case 'array': {
      const count = Math.max(1, Number(schema['minItems'] ?? 1));
      const items = isObject(schema['items']) ? schema['items'] : {};
      return Array.from({ length: Math.min(count, 20) }, () => valueFor(items, making, depth + 1));
    }
    case 'integer':
    case 'number':
      return Number(
        schema['minimum'] ?? (schema['exclusiveMinimum'] === undefined ? 7 : Number(schema['exclusiveMinimum']) + 1),
      );
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return making.word
        .padEnd(Math.min(Number(schema['minLength'] ?? 0), 1000), '.')
        .slice(0, Number(schema['maxLength'] ?? 1000));
  }
}
