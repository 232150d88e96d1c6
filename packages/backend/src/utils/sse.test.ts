import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { EventShape, SseEvent } from '../types/format.ts';
import { createSseParser } from './sse.ts';

const encoder = new TextEncoder();

test('a long line in many small pieces takes time in proportion to its length', () => {
  const parser = createSseParser();
  const events: SseEvent[] = [];
  const piece = encoder.encode('x'.repeat(200));
  const startMs = performance.now();
  parser.push(encoder.encode('data: '), (event) => events.push(event));
  for (let sent = 0; sent < 40_000; sent += 1) parser.push(piece, (event) => events.push(event));
  parser.push(encoder.encode('\n\n'), (event) => events.push(event));
  expect(events.map(({ data }) => data.length)).toEqual([8_000_000]);
  expect(performance.now() - startMs).toBeLessThan(3000);
});

describe('events that repeat', () => {
  const shape: EventShape = { prefix: '{"d":"', suffix: '"}' };
  /** Reads with an offer of repetition after each event that has the shape, and gives all words. */
  const read = (chunks: readonly string[]): string => {
    let words = '';
    let last: EventShape | undefined;
    const parser = createSseParser();
    const repeats = {
      shape: () => last,
      take: (joined: string) => {
        words += joined;
      },
    };
    const take = ({ data }: { data: string }): void => {
      last = data.startsWith(shape.prefix) && data.endsWith(shape.suffix) ? shape : undefined;
      words += String((JSON.parse(data) as { d: unknown }).d);
    };
    for (const chunk of chunks) parser.push(new TextEncoder().encode(chunk), take, repeats);
    parser.end(take);
    return words;
  };
  const wire = (values: readonly unknown[], name?: string): string =>
    values.map((d) => `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify({ d })}\n\n`).join('');

  test.each([
    { name: 'plain words', values: ['a', 'b', 'c'] },
    { name: 'words with quotes, backslashes and line ends', values: ['"', '\\', 'a\nb', '\\"'] },
    { name: 'another shape between', values: ['a', 'b', 1, 'c', 'd'] },
    { name: 'words that look like the end of an event', values: ['a', '"}', '","x":"', 'b'] },
  ])('give the same words: $name', ({ values }) => {
    expect(read([wire(values)])).toBe(values.join(''));
    expect(read([wire(values, 'delta')])).toBe(values.join(''));
  });

  test('an event with a field more is not taken for a repetition', () => {
    expect(read(['data: {"d":"a"}\n\ndata: {"d":"b","e":"c"}\n\ndata: {"d":"d"}\n\n'])).toBe('abd');
  });

  test('any words at any cut are the same words', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.array(fc.nat()), (values, points) => {
        const text = wire(values.map((value) => value.toWellFormed()));
        const cuts = [...points.map((point) => point % (text.length + 1)).toSorted((a, b) => a - b), text.length];
        const chunks = cuts.map((end, index) => text.slice(cuts[index - 1] ?? 0, end));
        const whole = chunks.every((chunk) => chunk.isWellFormed());
        fc.pre(whole);
        expect(read(chunks)).toBe(values.map((value) => value.toWellFormed()).join(''));
      }),
    );
  });
});
