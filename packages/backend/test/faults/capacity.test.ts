import { expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { openUsageReader } from '../../src/db/usage-reader.ts';
import { checkLaunch } from '../../src/launch-check.ts';
import { type Home, makeHome } from './kit/gateway.ts';
import { startProgram } from './kit/program.ts';
import { startUpstream } from './kit/upstream.ts';
import { until } from './kit/wait.ts';
import { WIRES, type Wire } from './kit/wires.ts';

setDefaultTimeout(60_000);

const MEBIBYTE = 1024 * 1024;
const [chat, , messages] = WIRES as [Wire, Wire, Wire, Wire];

/** A client on a bare socket, because the number of calls of this process is bounded as well. */
async function connect(url: string, home: Home, wire: Wire) {
  const { hostname, port } = new URL(url);
  const body = JSON.stringify(wire.ask('m', true));
  const received = { bytes: 0, head: '' };
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data: (_socket, bytes) => {
        if (received.bytes === 0) received.head = bytes.toString('latin1', 0, 12);
        received.bytes += bytes.length;
      },
      error: () => undefined,
    },
  });
  const head = `POST ${wire.path('m', true)} HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${home.clientKey}\r\n`;
  socket.write(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  return { socket, received };
}

const configFor = (url: string, more = ''): string =>
  `providers:\n  up: { type: simulator, formats: [openai-chat], baseUrl: "${url}" }\nmodels:\n  m: up/m\n${more}`;

test('six hundred calls at once all reach the upstream within a second', async () => {
  const upstream = startUpstream(() => undefined);
  const home = makeHome();
  home.write(configFor(upstream.url));
  const program = await startProgram(home);
  try {
    const startedMs = performance.now();
    const clients = await Promise.all(Array.from({ length: 600 }, () => connect(program.url, home, chat)));
    await until('600 calls', () => upstream.calls.length === 600, 3000);
    const lastMs = Math.max(...upstream.calls.map((call) => call.startedMs));
    console.info(`600 calls reached the upstream in ${Math.round(lastMs - startedMs)} ms`);
    expect(lastMs - startedMs).toBeLessThan(1000);
    for (const { socket } of clients) socket.terminate();
    await until('all of them to end', () => upstream.calls.every(({ isOpen }) => !isOpen));
  } finally {
    program.kill('SIGKILL');
    await program.exited;
    upstream.stop();
    home.remove();
  }
});

test.each([undefined, '', '256', 'many', '1023'])('a launch environment that says %j is refused', (value) => {
  const shown = value === undefined ? checkLaunch.bind(undefined, '') : checkLaunch.bind(undefined, value);
  expect(shown).toThrow('BUN_CONFIG_MAX_HTTP_REQUESTS');
});

/** An upstream with `total` bytes of events, given as they are taken. */
function startFirehose(total: number) {
  const event = chat.content('x'.repeat(16_000));
  const bytes = new TextEncoder().encode(event);
  const state = { given: 0, isCancelled: false };
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    fetch: () =>
      new Response(
        new ReadableStream<Uint8Array>({
          pull: (controller) => {
            if (state.given === 0) controller.enqueue(new TextEncoder().encode(chat.opening));
            controller.enqueue(bytes);
            state.given += bytes.length;
            if (state.given >= total) controller.close();
          },
          cancel: () => {
            state.isCancelled = true;
          },
        }),
        { headers: { 'content-type': 'text/event-stream' } },
      ),
  });
  return { url: `http://127.0.0.1:${server.port}`, state, stop: () => server.stop(true) };
}

test.each([
  { lane: 'lossless', wire: chat },
  { lane: 'translate', wire: messages },
])('a client that stops reading costs little memory and is let go, $lane', async ({ wire }) => {
  const hose = startFirehose(200 * MEBIBYTE);
  const home = makeHome();
  home.write(configFor(hose.url, 'limits: { clientStallTimeout: 2s }'));
  const program = await startProgram(home);
  try {
    const before = program.memory();
    const { socket, received } = await connect(program.url, home, wire);
    await until('the first bytes', () => received.bytes > 0);
    socket.pause();
    let peak = 0;
    await until(
      'the upstream to be let go',
      () => {
        peak = Math.max(peak, program.memory());
        return hose.state.isCancelled;
      },
      15_000,
    );
    const grown = (peak - before) / MEBIBYTE;
    console.info(
      `a stalled reader: ${(hose.state.given / MEBIBYTE).toFixed(0)} MiB taken, ${grown.toFixed(0)} MiB grown`,
    );
    expect(grown).toBeLessThan(64);
    expect(hose.state.given).toBeLessThan(64 * MEBIBYTE);
    const reader = openUsageReader(join(home.dataFolder, 'plexus.db'));
    await until('the record', () => reader.count() === 1);
    expect(reader.list({ limit: 1 })[0]).toMatchObject({ outcome: 'client_stalled', status: 499 });
    reader.close();
    const health = (await (await fetch(`${program.url}/health`)).json()) as { openRequests: number };
    expect(health.openRequests).toBe(0);
    socket.terminate();
  } finally {
    program.kill('SIGKILL');
    await program.exited;
    await hose.stop();
    home.remove();
  }
});

test('a client that reads slowly gets every byte', async () => {
  const total = 8 * MEBIBYTE;
  const hose = startFirehose(total);
  const home = makeHome();
  home.write(configFor(hose.url, 'limits: { clientStallTimeout: 2s }'));
  const program = await startProgram(home);
  try {
    const answer = await fetch(`${program.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'x-api-key': home.clientKey },
      body: JSON.stringify(chat.ask('m', true)),
    });
    let size = 0;
    for await (const chunk of answer.body ?? []) {
      size += chunk.length;
      await Bun.sleep(1);
    }
    expect(size).toBeGreaterThan(total);
  } finally {
    program.kill('SIGKILL');
    await program.exited;
    await hose.stop();
    home.remove();
  }
});
