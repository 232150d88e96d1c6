import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROVIDERS } from '../providers/index.ts';
import { profileOf } from '../services/catalog/profile.ts';
import { defaultConfig, writeDefaultConfig, writeJsonSchema } from './default-config.ts';
import { configJsonSchema } from './json-schema.ts';
import { loadConfig } from './load.ts';

const keys = { clientHash: 'c'.repeat(64), adminHash: 'd'.repeat(64) };
const context = {
  file: 'plexus.yaml',
  definitions: PROVIDERS,
  profileOf,
  version: 1,
  nowMs: 0,
  readSecretFile: () => 'secret',
};
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plexus-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the first configuration loads without a warning and names the demo models', () => {
  const result = loadConfig(defaultConfig(keys), { ...context, env: {} });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  expect(result.warnings).toEqual([]);
  expect([...result.snapshot.aliases.keys()]).toEqual(['demo', 'demo-thinking', 'demo-tools', 'demo-failover']);
  expect(result.snapshot.keys.get(keys.clientHash)?.role).toBe('client');
  expect(result.snapshot.keys.get(keys.adminHash)?.role).toBe('admin');
  expect(result.settings).toEqual({
    listen: { host: '127.0.0.1', port: 4000 },
    usage: { flushEvery: 250 },
    simulator: { enabled: true, port: 0 },
    log: { level: 'info' },
  });
});

test('everything that is commented out loads when it is commented in', () => {
  const [head = '', ...lines] = defaultConfig(keys).split('\n');
  const commentedIn = [head, ...lines.map((line) => line.replace(/^( *)# (?= *(?:[\w-]+:(?: |$)|- ))/, '$1'))].join(
    '\n',
  );
  const env = { OPENAI_API_KEY: 'a', ANTHROPIC_API_KEY: 'b', GEMINI_API_KEY: 'c', OPENROUTER_API_KEY: 'd' };
  const result = loadConfig(commentedIn, { ...context, env });
  if (!result.ok) throw new Error(`${JSON.stringify(result.problems)}\n${commentedIn}`);
  expect(result.warnings).toEqual([]);
  expect([...result.snapshot.providers.keys()]).toEqual([
    'demo',
    'openai',
    'anthropic',
    'gemini',
    'openrouter',
    'ollama',
    'my-server',
  ]);
  expect(result.snapshot.aliases.get('cheap')).toMatchObject({ selector: 'random' });
});

test('an existing file is never written over', () => {
  const file = join(folder, 'plexus.yaml');
  writeFileSync(file, 'log: {}\n');
  expect(writeDefaultConfig(file, keys)).toBe(false);
  expect(readFileSync(file, 'utf8')).toBe('log: {}\n');
  expect(readdirSync(folder)).toEqual(['plexus.yaml']);
});

test('a new file is written whole, with its folder, for its owner alone', () => {
  const file = join(folder, 'config', 'plexus.yaml');
  expect(writeDefaultConfig(file, keys)).toBe(true);
  expect(readFileSync(file, 'utf8')).toStartWith('# yaml-language-server: $schema=./plexus.schema.json\n');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  writeJsonSchema(file, PROVIDERS);
  expect(readdirSync(join(folder, 'config')).sort()).toEqual(['plexus.schema.json', 'plexus.yaml']);
});

test('the JSON Schema is draft 2020-12, describes every section and has a branch for each provider type', () => {
  const schema = configJsonSchema(PROVIDERS) as {
    $schema: string;
    required?: string[];
    properties: Record<
      string,
      { description?: string; additionalProperties?: { oneOf?: unknown[]; anyOf?: unknown[] } }
    >;
  };
  expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(schema.required).toBeUndefined();
  for (const [name, section] of Object.entries(schema.properties))
    expect(`${name}: ${section.description}`).not.toEndWith('undefined');
  const providers = schema.properties['providers']?.additionalProperties;
  expect((providers?.oneOf ?? providers?.anyOf)?.length).toBe(PROVIDERS.size);
});
