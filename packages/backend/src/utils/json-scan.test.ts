import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { isTooDeep, scanTopLevel, spliceBytes } from './json-scan.ts';

const scan = (text: string, wantStream = true) =>
  scanTopLevel(Buffer.from(text), { stream: wantStream, mark: 'sealed' });
const modelOf = (text: string) => {
  const body = Buffer.from(text);
  const span = scanTopLevel(body, { stream: true, mark: 'sealed' })?.model;
  return span === undefined ? undefined : JSON.parse(body.toString('utf8', span.start, span.end));
};
const filler = `"messages":[{"role":"user","content":"${'quoted \\"model\\" and more '.repeat(400)}"}]`;

const cases: { name: string; body: string; model: unknown; stream?: boolean; options?: boolean }[] = [
  { name: 'the model is the first key', body: '{"model":"a","x":1}', model: 'a' },
  { name: 'the model is the last key', body: '{"x":{"model":"no"},"model":"a"}', model: 'a' },
  { name: 'white space stands everywhere', body: ' \n{ "model" :\t"a" , "stream" : true } ', model: 'a', stream: true },
  { name: 'a byte-order mark leads', body: '\ufeff{"model":"a"}', model: 'a' },
  { name: 'the value has escapes', body: '{"model":"a\\"b\\u0063"}', model: 'a"bc' },
  { name: 'the key is written with escapes', body: '{"mod\\u0065l":"a"}', model: 'a' },
  { name: 'a string holds the word model', body: '{"text":"\\"model\\":\\"no\\"","model":"a"}', model: 'a' },
  { name: 'an array of objects has models', body: '{"list":[{"model":"no"},{"model":"no"}],"model":"a"}', model: 'a' },
  { name: 'the key stands twice: the last counts', body: '{"model":"a","model":"b"}', model: 'b' },
  { name: 'a large body, model first', body: `{"model":"a",${filler}}`, model: 'a' },
  { name: 'a large body, model last', body: `{${filler},"model":"a"}`, model: 'a' },
  { name: 'a large body with a second model key', body: `{"model":"a",${filler},"model":"b"}`, model: 'b' },
  { name: 'a large body with an escaped second key', body: `{"model":"a",${filler},"m\\u006fdel":"b"}`, model: 'b' },
  { name: 'a large body that streams', body: `{"model":"a",${filler},"stream":true}`, model: 'a', stream: true },
  { name: 'stream options are seen', body: '{"model":"a","stream_options":{}}', model: 'a', options: true },
  { name: 'a nested stream does not count', body: '{"model":"a","x":{"stream":true}}', model: 'a', stream: false },
  { name: 'no model at all', body: '{"x":1}', model: undefined },
  { name: 'an empty object', body: '{}', model: undefined },
];

test.each(cases)('$name', ({ body, model, stream = false, options = false }) => {
  expect(modelOf(body)).toEqual(model);
  expect(scan(body)?.stream).toBe(stream);
  expect(scan(body)?.hasStreamOptions).toBe(options);
});

test.each([
  { name: 'a small body', body: '{"model":"a","x":"is sealed"}', marked: true },
  { name: 'a large body', body: `{"model":"a",${filler},"x":"is sealed"}`, marked: true },
  { name: 'a large body with the model last', body: `{${filler},"x":"sealed","model":"a"}`, marked: true },
  { name: 'a body without it', body: `{"model":"a",${filler}}`, marked: false },
])('a mark is told: $name', ({ body, marked }) => expect(scan(body)?.hasMark).toBe(marked));

test('a second model key is found wherever it lies against the blocks of the search', () => {
  for (let shift = 0; shift < 64; shift += 1) {
    const body = `{"model":"a","x":"${'y'.repeat(16 * 1024 - 48 + shift)}","model":"b"}`;
    expect(modelOf(body)).toBe('b');
  }
});

test.each(['', '[]', '"x"', '{', '{"model"', '{"model":', '{"model":"a"', '{"a" 1}', 'nonsense', '{"a":1 "b":2}'])(
  'not one object: %s',
  (body) => expect(scan(body)).toBeUndefined(),
);

test('all values of a repeated key are found, so that each can be replaced', () => {
  expect(scan('{"model":"a","model":"b"}')?.models).toHaveLength(2);
});

test('a splice changes the model and no other byte, for any body', () => {
  const value = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(value, fc.string(), fc.string(), (fields, before, after) => {
      const body = Buffer.from(JSON.stringify({ ...fields, model: before }));
      const models = scanTopLevel(body, { stream: true, mark: 'sealed' })?.models ?? [];
      const spliced = spliceBytes(
        body,
        models.map((span) => ({ ...span, bytes: Buffer.from(JSON.stringify(after)) })),
      );
      expect(JSON.parse(spliced.toString())).toEqual(JSON.parse(JSON.stringify({ ...fields, model: after })));
    }),
  );
});

describe('depth', () => {
  test.each([
    { name: '64 levels pass', text: '['.repeat(64) + ']'.repeat(64), deep: false },
    { name: '65 levels do not', text: '['.repeat(65), deep: true },
    { name: 'brackets in strings do not count', text: `{"a":"${'['.repeat(100)}"}`, deep: false },
    { name: 'siblings do not add up', text: `[${'[],'.repeat(100)}1]`, deep: false },
  ])('$name', ({ text, deep }) => expect(isTooDeep(Buffer.from(text))).toBe(deep));
});
