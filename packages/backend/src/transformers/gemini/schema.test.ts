import { expect, test } from 'bun:test';
import type { Json, JsonObject } from '../../types/json.ts';
import { fromOpenApi, toOpenApi } from './schema.ts';

function convert(schema: Json): { result: JsonObject; notes: string[] } {
  const notes: string[] = [];
  const result = toOpenApi(schema, 's', (what, path) => notes.push(`${what} ${path}`));
  return { result, notes };
}

const rows: { name: string; schema: Json; want: JsonObject; notes?: string[] }[] = [
  {
    name: 'types are upper case and known keywords stay',
    schema: {
      $schema: 'x',
      type: 'object',
      properties: {
        a: { type: 'string', minLength: 1, description: 'd' },
        b: { type: 'array', items: { type: 'number', maximum: 3 } },
      },
      required: ['a', 'gone'],
    },
    want: {
      type: 'OBJECT',
      properties: {
        a: { type: 'STRING', description: 'd', minLength: 1 },
        b: { type: 'ARRAY', items: { type: 'NUMBER', maximum: 3 } },
      },
      required: ['a'],
    },
  },
  {
    name: 'references are put in place, with what stands beside them',
    schema: {
      $defs: { 'a/b': { type: 'string' } },
      type: 'object',
      properties: { x: { $ref: '#/$defs/a~1b', description: 'd' } },
    },
    want: { type: 'OBJECT', properties: { x: { type: 'STRING', description: 'd' } } },
  },
  {
    name: 'a cycle is unrolled twice and then cut',
    schema: { $defs: { n: { type: 'object', properties: { next: { $ref: '#/$defs/n' } } } }, $ref: '#/$defs/n' },
    want: { type: 'OBJECT', properties: { next: { type: 'OBJECT', properties: { next: { type: 'OBJECT' } } } } },
    notes: ['schema-cycle s.properties.next.properties.next'],
  },
  {
    name: 'a reference to nothing is noted',
    schema: { $ref: '#/nowhere' },
    want: { type: 'STRING' },
    notes: ['schema-ref s', 'schema-any s'],
  },
  {
    name: 'a reference that is no pointer is noted',
    schema: { $ref: '#/%zz', type: 'string' },
    want: { type: 'STRING' },
    notes: ['schema-ref s'],
  },
  {
    name: 'a constant text is an enum of one',
    schema: { const: 'x' },
    want: { type: 'STRING', enum: ['x'], format: 'enum' },
  },
  {
    name: 'an integer enum is told in the description',
    schema: { type: 'integer', enum: [1, 2], description: 'Level.' },
    want: { type: 'INTEGER', description: 'Level. One of: 1, 2.' },
    notes: ['schema-enum s'],
  },
  {
    name: 'a null among the types is nullable',
    schema: { type: ['string', 'null'] },
    want: { type: 'STRING', nullable: true },
  },
  {
    name: 'several types are a choice',
    schema: { type: ['string', 'integer'], description: 'd' },
    want: { description: 'd', anyOf: [{ type: 'STRING' }, { type: 'INTEGER' }] },
  },
  {
    name: 'oneOf is anyOf, a null choice is nullable',
    schema: { oneOf: [{ type: 'string' }, { type: 'boolean' }, { type: 'null' }] },
    want: { anyOf: [{ type: 'STRING' }, { type: 'BOOLEAN' }], nullable: true },
    notes: ['schema-one-of s'],
  },
  {
    name: 'a choice of one is that one',
    schema: { anyOf: [{ type: 'string' }, { type: 'null' }], title: 't' },
    want: { type: 'STRING', title: 't', nullable: true },
  },
  {
    name: 'allOf is joined',
    schema: {
      allOf: [
        { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
        { properties: { b: { type: 'string' } }, required: ['b'] },
      ],
    },
    want: { type: 'OBJECT', properties: { a: { type: 'STRING' }, b: { type: 'STRING' } }, required: ['a', 'b'] },
    notes: ['schema-all-of s'],
  },
  {
    name: 'keywords without a counterpart are dropped with a note',
    schema: {
      type: 'object',
      properties: { a: { type: 'string', format: 'uri' } },
      additionalProperties: false,
      patternProperties: {},
    },
    want: { type: 'OBJECT', properties: { a: { type: 'STRING' } } },
    notes: [
      'schema-keyword s.additionalProperties',
      'schema-keyword s.patternProperties',
      'schema-format s.properties.a.format',
    ],
  },
  {
    name: 'open bounds are closed',
    schema: {
      type: 'object',
      properties: { a: { type: 'integer', exclusiveMinimum: 0 }, b: { type: 'number', exclusiveMaximum: 1 } },
    },
    want: { type: 'OBJECT', properties: { a: { type: 'INTEGER', minimum: 1 }, b: { type: 'NUMBER', maximum: 1 } } },
    notes: ['schema-bound s.properties.b'],
  },
  {
    name: 'a tuple is a list of a choice',
    schema: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }] },
    want: { type: 'ARRAY', items: { anyOf: [{ type: 'STRING' }, { type: 'NUMBER' }] } },
    notes: ['schema-tuple s'],
  },
  {
    name: 'a list without items holds strings',
    schema: { type: 'array' },
    want: { type: 'ARRAY', items: { type: 'STRING' } },
    notes: ['schema-any s.items'],
  },
  {
    name: 'properties on something that is no object are dropped',
    schema: { type: 'string', properties: { a: {} } },
    want: { type: 'STRING' },
  },
  {
    name: 'a property called __proto__ or type is only a name',
    schema: { type: 'object', properties: { type: { type: 'string' } } },
    want: { type: 'OBJECT', properties: { type: { type: 'STRING' } } },
  },
  { name: 'anything at all is a string', schema: true, want: { type: 'STRING' }, notes: ['schema-any s'] },
];

test.each(rows)('$name', ({ schema, want, notes }) => {
  const before = JSON.stringify(schema);
  const converted = convert(schema);
  expect(converted.result).toEqual(want);
  expect(converted.notes).toEqual(notes ?? []);
  expect(JSON.stringify(schema)).toBe(before);
});

test('a Gemini schema and back is the same schema', () => {
  const schema = {
    type: 'OBJECT',
    properties: {
      a: { type: 'STRING', enum: ['x', 'y'], format: 'enum', description: 'd' },
      b: { type: 'ARRAY', items: { type: 'INTEGER', format: 'int32' }, minItems: 2 },
      c: { anyOf: [{ type: 'STRING' }, { type: 'NUMBER' }], nullable: true },
    },
    required: ['a', 'b'],
  };
  expect(convert(fromOpenApi(schema))).toEqual({ result: schema, notes: [] });
});

test('schemas that all refer to each other are cut before they fill the memory', () => {
  const names = Array.from({ length: 12 }, (_, at) => `n${at}`);
  const properties = Object.fromEntries(names.map((name) => [name, { $ref: `#/$defs/${name}` }]));
  const $defs = Object.fromEntries(names.map((name) => [name, { type: 'object', properties }]));
  const { result, notes } = convert({ $defs, type: 'object', properties });
  expect(Object.keys(result)).toEqual(['type', 'properties']);
  expect(notes.length).toBeLessThan(60_000);
});
