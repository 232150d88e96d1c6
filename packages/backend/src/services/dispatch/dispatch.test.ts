import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../types/errors.ts';
import { repeatDelayMs } from './dispatch.ts';

describe('the same target is asked once more', () => {
  test.each([
    {
      name: 'at once where the connection was refused, since nothing can have been billed',
      code: 'upstream_down',
      delay: 25,
    },
    {
      name: 'after the delay that the provider named, when it is short',
      code: 'upstream_limited',
      retryAfterMs: 800,
      delay: 800,
    },
    { name: 'at once where the provider named no wait at all', code: 'upstream_overloaded', retryAfterMs: 0, delay: 0 },
  ] as const)('$name', ({ code, delay, ...details }) => {
    expect(repeatDelayMs(new GatewayError(code, 'it failed', details), 0.5)).toBe(delay);
  });
});

describe('the same target is not asked again', () => {
  test.each([
    { name: 'after a long delay', code: 'upstream_limited', retryAfterMs: 2000 },
    { name: 'after a limit without a delay', code: 'upstream_limited' },
    { name: 'after a silence, which may have been billed', code: 'upstream_timeout' },
    { name: 'after a broken connection, which may have been billed', code: 'upstream_reset' },
    { name: 'after a cut answer', code: 'upstream_truncated' },
    { name: 'after a refusal of the request itself', code: 'upstream_rejected', retryAfterMs: 10 },
    { name: 'after the client has left', code: 'client_gone' },
  ] as const)('$name', ({ code, ...details }) => {
    expect(repeatDelayMs(new GatewayError(code, 'it failed', details), 0.5)).toBeUndefined();
  });
});
