import { expect, test } from 'bun:test';
import type { SseEvent } from '../types/format.ts';
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
