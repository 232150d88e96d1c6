import { expect, test } from 'bun:test';
import type { Json, JsonObject } from '../types/json.ts';
import { exampleOf } from './example.ts';

const text = { type: 'string' };
const CASES: { name: string; schema: JsonObject; value: Json }[] = [
  { name: 'an empty schema is a text', schema: {}, value: 'example' },
  {
    name: 'all properties are filled',
    schema: { type: 'object', properties: { a: text, b: { type: 'boolean' } } },
    value: { a: 'example', b: true },
  },
  {
    name: 'upper-case types are understood',
    schema: { type: 'OBJECT', properties: { a: { type: 'INTEGER' } } },
    value: { a: 7 },
  },
  {
    name: 'const, default and enum come first',
    schema: { properties: { a: { const: 1 }, b: { default: 2 }, c: { enum: [3, 4] } } },
    value: { a: 1, b: 2, c: 3 },
  },
  {
    name: 'bounds of numbers hold',
    schema: { properties: { a: { type: 'number', maximum: 2 }, b: { type: 'integer', exclusiveMinimum: 9 } } },
    value: { a: 2, b: 10 },
  },
  {
    name: 'bounds of texts hold',
    schema: { properties: { a: { ...text, maxLength: 2 }, b: { ...text, minLength: 9 } } },
    value: { a: 'ex', b: 'example..' },
  },
  { name: 'formats are kept', schema: { type: 'string', format: 'date' }, value: '2026-11-22' },
  { name: 'an empty array stays empty', schema: { type: 'array', maxItems: 0 }, value: [] },
  {
    name: 'null is taken only when nothing else is allowed',
    schema: { type: 'array', items: { type: ['null', 'integer'] }, minItems: 2 },
    value: [7, 7],
  },
  {
    name: 'a reference to a reference is followed',
    schema: { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { type: 'null' } } },
    value: null,
  },
  {
    name: 'allOf joins properties',
    schema: { allOf: [{ properties: { a: text } }, { properties: { b: text } }] },
    value: { a: 'example', b: 'example' },
  },
  { name: 'a schema that is only itself ends', schema: { $ref: '#' }, value: 'example' },
  { name: 'allOf of itself ends', schema: { allOf: [{ $ref: '#' }] }, value: 'example' },
];

test.each(CASES)('$name', ({ schema, value }) => {
  expect(exampleOf(schema)).toEqual(value);
});

test('a tree that refers to itself ends soon', () => {
  const branches = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`child${at}`, { $ref: '#' }]));
  expect(JSON.stringify(exampleOf({ type: 'object', properties: branches })).length).toBeLessThan(1_000_000);
});
