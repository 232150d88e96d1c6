import { type Mock, mock } from 'bun:test';
import type { Logger } from '../../src/utils/logger.ts';

/** A log whose every level is a mock that can be asked what it was told, or given another behaviour. */
export type FakeLogger = { readonly [Level in keyof Logger]: Mock<Logger[Level]> };

/** A silent log of its own, for a test that wants to share nothing. */
export function createFakeLogger(): FakeLogger {
  const level = () => mock<(fields: object, message: string) => void>(() => {});
  return { error: level(), warn: level(), info: level(), debug: level(), silly: level() };
}

/** The log that all tests share. The set-up forgets what it was told after each test. */
export const fakeLogger: FakeLogger = createFakeLogger();

/** Forgets calls and behaviours that a test gave the shared log. */
export function resetFakeLogger(): void {
  for (const level of Object.values(fakeLogger)) level.mockReset();
}

/** Messages that a log was told at a level, in order. */
export function messagesOf(log: FakeLogger, level: keyof Logger): readonly string[] {
  return log[level].mock.calls.map(([, message]) => message);
}
