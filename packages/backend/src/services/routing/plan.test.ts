import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { FormatId } from '../../types/format-id.ts';
import type { Alias, Provider, Target } from '../../types/gateway.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import { makeTarget } from '../../utils/make-target.ts';
import { type PlanInput, planRoute } from './plan.ts';
import { routeError } from './route-error.ts';

const NOW_MS = 1_000_000;

const profileOf = (provider: { id: string }, format: FormatId, model: string): TargetProfile => ({
  format,
  providerId: provider.id,
  model,
  family: model,
  thinking: 'none',
  sampling: true,
  lateSystem: false,
  quirks: {},
});

function provider(id: string, formats: readonly FormatId[], more: Partial<Provider> = {}): Provider {
  return {
    id,
    type: id,
    addresses: new Map(formats.map((format) => [format, 'https://x.example'])),
    auth: {},
    headers: {},
    quirks: {},
    accounts: [{ id: 'default' }],
    privateNetwork: false,
    ...more,
  };
}

function target(at: Provider, model: string, weight = 1, accountId = 'default'): Target {
  return makeTarget({ provider: at, account: { id: accountId }, model, weight, profileOf });
}

const chat = provider('chat', ['openai-chat']);
const both = provider('both', ['openai-responses', 'anthropic-messages']);
const off = provider('off', ['openai-chat'], { unusable: 'the provider "off" is switched off' });

function alias(targets: readonly Target[], more: Partial<Alias> = {}): Alias {
  return { name: 'm', selector: 'in_order', targets, ...more };
}

const usual: Omit<PlanInput, 'alias'> = {
  key: { allow: ['*'] },
  clientFormat: 'anthropic-messages',
  seed: 1,
  nowMs: NOW_MS,
};

describe('plan', () => {
  const a = target(chat, 'a');
  const b = target(both, 'b');
  const c = target(off, 'c');
  const cases: { name: string; given: PlanInput; attempts: string[]; refused: string[] }[] = [
    {
      name: 'configured order is kept, and each target is asked in the best format',
      given: { ...usual, alias: alias([a, b]) },
      attempts: ['chat/a openai-chat translate', 'both/b anthropic-messages lossless'],
      refused: [],
    },
    {
      name: 'a target that does not speak the client format is asked in its preferred one',
      given: { ...usual, clientFormat: 'gemini', alias: alias([b]) },
      attempts: ['both/b openai-responses translate'],
      refused: [],
    },
    {
      name: 'what cannot be used is refused with its reason',
      given: { ...usual, alias: alias([c, a]) },
      attempts: ['chat/a openai-chat translate'],
      refused: ['off/c unusable: the provider "off" is switched off'],
    },
    {
      name: 'an alias that is switched off refuses all',
      given: { ...usual, alias: alias([a], { enabled: false }) },
      attempts: [],
      refused: ['chat/a unusable: the alias "m" is switched off'],
    },
    {
      name: 'a target that stands twice is tried once',
      given: { ...usual, alias: alias([a, a, target(chat, 'a')]) },
      attempts: ['chat/a openai-chat translate'],
      refused: [],
    },
    {
      name: 'two accounts of one provider are two targets',
      given: { ...usual, alias: alias([a, target(chat, 'a', 1, 'second')]) },
      attempts: ['chat/a openai-chat translate', 'chat/a openai-chat translate'],
      refused: [],
    },
    {
      name: 'an alias without targets gives nothing',
      given: { ...usual, alias: alias([]) },
      attempts: [],
      refused: [],
    },
    {
      name: 'a resting target is left out, with its end rounded up to seconds',
      given: { ...usual, alias: alias([a, b]), restsUntilMs: (at) => (at === a ? NOW_MS + 1500 : undefined) },
      attempts: ['both/b anthropic-messages lossless'],
      refused: ['chat/a resting: it rests for 2 s'],
    },
    {
      name: 'a rest that ends now is over',
      given: { ...usual, alias: alias([a]), restsUntilMs: () => NOW_MS },
      attempts: ['chat/a openai-chat translate'],
      refused: [],
    },
    {
      name: 'a key that may use the alias may use its targets',
      given: { ...usual, alias: alias([a, b]), key: { allow: ['x', 'm'] } },
      attempts: ['chat/a openai-chat translate', 'both/b anthropic-messages lossless'],
      refused: [],
    },
    {
      name: 'a key that may use a target may use it through any alias',
      given: { ...usual, alias: alias([a, b]), key: { allow: ['both/*'] } },
      attempts: ['both/b anthropic-messages lossless'],
      refused: ['chat/a forbidden: the client key may not use it'],
    },
    {
      name: 'a key that may use neither gets nothing',
      given: { ...usual, alias: alias([a]), key: { allow: ['other', 'm2*'] } },
      attempts: [],
      refused: ['chat/a forbidden: the client key may not use it'],
    },
    {
      name: 'a key without models gets nothing',
      given: { ...usual, alias: alias([a]), key: { allow: [] } },
      attempts: [],
      refused: ['chat/a forbidden: the client key may not use it'],
    },
    {
      name: 'a direct name needs leave for the target, not for a prefix of "direct"',
      given: { ...usual, alias: alias([a], { name: 'direct/chat/a' }), key: { allow: ['d*', 'direct/*'] } },
      attempts: [],
      refused: ['chat/a forbidden: the client key may not use it'],
    },
    {
      name: 'a direct name is open to a key that names the target',
      given: { ...usual, alias: alias([a], { name: 'direct/chat/a' }), key: { allow: ['chat/a'] } },
      attempts: ['chat/a openai-chat translate'],
      refused: [],
    },
  ];

  test.each(cases)('$name', ({ given, attempts, refused }) => {
    const plan = planRoute(given);
    expect(plan.attempts.map(({ target: at, format, lane }) => `${at.id} ${format} ${lane}`)).toEqual(attempts);
    expect(plan.refused.map(({ target: at, reason, detail }) => `${at.id} ${reason}: ${detail}`)).toEqual(refused);
    for (const { target: at, format, profile } of plan.attempts) expect(at.profiles.get(format)).toBe(profile);
  });

  test('a plan that depends on the alias alone is made once', () => {
    const given = { ...usual, alias: alias([a, b]) };
    expect(planRoute(given)).toBe(planRoute({ ...given, seed: 9, restsUntilMs: () => undefined }));
  });
});

describe('random', () => {
  const weighted = alias([target(chat, 'six', 6), target(chat, 'three', 3), target(both, 'one', 1)], {
    selector: 'random',
  });
  const firstOf = (seed: number) => planRoute({ ...usual, alias: weighted, seed }).attempts[0]?.target.model;

  test.each([
    ['whole seeds in a row', (at: number) => at],
    ['fractions from 0 to 1', (at: number) => at / 10_000],
    ['large seeds', (at: number) => at * 2_654_435_761],
  ])('first places follow the weights within two points, for %s', (_name, seedAt) => {
    const counts: Record<string, number> = {};
    for (let at = 0; at < 10_000; at += 1) {
      const first = firstOf(seedAt(at)) ?? 'none';
      counts[first] = (counts[first] ?? 0) + 1;
    }
    expect(Math.abs((counts['six'] ?? 0) - 6000)).toBeLessThan(200);
    expect(Math.abs((counts['three'] ?? 0) - 3000)).toBeLessThan(200);
    expect(Math.abs((counts['one'] ?? 0) - 1000)).toBeLessThan(200);
  });

  test('the second place is drawn by weight among those that are left', () => {
    let threeSecond = 0;
    let sixFirst = 0;
    for (let seed = 0; seed < 10_000; seed += 1) {
      const [first, second] = planRoute({ ...usual, alias: weighted, seed }).attempts;
      if (first?.target.model !== 'six') continue;
      sixFirst += 1;
      if (second?.target.model === 'three') threeSecond += 1;
    }
    expect(threeSecond / sixFirst).toBeGreaterThan(0.72);
    expect(threeSecond / sixFirst).toBeLessThan(0.78);
  });
});

describe('laws', () => {
  const models = fc.array(
    fc.record({
      model: fc.constantFrom('a', 'b', 'c', 'd'),
      account: fc.constantFrom('default', 'second'),
      weight: fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
      at: fc.constantFrom(chat, both, off),
    }),
    { maxLength: 12 },
  );
  const given = fc.record({
    models,
    selector: fc.constantFrom('in_order', 'random'),
    seed: fc.oneof(fc.integer(), fc.double({ min: 0, max: 1, noNaN: true })),
    allow: fc.array(fc.constantFrom('*', 'm', 'chat/*', 'both/b', 'off/c', 'x'), { maxLength: 3 }),
    clientFormat: fc.constantFrom<FormatId>('openai-chat', 'openai-responses', 'anthropic-messages', 'gemini'),
    resting: fc.constantFrom<Record<string, number>>(
      {},
      { 'chat/a': NOW_MS + 1 },
      { 'both/b': NOW_MS - 1, 'chat/c': NOW_MS + 9 },
    ),
  });
  const inputOf = ({
    models: list,
    selector,
    resting,
    allow,
    ...rest
  }: typeof given extends fc.Arbitrary<infer T> ? T : never): PlanInput => ({
    ...rest,
    nowMs: NOW_MS,
    key: { allow },
    alias: alias(
      list.map(({ at, model, weight, account }) => target(at, model, weight, account)),
      {
        selector: selector === 'random' ? 'random' : 'in_order',
      },
    ),
    restsUntilMs: ({ id }) => resting[id],
  });

  test('no target stands twice, and each is either tried or refused', () => {
    fc.assert(
      fc.property(given, (parts) => {
        const input = inputOf(parts);
        const plan = planRoute(input);
        const places = [...plan.attempts, ...plan.refused].map(({ target: at }) => `${at.account.id} ${at.id}`);
        expect(new Set(places).size).toBe(places.length);
        expect(new Set(places)).toEqual(new Set(input.alias.targets.map((at) => `${at.account.id} ${at.id}`)));
      }),
    );
  });

  test('the same inputs give the same plan', () => {
    fc.assert(
      fc.property(given, (parts) => {
        const input = inputOf(parts);
        expect(planRoute({ ...input, alias: { ...input.alias } })).toEqual(planRoute(input));
      }),
    );
  });
});

describe('the error of an empty plan', () => {
  const a = target(chat, 'a');
  const c = target(off, 'c');
  test.each([
    {
      name: 'a key that may use nothing is forbidden',
      given: { alias: alias([a]), key: { allow: [] } },
      code: 'key_forbidden',
      retryAfterMs: undefined,
    },
    {
      name: 'when all rest, the shortest rest is told',
      given: {
        alias: alias([a, target(chat, 'b')]),
        restsUntilMs: ({ id }: Target) => NOW_MS + (id === 'chat/a' ? 9000 : 4000),
      },
      code: 'route_limited',
      retryAfterMs: 4000,
    },
    {
      name: 'when only some rest, the route is down',
      given: { alias: alias([a, c]), restsUntilMs: () => NOW_MS + 9000 },
      code: 'route_none',
      retryAfterMs: 9000,
    },
    {
      name: 'when nothing can be used, the reasons are told',
      given: { alias: alias([c]) },
      code: 'route_none',
      retryAfterMs: undefined,
    },
    {
      name: 'an alias without targets is down',
      given: { alias: alias([]) },
      code: 'route_none',
      retryAfterMs: undefined,
    },
  ])('$name', ({ given, code, retryAfterMs }) => {
    const plan = planRoute({ ...usual, ...given });
    const error = routeError(plan, 'm', NOW_MS);
    expect(error).toMatchObject({ code, retryAfterMs });
    for (const { detail, reason } of plan.refused) if (reason === 'unusable') expect(error.message).toContain(detail);
  });
});
