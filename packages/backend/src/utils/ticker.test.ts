import { expect, jest, test } from 'bun:test';
import { createTicker } from './ticker.ts';

test('a wait is due once, moves when it is moved, and is silent when it was stopped', () => {
  jest.useFakeTimers();
  try {
    let nowMs = 0;
    const seen: string[] = [];
    const ticker = createTicker(() => nowMs, 10);
    const pass = (ms: number) => {
      nowMs += ms;
      jest.advanceTimersByTime(ms);
    };
    const first = ticker.watch(() => seen.push('first'));
    const second = ticker.watch(() => seen.push('second'));
    first.setDue(20);
    second.setDue(20);
    second.setDue(60);
    pass(30);
    expect(seen).toEqual(['first']);
    pass(40);
    expect(seen).toEqual(['first', 'second']);
    first.setDue(100);
    first.stop();
    pass(100);
    expect(seen).toEqual(['first', 'second']);
    first.setDue(nowMs + 10);
    pass(20);
    expect(seen).toEqual(['first', 'second', 'first']);
  } finally {
    jest.useRealTimers();
  }
});
