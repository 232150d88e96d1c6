import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, ownValue } from '../../utils/fields.ts';

/** Called for each thing of a schema that the OpenAPI subset cannot say. `what` is the end of a loss rule's id. */
export type NoteSchemaLoss = (what: string, path: string, reason: string) => void;

/** A cyclic schema is unrolled this often before a bare object stands for the rest. */
const CYCLE_LIMIT = 2;
const DEPTH_LIMIT = 48;
/** Schemas that refer to each other may grow without end; above this many nodes the rest is cut. */
const NODES_MAX = 20_000;

const TYPES: Readonly<Record<string, string>> = {
  object: 'OBJECT',
  array: 'ARRAY',
  string: 'STRING',
  number: 'NUMBER',
  integer: 'INTEGER',
  boolean: 'BOOLEAN',
};

const FORMATS: Readonly<Record<string, readonly string[]>> = {
  STRING: ['enum', 'date-time'],
  NUMBER: ['float', 'double'],
  INTEGER: ['int32', 'int64'],
};

/** Keywords that are copied when the type has them; all others are handled below or dropped with a note. */
const COPIED: Readonly<Record<string, readonly string[]>> = {
  STRING: ['minLength', 'maxLength', 'pattern'],
  NUMBER: ['minimum', 'maximum'],
  INTEGER: ['minimum', 'maximum'],
  ARRAY: ['minItems', 'maxItems'],
  OBJECT: ['minProperties', 'maxProperties'],
};

const HANDLED = new Set([
  ...['type', 'format', 'title', 'description', 'nullable', 'enum', 'const', 'properties', 'required', 'items'],
  ...[
    'prefixItems',
    'anyOf',
    'oneOf',
    'allOf',
    '$ref',
    '$defs',
    'definitions',
    'default',
    'example',
    'propertyOrdering',
  ],
  ...['exclusiveMinimum', 'exclusiveMaximum', ...Object.values(COPIED).flat()],
]);

/** Dropped without a note: they name or comment the schema and allow or forbid nothing. */
const SILENT = new Set(['$schema', '$id', '$anchor', '$comment', 'examples', 'deprecated', 'readOnly', 'writeOnly']);

interface Walk {
  readonly root: Json;
  readonly note: NoteSchemaLoss;
  /** References that are being expanded, with how often. */
  readonly open: ReadonlyMap<string, number>;
  readonly depth: number;
  /** Shared by all branches of one schema. */
  readonly spent: { nodes: number };
}

function resolve(root: Json, reference: string): Json | undefined {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  if (/%(?![0-9a-f]{2})/i.test(reference)) return undefined;
  let value: Json | undefined = root;
  for (const raw of reference.slice(2).split('/')) {
    const step = decodeURIComponent(raw).replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) value = value[Number(step)];
    else if (isObject(value) && Object.hasOwn(value, step)) value = value[step];
    else return undefined;
  }
  return value;
}

function fromReference(schema: JsonObject, reference: string, path: string, walk: Walk): JsonObject {
  const times = walk.open.get(reference) ?? 0;
  const { $ref: _, ...beside } = schema;
  if (times >= CYCLE_LIMIT) {
    walk.note('schema-cycle', path, `the recursion through ${reference} is cut here`);
    return { type: 'OBJECT' };
  }
  const found = resolve(walk.root, reference);
  if (!isObject(found)) {
    walk.note('schema-ref', path, `${reference} leads nowhere in this schema`);
    return convert(beside, path, { ...walk, depth: walk.depth + 1 });
  }
  const open = new Map(walk.open).set(reference, times + 1);
  return convert({ ...found, ...beside }, path, { ...walk, open, depth: walk.depth + 1 });
}

/** `allOf` as one schema: properties and required lists are joined, other keywords of later members win. */
function joined(schema: JsonObject, members: readonly Json[], walk: Walk): JsonObject {
  const { allOf: _, ...result } = schema;
  for (const member of members) {
    const reference = isObject(member) ? member['$ref'] : undefined;
    const found = typeof reference === 'string' ? resolve(walk.root, reference) : member;
    if (!isObject(found)) continue;
    const properties = { ...asObject(result['properties']), ...asObject(found['properties']) };
    const required = [...asArray(result['required']), ...asArray(found['required'])];
    Object.assign(result, found);
    if (Object.keys(properties).length > 0) result['properties'] = properties;
    if (required.length > 0) result['required'] = [...new Set(required)];
  }
  return result;
}

const asObject = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const asArray = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

function inferredType(schema: JsonObject): string | undefined {
  if (isObject(schema['properties'])) return 'OBJECT';
  if (schema['items'] !== undefined || schema['prefixItems'] !== undefined) return 'ARRAY';
  const sample = asArray(schema['enum'])[0] ?? schema['const'];
  if (typeof sample === 'string') return 'STRING';
  if (typeof sample === 'number') return 'NUMBER';
  return typeof sample === 'boolean' ? 'BOOLEAN' : undefined;
}

/** The non-null types that a schema names, and whether null is one of them. */
function typesOf(schema: JsonObject): { types: string[]; nullable: boolean } {
  const said = schema['type'];
  const names = (Array.isArray(said) ? said : [said]).flatMap((name) =>
    typeof name === 'string' ? [name.toLowerCase()] : [],
  );
  const types = names.flatMap((name) => ownValue(TYPES, name) ?? []);
  return { types, nullable: names.includes('null') || schema['nullable'] === true };
}

function isNull(schema: Json): boolean {
  return isObject(schema) && (schema['type'] === 'null' || schema['const'] === null);
}

function convert(input: Json, path: string, walk: Walk): JsonObject {
  walk.spent.nodes += 1;
  if (!isObject(input) || walk.depth > DEPTH_LIMIT || walk.spent.nodes > NODES_MAX) {
    walk.note('schema-any', path, 'a schema without a type is sent as a string');
    return { type: 'STRING' };
  }
  const reference = input['$ref'];
  if (typeof reference === 'string') return fromReference(input, reference, path, walk);
  const members = input['allOf'];
  if (Array.isArray(members)) {
    walk.note('schema-all-of', path, 'the members of allOf are joined into one schema');
    return convert(joined(input, members, walk), path, { ...walk, depth: walk.depth + 1 });
  }
  for (const key of Object.keys(input)) {
    if (!HANDLED.has(key) && !SILENT.has(key))
      walk.note('schema-keyword', `${path}.${key}`, `${key} has no counterpart`);
  }
  const choices = input['anyOf'] ?? input['oneOf'];
  return Array.isArray(choices) ? convertChoices(input, choices, path, walk) : convertTyped(input, path, walk);
}

function convertChoices(schema: JsonObject, choices: readonly Json[], path: string, walk: Walk): JsonObject {
  if (schema['oneOf'] !== undefined) walk.note('schema-one-of', path, 'oneOf is sent as anyOf');
  const some = choices.filter((choice) => !isNull(choice));
  const nullable = some.length < choices.length || schema['nullable'] === true;
  const inner = { ...walk, depth: walk.depth + 1 };
  const only = some[0];
  const base = labels(schema);
  if (some.length === 1 && isObject(only)) {
    return { ...convert(only, path, inner), ...base, ...(nullable && { nullable }) };
  }
  return {
    ...base,
    anyOf: some.map((choice, at) => convert(choice, `${path}.anyOf[${at}]`, inner)),
    ...(nullable && { nullable }),
  };
}

function labels(schema: JsonObject): JsonObject {
  const { title, description } = schema;
  return {
    ...(typeof title === 'string' && { title }),
    ...(typeof description === 'string' && { description }),
  };
}

function convertTyped(schema: JsonObject, path: string, walk: Walk): JsonObject {
  const { types, nullable } = typesOf(schema);
  if (types.length > 1) {
    const { type: _, title: _title, description: _description, ...rest } = schema;
    const anyOf = types.map((type) => withType({ ...rest, nullable: false }, type, path, walk));
    return { ...labels(schema), anyOf, ...(nullable && { nullable }) };
  }
  const type = types[0] ?? inferredType(schema);
  if (type === undefined) walk.note('schema-any', path, 'a schema without a type is sent as a string');
  return { ...withType(schema, type ?? 'STRING', path, walk), ...(nullable && { nullable }) };
}

function withType(schema: JsonObject, type: string, path: string, walk: Walk): JsonObject {
  const result: JsonObject = { type, ...labels(schema) };
  const format = schema['format'];
  if (typeof format === 'string') {
    if (FORMATS[type]?.includes(format)) result['format'] = format;
    else walk.note('schema-format', `${path}.format`, `the format ${format} is not known there`);
  }
  for (const key of COPIED[type] ?? []) if (schema[key] !== undefined) result[key] = schema[key];
  addBounds(result, schema, { type, path, walk });
  addEnum(result, schema, { type, path, walk });
  if (type === 'ARRAY') addItems(result, schema, path, walk);
  if (type === 'OBJECT') addProperties(result, schema, path, walk);
  if (schema['default'] !== undefined) result['default'] = schema['default'];
  return result;
}

interface Place {
  readonly type: string;
  readonly path: string;
  readonly walk: Walk;
}

/** Open bounds become closed ones: exact for whole numbers, one point too wide for others. */
function addBounds(result: JsonObject, schema: JsonObject, { type, path, walk }: Place): void {
  if (type !== 'NUMBER' && type !== 'INTEGER') return;
  const step = type === 'INTEGER' ? 1 : 0;
  const low = schema['exclusiveMinimum'];
  const high = schema['exclusiveMaximum'];
  if (typeof low === 'number') result['minimum'] = low + step;
  if (typeof high === 'number') result['maximum'] = high - step;
  if (step === 0 && (typeof low === 'number' || typeof high === 'number')) {
    walk.note('schema-bound', path, 'an exclusive bound is sent as an inclusive one');
  }
}

/** Only strings may be enumerated; for other types the allowed values are told in the description. */
function addEnum(result: JsonObject, schema: JsonObject, { type, path, walk }: Place): void {
  const constant = schema['const'];
  const values = Array.isArray(schema['enum']) ? schema['enum'] : constant === undefined ? [] : [constant];
  const some = values.filter((value) => value !== null);
  if (some.length < values.length) result['nullable'] = true;
  if (some.length === 0) return;
  if (type === 'STRING') {
    result['enum'] = some.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
    result['format'] = 'enum';
    return;
  }
  walk.note('schema-enum', path, 'only strings may be enumerated; the values are told in the description');
  const hint = `One of: ${some.map((value) => JSON.stringify(value)).join(', ')}.`;
  const said = result['description'];
  result['description'] = typeof said === 'string' && said !== '' ? `${said} ${hint}` : hint;
}

function addItems(result: JsonObject, schema: JsonObject, path: string, walk: Walk): void {
  const inner = { ...walk, depth: walk.depth + 1 };
  const tuple = Array.isArray(schema['prefixItems']) ? schema['prefixItems'] : schema['items'];
  if (Array.isArray(tuple)) {
    walk.note('schema-tuple', path, 'the places of a tuple are sent as a choice of item types');
    result['items'] = convertChoices({}, tuple.length === 0 ? [{}] : tuple, `${path}.items`, inner);
    return;
  }
  // An array must say what it holds.
  result['items'] = convert(isObject(tuple) ? tuple : {}, `${path}.items`, inner);
}

function addProperties(result: JsonObject, schema: JsonObject, path: string, walk: Walk): void {
  const properties = asObject(schema['properties']);
  const names = Object.keys(properties);
  if (names.length === 0) return;
  const inner = { ...walk, depth: walk.depth + 1 };
  const entries = names.map((name): [string, Json] => [
    name,
    convert(properties[name] ?? {}, `${path}.properties.${name}`, inner),
  ]);
  result['properties'] = Object.fromEntries(entries);
  const required = asArray(schema['required']).filter((name) => typeof name === 'string' && names.includes(name));
  if (required.length > 0) result['required'] = required;
  if (Array.isArray(schema['propertyOrdering'])) result['propertyOrdering'] = schema['propertyOrdering'];
}

/**
 * JSON Schema to the OpenAPI subset that older Gemini servers take as `parameters` and `responseSchema`:
 * references are put in place, `const` becomes a one-value enum, `oneOf` becomes `anyOf`, type lists become
 * `nullable` and `anyOf`, and what has no counterpart is dropped. Every change that allows more or less than the
 * original is noted with its path below `path`.
 */
export function toOpenApi(schema: Json, path: string, note: NoteSchemaLoss): JsonObject {
  return convert(schema, path, { root: schema, note, open: new Map(), depth: 0, spent: { nodes: 0 } });
}

const COUNTS = ['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties'];

/**
 * A Gemini `Schema` (upper-case types, `nullable`, counts as strings) to JSON Schema. What is JSON Schema
 * already passes unchanged.
 */
export function fromOpenApi(schema: Json): Json {
  if (!isObject(schema)) return schema;
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (value === undefined || key === 'nullable' || key === 'propertyOrdering') continue;
    result[key] = fromKeyword(key, value);
  }
  if (result['format'] === 'enum') delete result['format'];
  if (schema['nullable'] !== true) return result;
  const { type, anyOf } = result;
  if (typeof type === 'string') result['type'] = [type, 'null'];
  else if (Array.isArray(anyOf)) result['anyOf'] = [...anyOf, { type: 'null' }];
  if (Array.isArray(result['enum'])) result['enum'] = [...result['enum'], null];
  return result;
}

function fromKeyword(key: string, value: Json): Json {
  if (key === 'type' && typeof value === 'string') return value.toLowerCase();
  if (key === 'items') return fromOpenApi(value);
  if (key === 'anyOf' && Array.isArray(value)) return value.map(fromOpenApi);
  if (key === 'properties' && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fromOpenApi(inner ?? {})]));
  }
  return COUNTS.includes(key) && typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
}
