import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../types/errors.ts';
import type { ClientKey } from '../../types/gateway.ts';
import { generateKey } from './key-format.ts';
import { createKeyring, hashKey } from './keyring.ts';

const PEPPER = new Uint8Array(32).fill(1);
const GOOD = generateKey('client');
const OWN = 'chosen-by-its-owner';
const OFF = generateKey('client');

const entry = (id: string, token: string, enabled = true): [string, ClientKey] => {
  const hash = hashKey(PEPPER, token);
  return [hash, { id, hash, role: 'client', enabled, allow: ['*'] }];
};
const KEYS = new Map([entry('good', GOOD), entry('own', OWN), entry('off', OFF, false)]);

function outcome(act: () => ClientKey): string {
  try {
    return act().id;
  } catch (error) {
    if (error instanceof GatewayError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

describe('hashKey', () => {
  test('is HMAC-SHA-256 in hex (RFC 4231, case 2)', () => {
    expect(hashKey(new TextEncoder().encode('Jefe'), 'what do ya want for nothing?')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  test('another pepper gives another hash', () => {
    expect(hashKey(new Uint8Array(32), GOOD)).not.toBe(hashKey(PEPPER, GOOD));
  });
});

const mistyped = GOOD.slice(0, -1) + (GOOD.endsWith('0') ? '1' : '0');

test.each([
  { name: 'a listed key is its caller', token: GOOD, gives: /^good$/ },
  {
    name: "a key of the owner's own choosing works when it is listed",
    token: OWN,
    gives: /^own$/,
  },
  {
    name: 'an unlisted key is refused',
    token: generateKey('client'),
    gives: /^key_invalid: .*not known/,
  },
  {
    name: 'a mistyped key is told so',
    token: mistyped,
    gives: /^key_invalid: .*checksum/,
  },
  {
    name: 'a disabled key is refused',
    token: OFF,
    gives: /^key_invalid: .*disabled/,
  },
  {
    name: 'an endless token is not hashed',
    token: 'x'.repeat(1025),
    gives: /^key_invalid: .*too long/,
  },
])('$name, the first and the second time', ({ token, gives }) => {
  const keyring = createKeyring(PEPPER);
  expect(outcome(() => keyring.verify(token, KEYS))).toMatch(gives);
  expect(outcome(() => keyring.verify(token, KEYS))).toMatch(gives);
});

test('a key that a reload removed or disabled is refused although it was remembered', () => {
  const keyring = createKeyring(PEPPER);
  expect(keyring.verify(GOOD, KEYS).id).toBe('good');
  expect(outcome(() => keyring.verify(GOOD, new Map()))).toStartWith('key_invalid');
  expect(outcome(() => keyring.verify(GOOD, new Map([entry('good', GOOD, false)])))).toStartWith('key_invalid');
});

test('more keys than the memory holds are all still known', () => {
  const tokens = Array.from({ length: 50 }, (_, at) => `own-${at}`);
  const keys = new Map(tokens.map((token) => entry(token, token)));
  const keyring = createKeyring(PEPPER, 4);
  for (const token of [...tokens, ...tokens]) expect(keyring.verify(token, keys).id).toBe(token);
});

test('keys with a common beginning are told apart', () => {
  const keyring = createKeyring(PEPPER);
  expect(keyring.verify(OWN, KEYS).id).toBe('own');
  expect(outcome(() => keyring.verify(`${OWN}x`, KEYS))).toStartWith('key_invalid');
  expect(outcome(() => keyring.verify(OWN.slice(0, -1), KEYS))).toStartWith('key_invalid');
});

test.each([
  {
    name: 'no key at all names the places for one',
    headers: {},
    gives: /^key_missing: .*Bearer <key>.*x-goog-api-key/,
  },
  {
    name: 'another scheme is named as the fault',
    headers: { authorization: 'Basic x' },
    gives: /^key_missing: .*not of the form/,
  },
  {
    name: 'a key in a header is found',
    headers: { 'x-api-key': GOOD },
    gives: /^good$/,
  },
])('identify: $name', ({ headers, gives }) => {
  const carrier = { headers: new Headers(headers), url: '/v1/messages' };
  expect(outcome(() => createKeyring(PEPPER).identify(carrier, KEYS))).toMatch(gives);
});

test('no refusal repeats what was presented', () => {
  const keyring = createKeyring(PEPPER);
  for (const token of [mistyped, generateKey('admin'), OFF]) {
    expect(outcome(() => keyring.verify(token, KEYS))).not.toContain(token.slice(4, 20));
  }
});
