import { expect, test } from 'bun:test';
import { keyAllows, requireAllowed } from './allow.ts';

const key = (...allow: string[]) => ({
  id: 'k',
  hash: '',
  role: 'client' as const,
  enabled: true,
  allow,
});

test.each([
  {
    name: 'a star opens everything',
    allow: ['*'],
    alias: undefined,
    allowed: true,
  },
  {
    name: 'an allowed alias opens its targets',
    allow: ['fast'],
    alias: 'fast',
    allowed: true,
  },
  {
    name: 'another alias to the same target stays closed',
    allow: ['fast'],
    alias: 'slow',
    allowed: false,
  },
  {
    name: 'naming the target does not go round the alias',
    allow: ['fast'],
    alias: undefined,
    allowed: false,
  },
  {
    name: 'a listed target is open by its own name',
    allow: ['acme/m'],
    alias: undefined,
    allowed: true,
  },
  {
    name: 'a listed target is open through an alias',
    allow: ['acme/m'],
    alias: 'slow',
    allowed: true,
  },
  {
    name: 'an empty list opens nothing',
    allow: [],
    alias: 'fast',
    allowed: false,
  },
])('$name', ({ allow, alias, allowed }) => {
  expect(keyAllows(key(...allow), { alias, target: 'acme/m' })).toBe(allowed);
});

test('a refusal names what was asked for and the field', () => {
  expect(() => requireAllowed(key(), { alias: 'fast', target: 'acme/m' })).toThrow(
    expect.objectContaining({
      code: 'key_forbidden',
      field: 'model',
      message: 'this client key may not use "fast"',
    }),
  );
});
