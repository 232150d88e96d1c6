import { afterAll, expect, setDefaultTimeout, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openUsageReader } from '../../src/db/usage-reader.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import { type Home, makeHome, openGateway } from './kit/gateway.ts';
import { answering, askedOf } from './kit/plays.ts';
import { type Program, startProgram } from './kit/program.ts';
import { type Seat, startUpstream } from './kit/upstream.ts';
import { until, within } from './kit/wait.ts';
import { WIRES, type Wire } from './kit/wires.ts';

// Most of these start gateways in processes of their own.
setDefaultTimeout(60_000);

const [chat, , messages] = WIRES as [Wire, Wire, Wire, Wire];
const homes: Home[] = [];
const newHome = (): Home => {
  const home = makeHome();
  homes.push(home);
  return home;
};
afterAll(() => {
  for (const home of homes) home.remove();
});

const configFor = (url: string, more = ''): string =>
  `providers:\n  up: { type: simulator, formats: [openai-chat], baseUrl: "${url}" }\nmodels:\n  m: up/m\n${more}`;

function post(url: string, key: string, { wire = chat, stream = false } = {}): Promise<Response> {
  return fetch(url + wire.path('m', stream), {
    method: 'POST',
    headers: { 'x-api-key': key },
    body: JSON.stringify(wire.ask('m', stream)),
  });
}

/** An upstream whose streams say their first words and wait for `finish`. */
function startPatientUpstream() {
  const waiting: Seat[] = [];
  const upstream = startUpstream((seat) => {
    seat.openStream();
    seat.write(chat.opening + chat.content('first words'));
    waiting.push(seat);
  });
  const finish = (): void => {
    for (const seat of waiting) {
      seat.write(chat.content(' and the last') + chat.ending);
      seat.end();
    }
  };
  return { ...upstream, waiting, finish };
}

async function openStreams(program: Program, home: Home, count: number) {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, at) =>
      post(program.url, home.clientKey, { wire: at % 2 === 0 ? chat : messages, stream: true }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: count }, () => 200));
  return answers;
}

const recordsOf = ({ dataFolder }: Home) => {
  const reader = openUsageReader(join(dataFolder, 'plexus.db'));
  const records = reader.list({ limit: 1000 });
  reader.close();
  return records;
};

test('SIGTERM lets open streams end, refuses new ones, and loses no record', async () => {
  const upstream = startPatientUpstream();
  const home = newHome();
  home.write(configFor(upstream.url));
  const program = await startProgram(home);
  try {
    const answers = await openStreams(program, home, 20);
    program.kill('SIGTERM');
    await until('new requests to be refused', async () => {
      const answer = await post(program.url, home.clientKey).catch(() => undefined);
      return answer === undefined || answer.status === 503;
    });
    upstream.finish();
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    for (const text of texts) {
      expect(text).toContain('first words');
      expect(text).toContain('and the last');
    }
    expect(await within('the gateway to end', program.exited)).toBe(0);
    const records = recordsOf(home);
    expect(records.filter(({ streamed }) => streamed).map(({ outcome }) => outcome)).toEqual(
      Array.from({ length: 20 }, () => 'ok'),
    );
    expect(records.every(({ usage, streamed }) => !streamed || usage.outputTokens === 2)).toBe(true);
  } finally {
    program.kill('SIGKILL');
    upstream.stop();
  }
});

test.each(['SIGINT', 'SIGHUP'] as const)('%s drains as SIGTERM does', async (signal) => {
  const upstream = startPatientUpstream();
  const home = newHome();
  home.write(configFor(upstream.url));
  const program = await startProgram(home);
  try {
    const [answer] = await openStreams(program, home, 1);
    process.kill(program.pid, signal);
    await until('the signal to be heard', () => program.errors().includes(`${signal}:`));
    upstream.finish();
    expect(await answer?.text()).toContain('and the last');
    expect(await within('the gateway to end', program.exited)).toBe(0);
  } finally {
    program.kill('SIGKILL');
    upstream.stop();
  }
});

test.each([
  { name: 'a dropped promise', fault: 'void Promise.reject(new Error("stray"))' },
  { name: 'an exception in a callback', fault: 'throw new Error("stray")' },
])('$name ends neither the gateway nor its streams, and shows on /health', async ({ fault }) => {
  const upstream = startPatientUpstream();
  const home = newHome();
  home.write(configFor(upstream.url));
  const preload = join(home.folder, 'stray.ts');
  writeFileSync(preload, `process.on('SIGUSR2', () => { setTimeout(() => { ${fault}; }, 0); });`);
  const program = await startProgram(home, { env: { BUN_OPTIONS: `--preload=${preload}` } });
  try {
    const [answer] = await openStreams(program, home, 1);
    process.kill(program.pid, 'SIGUSR2');
    const health = async () => (await fetch(`${program.url}/health`)).json();
    await until('the fault to show', async () => JSON.stringify(await health()).includes('1 failures'));
    expect(await health()).toMatchObject({ status: 'degraded' });
    expect(program.errors()).toContain('Error: stray');
    upstream.finish();
    expect(await answer?.text()).toContain('and the last');
    program.kill('SIGTERM');
    expect(await within('the gateway to end', program.exited)).toBe(0);
  } finally {
    program.kill('SIGKILL');
    upstream.stop();
  }
});

test('a second SIGTERM ends the gateway at once', async () => {
  const upstream = startPatientUpstream();
  const home = newHome();
  home.write(configFor(upstream.url));
  const program = await startProgram(home);
  try {
    const answers = await openStreams(program, home, 3);
    program.kill('SIGTERM');
    // Signals within half a second count as one key press.
    await Bun.sleep(600);
    const startedMs = performance.now();
    program.kill('SIGTERM');
    expect(await within('the gateway to end', program.exited)).toBe(1);
    expect(performance.now() - startedMs).toBeLessThan(500);
    await Promise.allSettled(answers.map((answer) => answer.text()));
    await until('the upstream calls to end', () => upstream.calls.every(({ isOpen }) => !isOpen));
  } finally {
    program.kill('SIGKILL');
    upstream.stop();
  }
});

/** Asks again and again with `width` callers until `isOver`; gives when each right answer came. */
async function load(width: number, isOver: () => boolean, ask: () => Promise<Response>) {
  const answered: number[] = [];
  const failed: string[] = [];
  const caller = async (): Promise<void> => {
    while (!isOver()) {
      try {
        const answer = await ask();
        const text = await answer.text();
        if (answer.status === 200) answered.push(performance.now());
        else failed.push(`${answer.status} ${text}`);
      } catch (thrown) {
        if (!isOver()) failed.push(String(thrown));
      }
    }
  };
  await Promise.all(Array.from({ length: width }, caller));
  return { answered, failed };
}

/** A batch waits for the one before it to be synced, which a busy disk may draw out. */
const SYNC_MS = 1000;

test.each([
  { name: '10 ms', usage: 'usage: { flushEvery: 10ms }', intervalMs: 10 },
  { name: 'the default, 250 ms', usage: '', intervalMs: 250 },
])('kill -9 under load loses no record older than the interval of writing: $name', async ({ usage, intervalMs }) => {
  const simulator = startSimulator({ port: 0 });
  const home = newHome();
  const text = `providers:\n  up: { type: simulator, baseUrl: "${simulator.url}" }\nmodels:\n  m: up/plain\n`;
  writeFileSync(home.configFile, `${text}${usage}\nkeys:\n${home.keys()}`);
  const program = await startProgram(home, { words: ['--no-simulator'] });
  const asked = (): number => simulator.stats().requests;
  let killedMs = Number.POSITIVE_INFINITY;
  const running = load(
    8,
    () => performance.now() >= killedMs,
    () => post(program.url, home.clientKey),
  );
  const firstMs = await until('the first call', () => asked() > 0 && performance.now());
  await until('two seconds of load', () => performance.now() - firstMs > 2000 + intervalMs);
  program.kill('SIGKILL');
  killedMs = performance.now();
  await program.exited;
  const { answered, failed } = await running;
  expect(failed).toEqual([]);
  const next = await startProgram(home, { words: ['--no-simulator'] });
  const reader = openUsageReader(join(home.dataFolder, 'plexus.db'));
  const count = reader.count();
  reader.close();
  // Records are written in the order in which requests end, so what is lost are the last ones.
  const oldestMs = Math.round(killedMs - (answered[count] ?? killedMs));
  console.info(
    `kill -9, records written every ${intervalMs} ms: the simulator counts ${asked()} requests, ${answered.length} were answered, ${count} are recorded; of the answered ${Math.max(0, answered.length - count)} are lost, the oldest ${oldestMs} ms before the end`,
  );
  expect(count).toBeGreaterThan(0);
  expect(oldestMs).toBeLessThan(intervalMs + SYNC_MS);
  expect(count).toBeLessThanOrEqual(asked());
  // Nothing but the calls that were open at the end is unanswered, one of each caller at most.
  expect(asked() - answered.length).toBeLessThanOrEqual(8);
  next.kill('SIGTERM');
  expect(await next.exited).toBe(0);
  await simulator.stop();
});

test('reloading under load fails no request; a bad edit keeps the last good one and shows on /health', async () => {
  const upstream = startUpstream((seat) => answering('the right answer')(seat, askedOf(seat)));
  const gateway = await openGateway(configFor(upstream.url));
  const health = async () => (await (await fetch(`${gateway.url}/health`)).json()) as { status: string };
  const knows = async (name: string) =>
    (await (await fetch(`${gateway.url}/v1/models`, { headers: { 'x-api-key': gateway.clientKey } })).text()).includes(
      `"${name}"`,
    );
  try {
    let isOver = false;
    const running = load(
      6,
      () => isOver,
      () => post(gateway.url, gateway.clientKey),
    );
    for (const round of [1, 2, 3]) {
      gateway.write(configFor(upstream.url, `  new-${round}: up/m\n`));
      await until(`reload ${round}`, () => knows(`new-${round}`));
      writeFileSync(gateway.configFile, 'providers: [broken');
      await until('the bad edit to show', async () => (await health()).status === 'degraded');
      expect(await knows(`new-${round}`)).toBe(true);
    }
    gateway.write(configFor(upstream.url));
    await until('the good edit to show', async () => (await health()).status === 'ok');
    isOver = true;
    const { answered, failed } = await running;
    expect(failed).toEqual([]);
    expect(answered.length).toBeGreaterThan(50);
    await gateway.records(answered.length);
    const reader = openUsageReader(join(gateway.dataFolder, 'plexus.db'));
    expect(reader.count()).toBe(answered.length);
    reader.close();
  } finally {
    await gateway.stop();
    upstream.stop();
  }
});

test('a key that a reload takes away is refused from then on, while its open stream ends in peace', async () => {
  const upstream = startPatientUpstream();
  const gateway = await openGateway(configFor(upstream.url, '  allowed: up/m\n'));
  try {
    const open = await gateway.ask(chat, 'allowed', { stream: true, key: gateway.narrowKey });
    expect(open.status).toBe(200);
    gateway.write(configFor(upstream.url, '  allowed: up/m\n  marker: up/m\n'), 'narrow');
    await until('the reload', async () => {
      const list = await fetch(`${gateway.url}/v1/models`, { headers: { 'x-api-key': gateway.clientKey } });
      return (await list.text()).includes('marker');
    });
    const refused = await gateway.ask(chat, 'allowed', { key: gateway.narrowKey });
    expect(refused.status).toBe(401);
    upstream.finish();
    expect(await open.text()).toContain('and the last');
  } finally {
    await gateway.stop();
    upstream.stop();
  }
});

test('a stop that must cut its open requests still writes their records', async () => {
  const upstream = startPatientUpstream();
  const gateway = await openGateway(configFor(upstream.url));
  homes.push(gateway);
  const answers = await Promise.all(Array.from({ length: 5 }, () => gateway.ask(chat, 'm', { stream: true })));
  await gateway.running.stop(50);
  await Promise.allSettled(answers.map((answer) => answer.text()));
  expect(recordsOf(gateway).map(({ outcome }) => outcome)).toEqual(Array.from({ length: 5 }, () => 'cancelled'));
  await until('the upstream calls to end', () => upstream.calls.every(({ isOpen }) => !isOpen));
  await gateway.stop();
  upstream.stop();
});
