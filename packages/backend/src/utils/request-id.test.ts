import { expect, test } from 'bun:test';
import { createRequestIds } from './request-id.ts';

test('an id is a UUIDv7 of the time that was given', () => {
  const next = createRequestIds(() => 0x0199_1234_5678);
  expect(next()).toMatch(/^req_01991234-5678-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('ids of one millisecond all differ, also past one draw of randomness', () => {
  const next = createRequestIds(() => 1);
  expect(new Set(Array.from({ length: 2000 }, next)).size).toBe(2000);
});

test('ids sort by time', () => {
  let nowMs = 1_790_000_000_000;
  const next = createRequestIds(() => nowMs);
  const first = next();
  nowMs += 1;
  expect(first < next()).toBe(true);
});
