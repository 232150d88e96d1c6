import { expect, test } from 'bun:test';
import { tap } from './tap.ts';

const marked = (event: object): boolean => {
  const text = JSON.stringify(event);
  return tap.marks.some((mark) => text.includes(mark));
};

test.each([
  { name: 'the final event is looked at', event: { type: 'response.completed', response: {} }, seen: true },
  { name: 'a failure is looked at', event: { type: 'error', code: null }, seen: true },
  {
    name: 'text that speaks of errors is not',
    event: { type: 'response.output_text.delta', delta: '{"error": 1}' },
    seen: false,
  },
])('$name', ({ event, seen }) => {
  expect(marked(event)).toBe(seen);
});

test('only the terminal event shows that the answer has ended', () => {
  const isEnd = (event: object): boolean => (tap.endMarks ?? []).some((mark) => JSON.stringify(event).includes(mark));
  expect(isEnd({ type: 'response.created', response: { status: 'in_progress', usage: null } })).toBe(false);
  expect(isEnd({ type: 'response.completed', response: { usage: { input_tokens: 1, output_tokens: 2 } } })).toBe(true);
});
