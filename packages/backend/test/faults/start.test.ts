import { afterAll, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeHome, openGateway } from './kit/gateway.ts';
import { startInVain, startProgram } from './kit/program.ts';
import { until } from './kit/wait.ts';
import { WIRES, type Wire } from './kit/wires.ts';

// Every row starts a gateway in a process of its own.
setDefaultTimeout(30_000);

const homes: { remove(): void }[] = [];
const newHome = () => {
  const home = makeHome();
  homes.push(home);
  return home;
};
afterAll(() => {
  for (const home of homes) home.remove();
});

/** A line of a stack trace: no operator should have to read one. */
const STACK = /^\s+at .*:\d+:\d+\)?$/m;

const DEMO = 'providers:\n  demo: { type: simulator }\nmodels:\n  demo: demo/plain';

/** Configurations that a start refuses: exit code 3, and words that name the place, the problem and the fix. */
const REFUSED = [
  {
    name: 'a provider type that does not exist',
    text: 'providers:\n  mine: { type: opennai, apiKey: x }\n',
    says: [/plexus\.yaml:2/, /Did you mean "openai"/],
  },
  {
    name: 'an alias to a provider that is not there',
    text: `${DEMO}\n  lost: nowhere/m\n`,
    says: [/plexus\.yaml:5/, /nowhere/],
  },
  {
    name: 'aliases that lead in a circle',
    text: 'providers:\n  demo: { type: simulator }\nmodels:\n  a: b\n  b: a\n',
    says: [/plexus\.yaml:\d/, /a → b → a|a -> b -> a|circle|cycle/i],
  },
  { name: 'a key that stands twice', text: `${DEMO}\n  demo: demo/echo\n`, says: [/plexus\.yaml:5/, /demo/] },
  { name: 'a file that was written by half', text: 'providers:\n  demo: { type: simul', says: [/plexus\.yaml:2/] },
  {
    name: 'a duration without a unit',
    text: `${DEMO}\nlimits:\n  bodyTimeout: "30"\n`,
    says: [/bodyTimeout/, /30s|45s/],
  },
  { name: 'a number of attempts below one', text: `${DEMO}\nlimits:\n  attempts: 0\n`, says: [/limits\.attempts/] },
];

test.each(REFUSED)('the start refuses $name', async ({ text, says }) => {
  const home = newHome();
  writeFileSync(home.configFile, text);
  const { code, out, errors } = await startInVain(home);
  expect({ code, out }).toEqual({ code: 3, out: '' });
  for (const words of says) expect(errors).toMatch(words);
  expect(errors).not.toMatch(STACK);
});

test('the start refuses a configuration that cannot be read', async () => {
  const home = newHome();
  mkdirSync(home.configFile);
  const { code, errors } = await startInVain(home);
  expect(code).toBe(3);
  expect(errors).toContain(home.configFile);
  expect(errors).not.toMatch(STACK);
});

test('the start refuses a port that is in use, and says how to choose another', async () => {
  const home = newHome();
  home.write(DEMO);
  const taken = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } });
  try {
    const { code, errors } = await startInVain(home, { words: ['--port', String(taken.port)] });
    expect(code).toBe(1);
    expect(errors).toContain(`port ${taken.port}`);
    expect(errors).toContain('--port');
    expect(errors).not.toMatch(STACK);
  } finally {
    taken.stop(true);
  }
});

test('a first start that fails leaves no configuration, so the next one still shows its keys', async () => {
  const home = newHome();
  const taken = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } });
  try {
    const { code } = await startInVain(home, { words: ['--port', String(taken.port)] });
    expect({ code, isWritten: existsSync(home.configFile) }).toEqual({ code: 1, isWritten: false });
  } finally {
    taken.stop(true);
  }
});

const [chat] = WIRES as [Wire, Wire, Wire, Wire];

function freePort(): number {
  const probe = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } });
  const { port } = probe;
  probe.stop(true);
  return port;
}

test('the simulator listens on the port that the configuration names, and reloads keep it', async () => {
  const port = freePort();
  const gateway = await openGateway(`simulator: { port: ${port} }\n${DEMO}`);
  try {
    expect((await gateway.ask(chat, 'demo')).status).toBe(200);
    gateway.write(`simulator: { port: ${port} }\n${DEMO}\n  again: demo/plain`);
    await until('the reload', async () => (await gateway.ask(chat, 'again')).status === 200);
    const stats = (await (await fetch(`http://127.0.0.1:${port}/stats`)).json()) as { requests: number };
    expect(stats.requests).toBe(2);
  } finally {
    await gateway.stop();
  }
});

test('a configuration that switches the simulator off has none, and its models say why', async () => {
  const port = freePort();
  const gateway = await openGateway(`simulator: { enabled: false, port: ${port} }\n${DEMO}`);
  try {
    const answer = await gateway.ask(chat, 'demo');
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('the simulator is switched off');
    await expect(fetch(`http://127.0.0.1:${port}/stats`)).rejects.toThrow();
  } finally {
    await gateway.stop();
  }
});

test('the start refuses a simulator port that is in use, and names the setting', async () => {
  const home = newHome();
  const taken = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } });
  try {
    home.write(`simulator: { port: ${taken.port} }\n${DEMO}`);
    const { code, errors } = await startInVain(home);
    expect(code).toBe(1);
    expect(errors).toContain(
      `port ${taken.port} on 127.0.0.1 is in use; stop the program that uses it, or choose another with simulator.port`,
    );
    expect(errors).not.toMatch(STACK);
  } finally {
    taken.stop(true);
  }
});

test('the start refuses a data folder that cannot be made', async () => {
  const home = newHome();
  home.write(DEMO);
  // A path below a file cannot be written by anyone, whoever runs this test.
  const dataFolder = join(home.configFile, 'data');
  const { code, errors } = await startInVain({ ...home, dataFolder });
  expect(code).toBe(1);
  expect(errors).toContain(dataFolder);
  expect(errors).toMatch(/data folder/);
  expect(errors).not.toMatch(STACK);
});

test('the start refuses a database that is no database', async () => {
  const home = newHome();
  home.write(DEMO);
  writeFileSync(join(home.dataFolder, 'plexus.db'), 'this is no database at all, only words'.repeat(200));
  const { code, errors } = await startInVain(home);
  expect(code).toBe(1);
  expect(errors).toContain('plexus.db');
  expect(errors).not.toMatch(STACK);
});

test('the start refuses a data folder that another gateway uses, and names that one', async () => {
  const home = newHome();
  home.write(DEMO);
  const first = await startProgram(home);
  try {
    const { code, errors } = await startInVain(home);
    expect(code).toBe(1);
    expect(errors).toContain(String(first.pid));
    expect(errors).not.toMatch(STACK);
  } finally {
    first.kill('SIGKILL');
    await first.exited;
  }
  const next = await startProgram(home);
  next.kill('SIGTERM');
  expect(await next.exited).toBe(0);
});

test('the start refuses a launch environment that would hold back upstream calls', async () => {
  const home = newHome();
  home.write(DEMO);
  const { code, errors } = await startInVain(home, { env: { BUN_CONFIG_MAX_HTTP_REQUESTS: undefined } });
  expect(code).toBe(3);
  expect(errors).toContain('BUN_CONFIG_MAX_HTTP_REQUESTS=65535');
});

test('a start with a file that has become bad serves the last good one and shows it on /health', async () => {
  const home = newHome();
  home.write(DEMO);
  const first = await startProgram(home);
  first.kill('SIGTERM');
  await first.exited;
  writeFileSync(home.configFile, 'providers: [');
  const next = await startProgram(home);
  const health = await fetch(`${next.url}/health`).then((answer) => answer.json());
  expect(health).toMatchObject({ status: 'degraded', problems: [expect.stringContaining('last good')] });
  expect(next.errors()).toContain('plexus.yaml:1');
  next.kill('SIGTERM');
  expect(await next.exited).toBe(0);
});
