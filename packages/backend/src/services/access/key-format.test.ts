import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { formatKey, generateKey, isPlausibleKey } from './key-format.ts';

const bytes = (value: number) => new Uint8Array(32).fill(value);

describe('formatKey', () => {
  test('the same bytes give the same key', () => {
    expect(formatKey('client', bytes(7))).toBe(formatKey('client', bytes(7)));
  });

  test.each([
    { name: 'the smallest secret is padded to full width', secret: bytes(0) },
    { name: 'the largest secret fits the width', secret: bytes(255) },
  ])('$name', ({ secret }) => {
    expect(formatKey('admin', secret)).toMatch(/^plx_admin_[0-9A-Za-z]{43}[0-9A-Za-z]{6}$/);
  });

  test('two secrets never share a key', () => {
    const secret = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(secret, secret, (a, b) => {
        expect(formatKey('client', a) === formatKey('client', b)).toBe(Buffer.compare(a, b) === 0);
      }),
    );
  });

  test('fewer bytes than 32 are refused', () => {
    expect(() => formatKey('client', new Uint8Array(31))).toThrow(RangeError);
  });
});

describe('isPlausibleKey', () => {
  const key = formatKey('client', bytes(42));

  test('every generated key is plausible, and no two are alike', () => {
    const keys = Array.from({ length: 200 }, () => generateKey('client'));
    expect(keys.every(isPlausibleKey)).toBe(true);
    expect(new Set(keys).size).toBe(200);
  });

  test('one changed character anywhere is noticed', () => {
    for (let at = 0; at < key.length; at++) {
      if (at < 'plx_'.length) continue;
      const other = key[at] === 'x' ? 'y' : 'x';
      expect(isPlausibleKey(key.slice(0, at) + other + key.slice(at + 1))).toBe(false);
    }
  });

  test.each([
    {
      name: 'a cut key is not plausible',
      token: key.slice(0, -1),
      plausible: false,
    },
    {
      name: 'a key with something behind it is not plausible',
      token: `${key}x`,
      plausible: false,
    },
    {
      name: 'the bare prefix is not plausible',
      token: 'plx_',
      plausible: false,
    },
    {
      name: "a key of the owner's own choosing is left to the look-up",
      token: 'sk-mine',
      plausible: true,
    },
  ])('$name', ({ token, plausible }) => {
    expect(isPlausibleKey(token)).toBe(plausible);
  });
});
