import { describe, expect, test } from 'bun:test';
import type { FormatId } from '../../types/format-id.ts';
import type { Alias, Provider, Snapshot } from '../../types/gateway.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import { makeTarget } from '../../utils/make-target.ts';
import { isVisible, visibleNames } from './list.ts';
import { planRoute } from './plan.ts';
import { resolveModel } from './resolve.ts';

const profileOf = (provider: Provider, format: FormatId, model: string): TargetProfile => ({
  format,
  providerId: provider.id,
  model,
  family: model,
  thinking: 'none',
  sampling: true,
  lateSystem: true,
  quirks: {},
});
const acme: Provider = {
  id: 'acme',
  type: 'openai-chat',
  addresses: new Map([['openai-chat', 'https://acme.example/v1']]),
  auth: { 'openai-chat': 'bearer' },
  headers: {},
  quirks: {},
  accounts: [{ id: 'one' }, { id: 'two', unusable: 'no key' }],
  privateNetwork: false,
};
const [account = { id: 'one' }] = acme.accounts;
const alias = (name: string, model: string, enabled = true): Alias => ({
  name,
  selector: 'in_order',
  enabled,
  targets: [makeTarget({ provider: acme, account, model, weight: 1, profileOf })],
});
const snapshot: Snapshot = {
  version: 1,
  loadedAtMs: 0,
  aliases: new Map(
    [alias('smart', 'large'), alias('fast', 'small'), alias('secret-model', 'hidden'), alias('old', 'old', false)].map(
      (item) => [item.name, item],
    ),
  ),
  providers: new Map([[acme.id, acme]]),
  keys: new Map(),
  limits: {
    bodyBytesMax: 1,
    bodyMs: 1,
    firstByteMs: 1,
    unaryMs: 1,
    firstContentMs: 1,
    stallMs: 1,
    clientStallMs: 1,
    attemptMs: 1,
    requestMs: 1,
    attemptsMax: 1,
    keepAliveMs: 1,
    openRequestsMax: 1,
    replyBytesMax: 1,
  },
};
const all = { allow: ['*'] };

describe('resolve', () => {
  test('an alias is found by its name', () => {
    expect(resolveModel('smart', snapshot, all, profileOf)).toBe(snapshot.aliases.get('smart') as Alias);
  });

  test.each([
    ['direct/acme/large', 'large'],
    ['direct/acme/meta/llama-3:free', 'meta/llama-3:free'],
    ['direct/acme/gpt-oss:120b', 'gpt-oss:120b'],
  ])('%s leads to one target, once for each account', (name, model) => {
    const found = resolveModel(name, snapshot, all, profileOf);
    expect(found.targets.map((target) => [target.id, target.model, target.account.id, target.unusable])).toEqual([
      [`acme/${model}`, model, 'one', undefined],
      [`acme/${model}`, model, 'two', 'no key'],
    ]);
    expect(resolveModel(name, snapshot, all, profileOf)).toBe(found);
    expect(planRoute({ alias: found, key: all, clientFormat: 'openai-chat', seed: 0, nowMs: 0 }).attempts).toHaveLength(
      1,
    );
  });

  test.each([
    {
      name: 'a near alias is offered',
      model: 'smrat',
      allow: ['*'],
      says: 'no model is called "smrat". Did you mean "smart"?',
    },
    {
      name: 'an alias that the key may not see is not',
      model: 'secret-modle',
      allow: ['smart'],
      says: 'no model is called "secret-modle".',
    },
    { name: 'nothing near, nothing offered', model: 'gpt-9', allow: ['*'], says: 'no model is called "gpt-9".' },
    { name: 'an unknown provider', model: 'direct/nope/x', allow: ['*'], says: 'no provider is called "nope"' },
    {
      name: 'a direct name without model',
      model: 'direct/acme',
      allow: ['*'],
      says: 'write "direct/<provider>/<model>"',
    },
    {
      name: 'a direct name with an empty model',
      model: 'direct/acme/',
      allow: ['*'],
      says: 'write "direct/<provider>/<model>"',
    },
    {
      name: 'a direct name with blanks',
      model: 'direct/acme/a b',
      allow: ['*'],
      says: 'write "direct/<provider>/<model>"',
    },
    { name: 'a very long name is cut', model: 'x'.repeat(5000), allow: ['*'], says: `"${'x'.repeat(77)}..."` },
    {
      name: 'an inherited property is no alias',
      model: 'constructor',
      allow: ['*'],
      says: 'no model is called "constructor"',
    },
  ])('unknown: $name', ({ model, allow, says }) => {
    let thrown: unknown;
    try {
      resolveModel(model, snapshot, { allow }, profileOf);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'request_model_unknown', field: 'model' });
    const message = thrown instanceof Error ? thrown.message : '';
    expect(message).toContain(says);
    expect(message.length).toBeLessThan(200);
    if (!says.includes('Did you mean')) expect(message).not.toContain('Did you mean');
  });

  test('ten thousand invented direct names are not all kept', () => {
    const first = resolveModel('direct/acme/first', snapshot, all, profileOf);
    for (let at = 0; at < 1100; at += 1) resolveModel(`direct/acme/m${at}`, snapshot, all, profileOf);
    expect(resolveModel('direct/acme/first', snapshot, all, profileOf)).not.toBe(first);
  });
});

describe('list', () => {
  const cases: { name: string; allow: string[]; names: string[] }[] = [
    {
      name: 'all, sorted, without those that are switched off',
      allow: ['*'],
      names: ['fast', 'secret-model', 'smart'],
    },
    { name: 'by name', allow: ['smart', 'old'], names: ['smart'] },
    { name: 'by prefix', allow: ['s*'], names: ['secret-model', 'smart'] },
    { name: 'by target', allow: ['acme/small'], names: ['fast'] },
    { name: 'none', allow: [], names: [] },
  ];
  test.each(cases)('names visible to a key: $name', ({ allow, names }) => {
    expect(visibleNames(snapshot, { allow })).toEqual(names);
    for (const item of snapshot.aliases.values()) expect(isVisible(item, { allow })).toBe(names.includes(item.name));
  });
});
