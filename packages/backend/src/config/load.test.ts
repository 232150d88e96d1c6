import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { PROVIDERS } from '../providers/index.ts';
import { profileOf } from '../services/catalog/profile.ts';
import type { Snapshot } from '../types/gateway.ts';
import { type LoadContext, loadConfig } from './load.ts';
import { problemText } from './problem.ts';

const HASH = 'a'.repeat(64);
const context: LoadContext = {
  file: 'config/plexus.yaml',
  definitions: PROVIDERS,
  profileOf,
  version: 7,
  nowMs: 1000,
  env: { ACME_KEY: 'canary-from-env', BLANK: ' ', TWO_LINES: 'canary\nsecond' },
  readSecretFile: (path) => {
    if (path === 'secrets/acme') return 'canary-from-file\n';
    throw new Error(`ENOENT canary ${path}`);
  },
};

function load(text: string): { snapshot: Snapshot; warnings: string } {
  const result = loadConfig(text, context);
  if (!result.ok) throw new Error(problemText(result.problems));
  return { snapshot: result.snapshot, warnings: problemText(result.warnings) };
}

const demo = 'providers: { demo: { type: simulator } }\n';

describe('a file that is wrong', () => {
  const cases: { name: string; text: string; says: string[] }[] = [
    { name: 'an empty file', text: ' \n', says: ['plexus.yaml:1:1', 'is empty'] },
    { name: 'a list in place of fields', text: '- a\n', says: ['a set of fields is needed', 'an array'] },
    { name: 'a lone word', text: 'hello', says: ['a set of fields is needed'] },
    { name: 'HTML', text: '<html><body>\n<p>x: y: z</p>', says: ['plexus.yaml:', 'fix:'] },
    {
      name: 'a tab as indentation',
      text: 'listen:\n\tport: 1\n',
      says: [':2:', 'a tab is used', 'indent with blanks'],
    },
    {
      name: 'a half-written bracket',
      text: 'models: { a: [demo/plain\n',
      says: ['a bracket is not closed', 'close every bracket'],
    },
    { name: 'a half-written quote', text: 'log: { level: "inf\n', says: ['missing'] },
    { name: 'two documents', text: 'log: {}\n---\nlog: {}\n', says: ['more than one document'] },
    {
      name: 'a key that stands twice',
      text: `${demo}log: {}\nlog: {}\n`,
      says: [':3:1', '"log" stands twice, in line 2 and in line 3', 'keep one'],
    },
    {
      name: 'an inner key that stands twice',
      text: 'listen:\n  port: 1\n  host: a\n  port: 2\n',
      says: [':4:3  listen.port', 'in line 2 and in line 4'],
    },
    {
      name: 'a merge key',
      text: 'a: &a { port: 1 }\nlisten: { <<: *a }\n',
      says: [':2:', 'merge keys are not supported'],
    },
    { name: 'a tag', text: 'listen: !env x\n', says: ['tags (!) are not supported'] },
    { name: 'an alias without anchor', text: 'listen: *nope\n', says: ['has no anchor'] },
    {
      name: 'more than 100 aliases',
      text: `log: &a {}\nx: [${Array(101).fill('*a').join(', ')}]\n`,
      says: ['more than 100 aliases'],
    },
    {
      name: 'a billion laughs',
      text: `a: &a [1,1]\n${[...'bcdefghijklmno'].map((letter, at) => `${letter}: &${letter} [${Array(9).fill(`*${'abcdefghijklmn'[at]}`)}]`).join('\n')}\n`,
      says: ['more than 100 aliases'],
    },
    {
      name: 'deep nesting',
      text: `models: ${'['.repeat(60)}${']'.repeat(60)}\n`,
      says: ['nested deeper than 32 levels'],
    },
    { name: 'a prototype key', text: '__proto__: { port: 1 }\n', says: ['"__proto__" cannot be a key'] },
    {
      name: 'a text where a number belongs',
      text: 'listen: { port: "4000" }\n',
      says: [':1:11  listen.port', 'a number is needed, but it is "4000"'],
    },
    { name: 'a port out of range', text: 'listen: { port: 70000 }\n', says: ['listen.port', 'at most 65535'] },
    {
      name: 'yes in place of true',
      text: 'simulator: { enabled: yes }\n',
      says: ['simulator.enabled', 'true or false is needed, but it is "yes"'],
    },
    {
      name: 'a duration without unit',
      text: 'limits:\n  stallTimeout: 45\n',
      says: [':2:3  limits.stallTimeout', 'a text is needed, but it is 45'],
    },
    {
      name: 'a duration with a wrong unit',
      text: 'limits:\n  stallTimeout: 45 minutes\n',
      says: ['a duration with a unit from 1ms to 24d'],
    },
    { name: 'a duration of nothing', text: 'limits:\n  stallTimeout: 0s\n', says: ['a duration with a unit'] },
    { name: 'a duration beyond any timer', text: 'limits:\n  stallTimeout: 99d\n', says: ['a duration with a unit'] },
    { name: 'a negative duration', text: 'limits:\n  stallTimeout: -1s\n', says: ['a duration with a unit'] },
    { name: 'a bad size', text: 'limits: { body: 64 megs }\n', says: ['limits.body', 'such as 64MiB'] },
    { name: 'no attempts at all', text: 'limits: { attempts: 0 }\n', says: ['limits.attempts', 'at least 1'] },
    {
      name: 'an unknown log level',
      text: 'log: { level: inof }\n',
      says: ['log.level', 'Did you mean "info"?', 'error, warn, info, debug, silly'],
    },
    {
      name: 'an unknown provider type',
      text: 'providers:\n  a:\n    type: opnai\n',
      says: [':3:5  providers.a.type', 'this provider type is not known. Did you mean "openai"?', 'simulator'],
    },
    {
      name: 'a provider without type',
      text: 'providers: { openai: {} }\n',
      says: ['the provider has no type', 'add "type: openai"'],
    },
    {
      name: 'a provider name with blanks',
      text: 'providers: { "A B": { type: openai } }\n',
      says: ['providers["A B"]', 'this name cannot be used'],
    },
    {
      name: 'an empty provider',
      text: 'providers:\n  a:\n',
      says: ['providers.a', 'a set of fields is needed, but it is null'],
    },
    {
      name: 'a generic type without address',
      text: 'providers: { a: { type: openai-chat } }\n',
      says: ['providers.a.baseUrl', 'it is missing'],
    },
    {
      name: 'an address that is none',
      text: 'providers: { a: { type: openai-chat, baseUrl: llm.example.com } }\n',
      says: ['providers.a.baseUrl', 'this is not an address'],
    },
    {
      name: 'a file address',
      text: 'providers: { a: { type: openai-chat, baseUrl: "file:///etc/passwd" } }\n',
      says: ['the scheme "file:" is not supported'],
    },
    {
      name: 'an address with a password',
      text: 'providers: { a: { type: openai-chat, baseUrl: "https://u:canary@x.example/v1" } }\n',
      says: ['user name or password'],
    },
    {
      name: 'an address with a query',
      text: 'providers: { a: { type: openai-chat, baseUrl: "https://x.example/v1?key=canary" } }\n',
      says: ['a query or a fragment'],
    },
    {
      name: 'plain http to the world',
      text: 'providers: { a: { type: openai-chat, baseUrl: "http://x.example/v1" } }\n',
      says: ['plain http', 'privateNetwork: true'],
    },
    {
      name: 'a private address without leave',
      text: 'providers: { a: { type: openai-chat, baseUrl: "https://10.1.2.3/v1" } }\n',
      says: ['of this machine or network', 'privateNetwork: true'],
    },
    {
      name: 'a metadata address with leave',
      text: 'providers: { a: { type: openai-chat, privateNetwork: true, baseUrl: "http://169.254.169.254/v1" } }\n',
      says: ['never called'],
    },
    {
      name: 'an endpoint in place of a base',
      text: 'providers: { a: { type: openai-chat, baseUrl: "https://x.example/v1/chat/completions" } }\n',
      says: ['/chat/completions', 'leave'],
    },
    {
      name: 'a Messages base with its version',
      text: 'providers: { a: { type: anthropic-messages, baseUrl: "https://x.example/v1" } }\n',
      says: ['"/v1"', 'leave'],
    },
    {
      name: 'an API that the type does not speak',
      text: 'providers: { a: { type: groq, formats: [gemini] } }\n',
      says: ['providers.a.formats', '"groq" does not speak gemini'],
    },
    {
      name: 'both a key and accounts',
      text: 'providers: { a: { type: groq, apiKey: canary, accounts: [{ id: x, apiKey: canary }] } }\n',
      says: ['both apiKey and accounts'],
    },
    {
      name: 'two accounts of one name',
      text: 'providers: { a: { type: groq, accounts: [{ id: x, apiKey: canary1 }, { id: x, apiKey: canary2 }] } }\n',
      says: ['providers.a.accounts[1].id', 'stands twice'],
    },
    {
      name: 'a number as a key',
      text: 'providers: { a: { type: groq, apiKey: 12345 } }\n',
      says: ['providers.a.apiKey', 'a text is needed, but it is something else'],
    },
    {
      name: 'a secret with a line break',
      text: `providers: { a: { type: groq, apiKey: "\${TWO_LINES}" } }\n`,
      says: ['TWO_LINES holds characters that cannot stand in a header'],
    },
    {
      name: 'a reference inside a text',
      text: `providers: { a: { type: groq, apiKey: "canary \${ACME_KEY}" } }\n`,
      says: ['a reference must be the whole value'],
    },
    {
      name: 'a reserved header',
      text: 'providers: { a: { type: groq, headers: { Authorization: canary } } }\n',
      says: ['the gateway sets this header itself'],
    },
    {
      name: 'a bad header name',
      text: 'providers: { a: { type: groq, headers: { "a b": canary } } }\n',
      says: ['this is not a header name'],
    },
    {
      name: 'an unknown quirk value',
      text: 'providers: { a: { type: groq, quirks: { systemRole: devel } } }\n',
      says: ['systemRole', 'system, developer'],
    },
    {
      name: 'an unknown provider in a target',
      text: `${demo}models:\n  a:\n    targets:\n      - demo/plain\n      - dmeo/plain\n`,
      says: [':6:9  models.a.targets[1]', 'no provider is called "dmeo". Did you mean "demo"?'],
    },
    {
      name: 'an unknown alias as target',
      text: `${demo}models: { fast: demo/plain, a: fats }\n`,
      says: ['models.a', '"fats" is neither a target nor an alias. Did you mean "fast"?'],
    },
    { name: 'a provider without model', text: `${demo}models: { a: demo/ }\n`, says: ['the target has no model'] },
    { name: 'an alias that leads to itself', text: `${demo}models: { a: a }\n`, says: ['in a circle: a -> a'] },
    {
      name: 'a circle of three',
      text: `${demo}models: { a: [demo/plain, b], b: c, c: [a] }\n`,
      says: ['in a circle: a -> b -> c -> a'],
    },
    {
      name: 'a circle further down',
      text: `${demo}models: { start: a, a: b, b: a }\n`,
      says: ['in a circle: a -> b -> a'],
    },
    {
      name: 'an alias named as a direct target',
      text: `${demo}models: { direct/x: demo/plain }\n`,
      says: ['"direct/" is the prefix'],
    },
    {
      name: 'an alias with blanks',
      text: `${demo}models: { "a b": demo/plain }\n`,
      says: ['this cannot be a model name'],
    },
    { name: 'no targets', text: `${demo}models: { a: { targets: [] } }\n`, says: ['models.a.targets', 'at least 1'] },
    {
      name: 'an unknown selector',
      text: `${demo}models: { a: { selector: in-order, targets: [demo/plain] } }\n`,
      says: ['models.a.selector', 'Did you mean "in_order"?'],
    },
    {
      name: 'a weight of nothing',
      text: `${demo}models: { a: [{ target: demo/plain, weight: 0 }] }\n`,
      says: ['models.a[0].weight'],
    },
    {
      name: 'a number as target',
      text: `${demo}models: { a: [3] }\n`,
      says: ['models.a[0]', 'a text or a set of fields is needed'],
    },
    {
      name: 'an unknown account',
      text: `${demo}models: { a: [{ target: demo/plain, account: work }] }\n`,
      says: ['has no such account', 'default'],
    },
    {
      name: 'a key that is no hash',
      text: 'keys: [{ id: me, hash: plx_client_canary }]\n',
      says: ['keys[0].hash', '64 lower-case hexadecimal digits'],
    },
    { name: 'a key without hash', text: 'keys: [{ id: me }]\n', says: ['keys[0].hash', 'it is missing'] },
    {
      name: 'an unknown role',
      text: `keys: [{ id: me, hash: ${HASH}, role: root }]\n`,
      says: ['keys[0].role', 'client, admin'],
    },
    {
      name: 'two keys of one id',
      text: `keys: [{ id: me, hash: ${HASH} }, { id: me, hash: ${'b'.repeat(64)} }]\n`,
      says: ['keys[1].id', 'stands twice'],
    },
    {
      name: 'two keys of one hash',
      text: `keys: [{ id: me, hash: ${HASH} }, { id: you, hash: ${HASH} }]\n`,
      says: ['keys[1].hash', 'stands twice'],
    },
  ];

  test.each(cases)('$name is refused with its place and a fix, and nothing secret', ({ text, says }) => {
    const result = loadConfig(text, context);
    expect(result.ok).toBe(false);
    if (result.ok) return;
    const words = problemText(result.problems);
    for (const part of says) expect(words).toContain(part);
    expect(`${words}${problemText(result.warnings)}`).not.toContain('canary');
    for (const { line, column, fix } of result.problems) {
      expect(line).toBeGreaterThan(0);
      expect(column).toBeGreaterThan(0);
      expect(fix).not.toBe('');
    }
  });

  test('a text above 1 MiB is refused before it is parsed', () => {
    const result = loadConfig(`# ${'x'.repeat(1024 * 1024)}`, context);
    expect(result).toMatchObject({ ok: false, problems: [{ problem: 'the file is larger than 1 MiB' }] });
  });

  test('all problems are told at once', () => {
    const result = loadConfig('listen: { port: x }\nlog: { level: y }\nmodels: { a: 7 }\n', context);
    expect(result.ok ? [] : result.problems.map(({ field }) => field)).toEqual([
      'listen.port',
      'models.a',
      'log.level',
    ]);
  });

  test('a wrecked file gives at most 50 problems', () => {
    const targets = Array.from({ length: 300 }, (_, at) => `nowhere/${at}`).join(', ');
    const result = loadConfig(`models: { a: [${targets}] }\n`, context);
    expect(result.ok ? 0 : result.problems.length).toBe(50);
  });

  test('brackets without end are refused before the parser sees them', () => {
    const result = loadConfig(`models: ${'[a,'.repeat(200_000)}`, context);
    expect(result).toMatchObject({ ok: false, problems: [{ problem: 'the file is nested too deeply to be read' }] });
  });

  test('any change of a few characters is refused or loads, and never throws or tells a secret', () => {
    const text = `${demo}models:\n  a: [{ target: demo/plain, weight: 2 }]\nkeys:\n  - { id: me, hash: ${HASH} }\n`;
    const letter = fc.constantFrom(...'{}[]:-,&*!|>\'"%@` \n\t#a0\u0000\ud800');
    const change = fc.tuple(fc.nat(text.length), letter, fc.nat(2));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = changes.reduce((now, [at, by, drop]) => now.slice(0, at) + by + now.slice(at + drop), text);
        const result = loadConfig(changed, context);
        const told = result.ok ? result.warnings : [...result.problems, ...result.warnings];
        expect(result.ok || result.problems.length > 0).toBe(true);
        expect(problemText(told)).not.toContain('canary');
      }),
      { numRuns: 500 },
    );
  });

  test('any cut of a good file is refused or loads, and never throws', () => {
    const text = `${demo}models:\n  a: { selector: random, targets: [{ target: demo/plain, weight: 2 }] }\nkeys:\n  - { id: me, hash: ${HASH}, allow: ["a"] }\n`;
    for (let end = 0; end <= text.length; end += 1)
      expect(typeof loadConfig(text.slice(0, end), context).ok).toBe('boolean');
  });
});

describe('a file that is doubtful', () => {
  const cases: { name: string; text: string; says: string[] }[] = [
    {
      name: 'an unknown section',
      text: 'limitz: {}\n',
      says: [':1:1  limitz', 'not known and has no effect. Did you mean "limits"?'],
    },
    {
      name: 'an unknown field of a provider',
      text: 'providers: { demo: { type: simulator, privatNetwork: true } }\n',
      says: ['providers.demo.privatNetwork', 'Did you mean "privateNetwork"?'],
    },
    {
      name: 'an unknown field of a target',
      text: `${demo}models: { a: [{ target: demo/plain, wieght: 3 }] }\n`,
      says: ['models.a[0].wieght', 'Did you mean "weight"?'],
    },
    {
      name: 'an unknown field of a key',
      text: `keys: [{ id: me, hash: ${HASH}, key: canary }]\n`,
      says: ['keys[0].key', 'has no effect'],
    },
    {
      name: 'a plain secret',
      text: 'providers: { a: { type: groq, apiKey: canary-plain } }\n',
      says: ['providers.a.apiKey', 'plain text'],
    },
    {
      name: 'a variable that is not set',
      text: `providers: { a: { type: groq, apiKey: "\${NOPE}" } }\n`,
      says: ['providers.a.apiKey', 'NOPE is not set', 'set NOPE'],
    },
    {
      name: 'a variable that is blank',
      text: `providers: { a: { type: groq, apiKey: "\${BLANK}" } }\n`,
      says: ['BLANK is not set'],
    },
    {
      name: 'a vendor whose usual variable is not set',
      text: 'providers: { a: { type: groq } }\n',
      says: ['GROQ_API_KEY is not set'],
    },
    {
      name: 'a secret file that is missing',
      text: 'providers: { a: { type: groq, apiKey: "file:nope" } }\n',
      says: ['"nope" cannot be read'],
    },
    {
      name: 'a header whose variable is not set',
      text: `providers: { demo: { type: simulator, headers: { x-team: "\${NOPE}" } } }\n`,
      says: ['the header is not sent'],
    },
    {
      name: 'a pattern of a key that matches nothing',
      text: `${demo}models: { fast: demo/plain }\nkeys: [{ id: me, hash: ${HASH}, allow: [fast, "f*", "demo/x", "*", fats, "nope/*"] }]\n`,
      says: [
        'keys[0].allow[4]\n  problem: no alias and no provider matches this. Did you mean "fast"?',
        'keys[0].allow[5]\n  problem: no alias and no provider matches this.',
      ],
    },
    {
      name: 'a wait that is never reached',
      text: 'limits: { attemptTimeout: 30m }\n',
      says: ['limits.attemptTimeout', 'because requestTimeout is shorter'],
    },
    {
      name: 'selectors that differ',
      text: `${demo}models: { a: { selector: random, targets: [b, demo/long] }, b: [demo/plain, demo/echo] }\n`,
      says: ['"b" chooses in_order, but inside "a"'],
    },
  ];

  test.each(cases)('$name is a warning and the file loads', ({ text, says }) => {
    const { warnings } = load(text);
    for (const part of says) expect(warnings).toContain(part);
    expect(warnings).not.toContain('canary');
  });
});

describe('a good file', () => {
  test('a file of defaults gives the limits of the design', () => {
    const { snapshot, warnings } = load('log: {}\n');
    expect(warnings).toBe('');
    expect(snapshot).toMatchObject({ version: 7, loadedAtMs: 1000 });
    expect(snapshot.limits).toEqual({
      bodyBytesMax: 67_108_864,
      bodyMs: 120_000,
      firstByteMs: 60_000,
      unaryMs: 600_000,
      firstContentMs: 60_000,
      stallMs: 45_000,
      clientStallMs: 60_000,
      attemptMs: 900_000,
      requestMs: 1_200_000,
      attemptsMax: 3,
      keepAliveMs: 15_000,
      openRequestsMax: 2000,
      replyBytesMax: 67_108_864,
    });
  });

  test('sections whose lines are commented out are empty', () => {
    expect(load('providers:\n  # openai: {}\nmodels:\nkeys:\n').warnings).toBe('');
  });

  test('secrets come from variables and files, and messages never hold them', () => {
    const { snapshot } = load(
      `providers:\n  a: { type: groq, apiKey: "\${ACME_KEY}", headers: { X-Team: "file:secrets/acme" } }\n  b: { type: xai, accounts: [{ id: one, apiKey: "file:secrets/acme" }, { id: two, apiKey: "\${NOPE}" }] }\n`,
    );
    expect(snapshot.providers.get('a')?.accounts[0]?.secret?.()).toBe('canary-from-env');
    expect(snapshot.providers.get('a')?.headers).toEqual({ 'x-team': 'canary-from-file' });
    const b = snapshot.providers.get('b');
    expect(b?.accounts.map(({ id, secret }) => [id, secret?.()])).toEqual([
      ['one', 'canary-from-file'],
      ['two', undefined],
    ]);
    expect(b?.unusable).toBeUndefined();
    expect(b?.accounts[1]?.unusable).toContain('NOPE is not set (providers.b.accounts.1.apiKey)');
  });

  test('a provider whose only credential is missing is unusable, and so are its targets', () => {
    const { snapshot } = load(`providers: { a: { type: groq, apiKey: "\${NOPE}" } }\nmodels: { m: a/llama }\n`);
    expect(snapshot.providers.get('a')?.unusable).toContain('NOPE');
    expect(snapshot.aliases.get('m')?.targets[0]?.unusable).toContain('NOPE');
  });

  const addresses: { name: string; entry: string; expected: Record<string, string> }[] = [
    {
      name: 'a vendor has its own',
      entry: '{ type: deepseek, apiKey: k }',
      expected: {
        'openai-chat': 'https://api.deepseek.com',
        'anthropic-messages': 'https://api.deepseek.com/anthropic',
      },
    },
    {
      name: 'a base moves every API',
      entry: '{ type: ollama, baseUrl: "http://192.168.1.5:11434" }',
      expected: {
        'openai-chat': 'http://192.168.1.5:11434/v1',
        'openai-responses': 'http://192.168.1.5:11434/v1',
        'anthropic-messages': 'http://192.168.1.5:11434',
      },
    },
    {
      name: 'a path that was written along is not doubled',
      entry: '{ type: openai, apiKey: k, baseUrl: "https://proxy.example/openai/v1/" }',
      expected: {
        'openai-responses': 'https://proxy.example/openai/v1',
        'openai-chat': 'https://proxy.example/openai/v1',
      },
    },
    {
      name: 'a map names each API',
      entry: '{ type: zai, apiKey: k, baseUrl: { openai-chat: "https://api.z.ai/api/coding/paas/v4" } }',
      expected: { 'openai-chat': 'https://api.z.ai/api/coding/paas/v4' },
    },
    {
      name: 'formats choose and order',
      entry: '{ type: openai, apiKey: k, formats: [openai-chat] }',
      expected: { 'openai-chat': 'https://api.openai.com/v1' },
    },
    {
      name: 'Azure hangs its version on the resource',
      entry: '{ type: azure-openai, apiKey: k, baseUrl: "https://acme.openai.azure.com" }',
      expected: {
        'openai-responses': 'https://acme.openai.azure.com/openai/v1',
        'openai-chat': 'https://acme.openai.azure.com/openai/v1',
      },
    },
    {
      name: 'a generic server is taken as written',
      entry: '{ type: openai-chat, baseUrl: "https://llm.example/api/paas/v4" }',
      expected: { 'openai-chat': 'https://llm.example/api/paas/v4' },
    },
  ];
  test.each(addresses)('addresses: $name', ({ entry, expected }) => {
    const { snapshot } = load(`providers: { a: ${entry} }\n`);
    const found = [...(snapshot.providers.get('a')?.addresses ?? [])];
    expect(found).toEqual(Object.entries(expected) as typeof found);
  });

  test('the simulator lies at its port, at the address that is given, or is unusable when it does not run', () => {
    const text = `${demo}simulator: { port: 4999 }\nmodels: { demo: demo/plain }\n`;
    const base = (simulatorUrl?: string | null) => {
      const result = loadConfig(text, { ...context, simulatorUrl });
      return result.ok ? result.snapshot.providers.get('demo') : undefined;
    };
    expect(base()?.addresses.get('gemini')).toBe('http://127.0.0.1:4999');
    expect(base('http://127.0.0.1:31000')?.addresses.get('openai-chat')).toBe('http://127.0.0.1:31000/v1');
    expect(base(null)?.unusable).toBe('the simulator is switched off');
  });

  test('quirks of the entry are added to those of the type', () => {
    const { snapshot } = load(
      'providers: { a: { type: groq, apiKey: k, quirks: { noJsonSchema: true, reasoningField: reasoning_content } } }\n',
    );
    expect(snapshot.providers.get('a')?.quirks).toMatchObject({
      noJsonSchema: true,
      reasoningField: 'reasoning_content',
      maxTokensField: 'max_completion_tokens',
    });
  });

  const targets: { name: string; models: string; expected: [string, number, string | undefined][] }[] = [
    { name: 'one text is one target', models: '{ m: demo/plain }', expected: [['demo/plain', 1, undefined]] },
    {
      name: 'a list keeps its order',
      models: '{ m: [demo/b, demo/a] }',
      expected: [
        ['demo/b', 1, undefined],
        ['demo/a', 1, undefined],
      ],
    },
    {
      name: 'a model may hold slashes and colons',
      models: '{ m: "demo/meta/llama-3:free" }',
      expected: [['demo/meta/llama-3:free', 1, undefined]],
    },
    {
      name: 'an alias of an alias is its targets',
      models: '{ x: [demo/a, demo/b], m: [x, demo/c] }',
      expected: [
        ['demo/a', 0.5, undefined],
        ['demo/b', 0.5, undefined],
        ['demo/c', 1, undefined],
      ],
    },
    {
      name: 'a nested share is divided by weight',
      models:
        '{ x: { selector: random, targets: [{ target: demo/a, weight: 3 }, demo/b] }, m: { selector: random, targets: [{ target: x, weight: 8 }, demo/c] } }',
      expected: [
        ['demo/a', 6, undefined],
        ['demo/b', 2, undefined],
        ['demo/c', 1, undefined],
      ],
    },
    {
      name: 'a target that is reached twice stands once',
      models: '{ x: [demo/a], m: [demo/a, x, demo/b] }',
      expected: [
        ['demo/a', 2, undefined],
        ['demo/b', 1, undefined],
      ],
    },
    {
      name: 'a target that is switched off says so',
      models: '{ m: [{ target: demo/a, enabled: false }, demo/b] }',
      expected: [
        ['demo/a', 1, 'the target is switched off'],
        ['demo/b', 1, undefined],
      ],
    },
    {
      name: 'an alias that is switched off says so to those above it',
      models: '{ x: { targets: [demo/a], enabled: false }, m: [x] }',
      expected: [['demo/a', 1, 'the alias "x" is switched off']],
    },
    {
      name: 'a provider wins over an alias of the same spelling',
      models: '{ m: demo/m, demo/m: m }',
      expected: [['demo/m', 1, undefined]],
    },
  ];
  test.each(targets)('targets: $name', ({ models, expected }) => {
    const { snapshot } = load(`${demo}models: ${models}\n`);
    const found = snapshot.aliases.get('m')?.targets.map(({ id, weight, unusable }) => [id, weight, unusable]);
    expect(found).toEqual(expected);
  });

  test('a target stands once for each account, and shares its weight among them', () => {
    const { snapshot } = load(
      'providers: { a: { type: groq, accounts: [{ id: x, apiKey: k }, { id: y, apiKey: l }] } }\nmodels: { m: a/llama, n: [{ target: a/llama, account: y }] }\n',
    );
    expect(snapshot.aliases.get('m')?.targets.map(({ account, weight }) => [account.id, weight])).toEqual([
      ['x', 0.5],
      ['y', 0.5],
    ]);
    expect(snapshot.aliases.get('n')?.targets.map(({ account, weight }) => [account.id, weight])).toEqual([['y', 1]]);
  });

  test('keys are found by hash, with their defaults', () => {
    const { snapshot } = load(`keys: [{ id: me, hash: ${HASH} }]\n`);
    expect(snapshot.keys.get(HASH)).toEqual({ id: 'me', hash: HASH, role: 'client', allow: ['*'], enabled: true });
  });
});
