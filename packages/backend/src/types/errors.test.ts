import { expect, test } from 'bun:test';
import { GatewayError } from './errors.ts';

test('a message that quotes a long text is cut, and never inside a code point', () => {
  const { message } = new GatewayError('request_invalid', '😀'.repeat(5000));
  expect(message.length).toBeLessThanOrEqual(1000);
  expect(message.isWellFormed()).toBe(true);
  expect(message.endsWith('…')).toBe(true);
});

test('an ordinary message stays as it is', () => {
  expect(new GatewayError('request_invalid', 'model: missing').message).toBe('model: missing');
});
