import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { eventLine, FORMATS, isFormat, type Question, requestOf, showEvents } from './exchange.ts';

const cases: { name: string; given: Question; path: string; body: object }[] = [
  {
    name: 'most formats name model and stream in the body',
    given: { format: 'anthropic-messages', model: 'demo', stream: true, payload: { max_tokens: 1 } },
    path: '/v1/messages',
    body: { max_tokens: 1, model: 'demo', stream: true },
  },
  {
    name: 'a Gemini call names both in the path',
    given: { format: 'gemini', model: 'demo', stream: true, payload: { contents: [] } },
    path: '/v1beta/models/demo:streamGenerateContent?alt=sse',
    body: { contents: [] },
  },
  {
    name: 'a Gemini call without a stream has its own verb',
    given: { format: 'gemini', model: 'demo', stream: false, payload: {} },
    path: '/v1beta/models/demo:generateContent',
    body: {},
  },
];

test.each(cases)('$name', ({ given, path, body }) => {
  const asked = requestOf(given);
  expect(asked.path).toBe(path);
  expect(JSON.parse(asked.body)).toEqual(body);
});

test('every payload is JSON in a folder named after its format, and each format has the usual ones', async () => {
  const cwd = join(import.meta.dir, 'payloads');
  const found = [...new Bun.Glob('*/*.json').scanSync({ cwd })];
  for (const path of found) expect(typeof (await Bun.file(join(cwd, path)).json())).toBe('object');
  expect(found.every((path) => isFormat(path.split('/')[0] ?? ''))).toBe(true);
  for (const format of Object.keys(FORMATS)) {
    for (const name of ['text', 'tool', 'tool-result', 'image', 'thinking', 'json']) {
      expect(found).toContain(`${format}/${name}.json`);
    }
  }
});

test('events of a stream are shown one by one, with their names', async () => {
  const shown: [string | undefined, string][] = [];
  const body = new Blob(['event: a\ndata: {"x":1}\n\n', 'data: [DONE]\n\n']).stream();
  await showEvents(body, performance.now(), (_at, name, text) => void shown.push([name, text]));
  expect(shown).toEqual([
    ['a', '{"x":1}'],
    [undefined, '[DONE]'],
  ]);
});

test('a long event is cut to the width of the screen', () => {
  expect(eventLine(12.4, 'ping', '{"long":"text"}', 20)).toBe('    12 ms  ping  {"…');
});
