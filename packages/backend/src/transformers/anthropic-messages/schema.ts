import type { NoteLoss } from '../../types/format.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';

/** Keys whose value is a map from names to schemas. */
const MAPS: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions']);
/** Keys whose value is a schema or a list of them. */
const NESTED: ReadonlySet<string> = new Set([
  'items',
  'prefixItems',
  'anyOf',
  'oneOf',
  'allOf',
  'not',
  'if',
  'then',
  'else',
]);

const isObjectSchema = ({ type, properties }: JsonObject): boolean =>
  type === 'object' || isObject(properties) || (Array.isArray(type) && type.includes('object'));

function closed(value: Json | undefined, path: string, noteLoss: NoteLoss): Json | undefined {
  if (Array.isArray(value)) return value.map((item, at) => closed(item, `${path}[${at}]`, noteLoss) ?? null);
  if (!isObject(value)) return value;
  const schema: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) {
    const place = `${path}.${key}`;
    if (MAPS.has(key) && isObject(inner)) {
      schema[key] = Object.fromEntries(
        Object.entries(inner).map(([name, one]) => [name, closed(one, `${place}.${name}`, noteLoss)]),
      );
    } else schema[key] = NESTED.has(key) ? closed(inner, place, noteLoss) : inner;
  }
  if (!isObjectSchema(schema)) return schema;
  const { additionalProperties } = schema;
  if (additionalProperties !== undefined && additionalProperties !== false) {
    noteLoss('anthropic.schema-open', `${path}.additionalProperties`, 'the Messages API takes closed objects only');
  }
  return { ...schema, additionalProperties: false };
}

/** A schema in which every object refuses unnamed properties, which structured output at this API requires. */
export function closedSchema(schema: Json, noteLoss: NoteLoss): Json {
  return closed(schema, 'output.schema', noteLoss) ?? {};
}
