import { expect, test } from 'bun:test';
import { ownValue } from './fields.ts';

test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', ''])(
  'a table does not know the word "%s"',
  (word) => {
    expect(ownValue({ stop: 1 }, word)).toBeUndefined();
  },
);

test('a table knows its own words', () => {
  expect(ownValue({ stop: 1 }, 'stop')).toBe(1);
});
