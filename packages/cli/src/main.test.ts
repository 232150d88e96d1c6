import { expect, test } from 'bun:test';
import type { GatewayOptions } from '@plexus/backend';
import { runCli } from './main.ts';
import type { Backend, World } from './world.ts';

const running = { url: 'http://127.0.0.1:4000', stop: async () => {} };

function sendAll(listeners: readonly ((signal: string) => void)[], name: string): void {
  for (const listener of listeners) listener(name);
}

/** A world that remembers what was printed; signals are sent by the test. */
function worldOf(backend: Partial<Backend> = {}) {
  const said = { out: [] as string[], err: [] as string[], exits: [] as number[], nowMs: 0 };
  const listeners: ((signal: string) => void)[] = [];
  const refuse = async (): Promise<never> => {
    throw new Error('this test starts no gateway');
  };
  const world: World = {
    out: (line) => void said.out.push(line),
    err: (line) => void said.err.push(line),
    colour: false,
    version: '1.2.3',
    runtime: 'Bun test',
    loadBackend: async () => ({ startGateway: refuse, checkConfig: refuse, ...backend }),
    onSignal: (listener) => void listeners.push(listener),
    exit: (code) => void said.exits.push(code),
    nowMs: () => said.nowMs,
  };
  return { world, said, signal: (name: string) => sendAll(listeners, name) };
}

/** Lets every step that is already possible happen; the fakes wait for nothing else. */
const started = () => new Promise((resolve) => setImmediate(resolve));

const systemError = (code: string) => Object.assign(new Error(`listen ${code}`), { code });

const wrongLines: { name: string; words: string[]; exit: number; says: string }[] = [
  { name: 'a misspelt command is guessed', words: ['srve'], exit: 2, says: 'did you mean serve?' },
  { name: 'a command far from all lists them', words: ['xyzzy'], exit: 2, says: 'choose one of check-config, serve' },
  { name: 'a misspelt flag is guessed and nothing starts', words: ['serve', '--prt', '1'], exit: 2, says: '--port?' },
  { name: 'a stray word is refused', words: ['serve', 'now'], exit: 2, says: '"now" is not expected here' },
  { name: 'a port must be a number', words: ['serve', '--port', 'x'], exit: 2, says: '0 to 65535' },
  { name: 'a port has an upper end', words: ['serve', '--port=70000'], exit: 2, says: '0 to 65535' },
  { name: 'a flag without its value is named', words: ['serve', '--port'], exit: 2, says: '--port wants a value' },
  { name: 'an empty value is named', words: ['serve', '--host='], exit: 2, says: '--host wants a value' },
  { name: 'an unknown log level lists them', words: ['serve', '--log-level', 'loud'], exit: 2, says: 'debug, silly' },
];

test.each(wrongLines)('$name', async ({ words, exit, says }) => {
  const { world, said } = worldOf();
  expect(await runCli(words, world)).toBe(exit);
  expect(said.err.join('\n')).toContain(says);
  expect(said.out).toEqual([]);
});

const failures: { name: string; thrown: unknown; words: string[]; exit: number; says: RegExp }[] = [
  {
    name: 'a broken configuration ends with 3 and keeps its text',
    thrown: Object.assign(new Error('config/plexus.yaml:3: models is missing'), { code: 'config_invalid' }),
    words: ['serve'],
    exit: 3,
    says: /plexus\.yaml:3: models is missing/,
  },
  {
    name: 'a port in use is no fault of the configuration, whatever carries it',
    thrown: Object.assign(new Error('port 4000 is in use'), {
      code: 'config_invalid',
      cause: systemError('EADDRINUSE'),
    }),
    words: ['serve'],
    exit: 1,
    says: /^plexus: port 4000 is in use$/,
  },
  {
    name: 'a refused store ends with 1 and keeps its text',
    thrown: Object.assign(new Error('data is read-only'), { code: 'store_unavailable', cause: systemError('EACCES') }),
    words: ['serve'],
    exit: 1,
    says: /^plexus: data is read-only$/,
  },
  { name: 'anything else thrown is reported as it is', thrown: 'odd', words: ['serve'], exit: 1, says: /odd/ },
];

test.each(failures)('$name', async ({ thrown, words, exit, says }) => {
  const { world, said } = worldOf({ startGateway: () => Promise.reject(thrown) });
  expect(await runCli(words, world)).toBe(exit);
  expect(said.err.join('\n')).toMatch(says);
});

test('flags reach the gateway, and absent ones leave the configuration to decide', async () => {
  const asked: GatewayOptions[] = [];
  const { world, said, signal } = worldOf({
    startGateway: async (options) => {
      asked.push(options);
      setImmediate(() => signal('SIGTERM'));
      return running;
    },
  });
  await runCli(['serve', '--port', '0', '--no-simulator', '--data', 'd'], world);
  expect(asked).toEqual([{ configFile: 'config/plexus.yaml', dataFolder: 'd', port: 0, simulator: false }]);
  expect(said.out).toEqual(['Plexus is ready on http://127.0.0.1:4000']);
});

test('a first start shows both keys and one line that asks the demo model', async () => {
  const { world, said, signal } = worldOf({
    startGateway: async () => ({ ...running, firstStart: { adminKey: 'plx_admin_a', clientKey: 'plx_client_c' } }),
  });
  const ended = runCli(['serve', '--json'], world);
  await started();
  signal('SIGINT');
  expect(await ended).toBe(0);
  const { ok, data } = JSON.parse(said.out[0] ?? '');
  expect(ok).toBe(true);
  expect(data).toMatchObject({ url: running.url, adminKey: 'plx_admin_a', clientKey: 'plx_client_c' });
  expect(data.curl).toStartWith(`curl ${running.url}/v1/chat/completions -H 'Authorization: Bearer plx_client_c'`);
  expect(JSON.parse(/-d '(.*)'$/.exec(data.curl)?.[1] ?? '').model).toBe('demo');
});

test('the first signal drains, an echo of it changes nothing, a later one ends at once', async () => {
  const stopped = Promise.withResolvers<void>();
  const { world, said, signal } = worldOf({ startGateway: async () => ({ ...running, stop: () => stopped.promise }) });
  const ended = runCli(['serve'], world);
  await started();
  signal('SIGINT');
  said.nowMs = 100;
  signal('SIGINT');
  expect(said.exits).toEqual([]);
  said.nowMs = 900;
  signal('SIGINT');
  expect(said.exits).toEqual([1]);
  stopped.resolve();
  expect(await ended).toBe(0);
});

test('a signal before the gateway is up ends with 130', async () => {
  const { world, said, signal } = worldOf({ startGateway: () => new Promise(() => {}) });
  void runCli(['serve'], world);
  await started();
  signal('SIGINT');
  expect(said.exits).toEqual([130]);
});

test('with --json a failure is one envelope on standard output', async () => {
  const { world, said } = worldOf();
  expect(await runCli(['serve', '--port', 'x', '--json'], world)).toBe(2);
  expect(JSON.parse(said.out.join(''))).toMatchObject({
    ok: false,
    error: { code: 'usage', hint: 'see "plexus --help"' },
  });
  expect(said.err).toEqual([]);
});

test('check-config counts what it read and warns on standard error', async () => {
  const { world, said } = worldOf({
    checkConfig: async (file) => ({ providers: 1, aliases: 2, warnings: [`${file}:4 holds a secret in plain text`] }),
  });
  expect(await runCli(['check-config', '--config', 'my.yaml'], world)).toBe(0);
  expect(said.out).toEqual(['The configuration is valid: 1 provider, 2 aliases.']);
  expect(said.err).toEqual(['warning: my.yaml:4 holds a secret in plain text']);
});

test.each([[[]], [['--help']], [['help']]])('%j lists the commands without colour codes', async (words) => {
  const { world, said } = worldOf();
  expect(await runCli(words, world)).toBe(0);
  expect(said.out.join('\n')).toContain('check-config');
  expect(said.out.join('\n')).not.toContain('\u001b');
});
