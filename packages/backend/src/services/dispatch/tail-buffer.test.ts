import { expect, test } from 'bun:test';
import { TAIL_BYTES, TAIL_EVENT_BYTES_MAX } from './limits.ts';
import { createTailBuffer } from './tail-buffer.ts';

const event = (letter: string, size: number, end = '\n\n'): string => `data: ${letter.repeat(size)}${end}`;

function kept(text: string, cut: number): { text: string; isWhole: boolean } {
  const tail = createTailBuffer();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += cut) tail.add(bytes.subarray(at, at + cut));
  const { bytes: last, isWhole } = tail.read();
  return { text: last.toString(), isWhole };
}

const long = 5 * TAIL_BYTES;
const rows: { name: string; text: string; wholeFrom: string }[] = [
  {
    name: 'a short stream is kept whole',
    text: event('a', 10) + event('b', 10),
    wholeFrom: event('a', 10) + event('b', 10),
  },
  {
    name: 'a last event that is longer than the tail is kept whole',
    text: event('a', 300).repeat(200) + event('b', long),
    wholeFrom: event('b', long),
  },
  {
    name: 'a long event before the last one is kept whole',
    text: event('a', 300).repeat(200) + event('b', long) + event('c', 6),
    wholeFrom: event('b', long) + event('c', 6),
  },
  {
    name: 'a long event with CRLF is kept whole',
    text: event('a', 300, '\r\n\r\n').repeat(200) + event('b', long, '\r\n\r\n'),
    wholeFrom: event('b', long, '\r\n\r\n'),
  },
];
const cuts = [500, 4096, 20_000, 1_000_000];

test.each(rows.flatMap((row) => cuts.map((cut) => ({ ...row, cut }))))('$name, cut at $cut', (row) => {
  const { text, isWhole } = kept(row.text, row.cut);
  expect(row.text.endsWith(text)).toBe(true);
  expect(text.endsWith(row.wholeFrom)).toBe(true);
  expect(isWhole).toBe(text === row.text);
});

test.each(cuts)('of short events little more than the tail is read, cut at %d', (cut) => {
  const { text } = kept(event('a', 300).repeat(10_000), cut);
  expect(text.length).toBeGreaterThanOrEqual(TAIL_BYTES);
  expect(text.length).toBeLessThan(TAIL_BYTES + 1000);
});

test('an event without an end is held up to the limit only', () => {
  const { text, isWhole } = kept(event('a', 4 * TAIL_EVENT_BYTES_MAX), 8192);
  expect(text).toHaveLength(TAIL_EVENT_BYTES_MAX);
  expect(isWhole).toBe(false);
});

const ends: { name: string; chunks: string[]; between: boolean }[] = [
  { name: 'nothing has passed', chunks: [], between: true },
  { name: 'a blank line', chunks: ['data: 1\n\n'], between: true },
  { name: 'a blank line with CRLF', chunks: ['data: 1\r\n\r\n'], between: true },
  { name: 'a blank line in bytes of their own', chunks: ['data: 1\r', '\n', '\r', '\n'], between: true },
  { name: 'the end of a line is no blank line', chunks: ['data: 1\n'], between: false },
  { name: 'nor is it with CRLF', chunks: ['data: 1\r\n'], between: false },
  { name: 'the middle of a line', chunks: ['data: 1\n\n', 'data'], between: false },
];

test.each(ends)('between two events: $name', ({ chunks, between }) => {
  const tail = createTailBuffer();
  for (const chunk of chunks) tail.add(Buffer.from(chunk));
  expect(tail.endsWithBlankLine()).toBe(between);
});
