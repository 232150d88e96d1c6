import type { Json } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import { refuse } from '../refuse.ts';
import { wordOf } from '../word-of.ts';
import { onlyFields } from './rules.ts';

const FIELDS =
  `type format title description nullable enum maxItems minItems properties required minProperties maxProperties
  minLength maxLength pattern example anyOf propertyOrdering default items minimum maximum`.split(/\s+/);
const TYPES = ['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL', 'TYPE_UNSPECIFIED'];

/** Refuses what the OpenAPI subset of `parameters` and `responseSchema` does not have. `path` as in the vendor's words. */
export function checkSchema(schema: Json, path: string): void {
  if (!isObject(schema))
    refuse(
      `Invalid value at '${path}' (type.googleapis.com/google.ai.generativelanguage.v1beta.Schema), ${JSON.stringify(schema)}`,
    );
  onlyFields(schema, path, FIELDS);
  const { type } = schema;
  if (Array.isArray(type))
    refuse(
      `Invalid JSON payload received. Unknown name "type" at '${path}': Proto field is not repeating, cannot start list.`,
    );
  if (type !== undefined && !TYPES.includes(wordOf(type).toUpperCase())) {
    refuse(
      `Invalid value at '${path}.type' (type.googleapis.com/google.ai.generativelanguage.v1beta.Type), ${JSON.stringify(type)}`,
    );
  }
  checkEnum(schema['enum'], path);
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  if (wordOf(type).toUpperCase() === 'OBJECT' && Object.keys(properties).length === 0) {
    refuse(`* GenerateContentRequest.${path}.properties: should be non-empty for OBJECT type`);
  }
  for (const name of Array.isArray(schema['required']) ? schema['required'] : []) {
    if (properties[wordOf(name)] === undefined)
      refuse(`* GenerateContentRequest.${path}.required[0]: property is not defined`);
  }
  // Google's own messages name a property by the place of its value.
  for (const [at, part] of Object.values(properties).entries())
    if (part !== undefined) checkSchema(part, `${path}.properties[${at}].value`);
  if (schema['items'] !== undefined) checkSchema(schema['items'], `${path}.items`);
  if (wordOf(type).toUpperCase() === 'ARRAY' && schema['items'] === undefined) {
    refuse(`* GenerateContentRequest.${path}.items: missing field.`);
  }
  const union = schema['anyOf'];
  for (const [at, part] of (Array.isArray(union) ? union : []).entries()) checkSchema(part, `${path}.any_of[${at}]`);
}

function checkEnum(choices: Json | undefined, path: string): void {
  if (!Array.isArray(choices)) return;
  const at = choices.findIndex((choice) => typeof choice !== 'string');
  if (at !== -1) refuse(`Invalid value at '${path}.enum[${at}]' (TYPE_STRING), ${JSON.stringify(choices[at])}`);
  if (choices.includes('')) refuse(`* GenerateContentRequest.${path}.enum[${choices.indexOf('')}]: cannot be empty`);
}
