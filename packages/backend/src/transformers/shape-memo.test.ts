import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { JsonObject } from '../types/json.ts';
import { isObject } from '../utils/fields.ts';
import { createShapeMemo } from './shape-memo.ts';

const memo = () => createShapeMemo((root) => (isObject(root) ? { parent: root, key: 'text' } : undefined));
const event = (text: unknown, more: JsonObject = {}) => JSON.stringify({ id: 'a', text, ...more });

const cases: { name: string; events: string[] }[] = [
  { name: 'only the words change', events: [event('one'), event('two'), event('')] },
  { name: 'words with escapes', events: [event('one'), event('"quoted" \\ and\nlines'), event('\u{1f600} é')] },
  { name: 'another field changes too', events: [event('one', { n: 1 }), event('two', { n: 2 }), event('x', { n: 2 })] },
  { name: 'the words look like the end of the event', events: [event('one'), event('"}'), event('x","id":"b')] },
  { name: 'a field comes and goes', events: [event('one'), event('two', { usage: {} }), event('three')] },
  { name: 'the same words stand twice', events: [event('a', { b: { text: 'a' } }), event('b', { b: { text: 'a' } })] },
  { name: 'the string becomes null', events: [event('one'), event(null), event('two')] },
  { name: 'escapes that the writer need not have used', events: ['{"text":"\\u0061"}', '{"text":"\\u0062"}'] },
  { name: 'no object at all', events: ['1', '"x"', '[]', event('x')] },
];

test.each(cases)('what is parsed is what was written: $name', ({ events }) => {
  const shapes = memo();
  for (const text of events) expect(structuredClone(shapes.parse(text))).toEqual(JSON.parse(text));
});

test('any series of events parses as without a memory', () => {
  const texts = fc.array(fc.record({ id: fc.constantFrom('a', 'b'), text: fc.string({ unit: 'binary' }) }));
  fc.assert(
    fc.property(texts, (series) => {
      const shapes = memo();
      for (const value of series) {
        const text = JSON.stringify(value);
        expect(structuredClone(shapes.parse(text))).toEqual(JSON.parse(text));
      }
    }),
  );
});

test('an event that is not JSON throws, also between two that fit', () => {
  const shapes = memo();
  shapes.parse(event('one'));
  expect(() => shapes.parse('{"id":"a","text":"x" "}')).toThrow(SyntaxError);
  expect(shapes.parse(event('two'))).toEqual({ id: 'a', text: 'two' });
});
