import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { openGateway, type TestGateway } from './kit/gateway.ts';
import { askedOf, PLAYS, type Play } from './kit/plays.ts';
import { type Seat, startUpstream, type Upstream } from './kit/upstream.ts';
import { until } from './kit/wait.ts';
import { otherWire, WIRES, type Wire } from './kit/wires.ts';

/** From the client's close to the close that the provider sees. */
const ABORT_MS_MAX = 100;

const BUSY: Readonly<Record<string, Play>> = {
  'silent-before-head': () => undefined,
  'silent-after-head': (seat, asked) => PLAYS['head-then-silence']?.(seat, asked),
  'silent-after-opening': (seat, { wire }) => {
    seat.openStream();
    seat.write(wire.opening);
  },
  'silent-after-content': (seat, { wire }) => {
    seat.openStream();
    seat.write(wire.opening + wire.content('first words'));
  },
  talking: (seat, { wire }) => {
    seat.openStream();
    seat.write(wire.opening);
    const timer = setInterval(() => (seat.call.isOpen ? seat.write(wire.content('word ')) : clearInterval(timer)), 2);
  },
  'half-a-reply': (seat, { wire }) => {
    seat.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n');
    seat.write(wire.reply('half').slice(0, 40));
  },
  'half-an-error': (seat) => {
    seat.write('HTTP/1.1 500 X\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{"error"');
  },
  ...PLAYS,
};
const play = (seat: Seat): void => {
  const asked = askedOf(seat);
  BUSY[asked.model]?.(seat, asked);
};

let upstream: Upstream;
let gateway: TestGateway;
let asked = 0;
const unhandled: unknown[] = [];
const noteUnhandled = (reason: unknown) => void unhandled.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', noteUnhandled);
  process.on('uncaughtException', noteUnhandled);
  upstream = startUpstream(play);
  const providers = WIRES.map(
    ({ id }) => `  up-${id}: { type: simulator, formats: [${id}], baseUrl: "${upstream.url}" }\n`,
  );
  const names = Object.keys(BUSY);
  const models = WIRES.flatMap(({ id }) =>
    names.map((name) => `  ${name}-${id}: [up-${id}/${name}, up-${id}/right-answer]\n`),
  );
  gateway = await openGateway(`providers:\n${providers.join('')}models:\n${models.join('')}`);
});
afterAll(async () => {
  await gateway.stop();
  upstream.stop();
  process.off('unhandledRejection', noteUnhandled);
  process.off('uncaughtException', noteUnhandled);
});
beforeEach(() => upstream.forget());

/** A client that sends, reads what comes, and can leave at once. */
async function openClient(wire: Wire, model: string, { stream = true, cutBody = false } = {}) {
  const { hostname, port } = new URL(gateway.url);
  const body = JSON.stringify(wire.ask(model, stream));
  const received = { text: '' };
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data: (_socket, bytes) => {
        received.text += bytes.toString('utf8');
      },
      error: () => undefined,
    },
  });
  const head = [
    `POST ${wire.path(model, stream)} HTTP/1.1`,
    'host: localhost',
    `authorization: Bearer ${gateway.clientKey}`,
    `content-length: ${Buffer.byteLength(body)}`,
    '\r\n',
  ].join('\r\n');
  socket.write(head + (cutBody ? body.slice(0, 10) : body));
  asked += 1;
  return { received, leave: () => socket.terminate(), leaveInOrder: () => socket.end() };
}

const CASES = WIRES.flatMap((client) =>
  [client, otherWire(client)].map((target) => ({ name: `${client.id} to ${target.id}`, client, target })),
);
const WHEN = [
  { play: 'silent-before-head', stream: true },
  { play: 'silent-before-head', stream: false },
  { play: 'silent-after-head', stream: true },
  { play: 'silent-after-head', stream: false },
  { play: 'silent-after-opening', stream: true },
  { play: 'silent-after-content', stream: true, waitFor: 'first words' },
  { play: 'talking', stream: true, waitFor: 'word ' },
  { play: 'half-a-reply', stream: false },
  { play: 'half-an-error', stream: false },
] as const;

describe.each(WHEN.map((row) => ({ ...row, what: `${row.play}, ${row.stream ? 'streamed' : 'whole'}` })))(
  'a client that leaves an upstream that is $what, ends the call there at once:',
  (row) => {
    const { play: name, stream } = row;
    test.each(CASES)('$name', async ({ client, target }) => {
      const before = asked;
      const { received, leave } = await openClient(client, `${name}-${target.id}`, { stream });
      const call = await until('the call to arrive', () => upstream.calls[0]);
      if ('waitFor' in row) await until('content', () => received.text.includes(row.waitFor));
      // The head of the reply is on its way when the play has run; give it the turn that it needs.
      else await Bun.sleep(5);
      const leftMs = performance.now();
      leave();
      const closedMs = await until('the upstream to see the close', () => call.closedByPeerMs);
      expect(closedMs - leftMs).toBeLessThan(ABORT_MS_MAX);
      const record = (await gateway.records(before + 1)).at(-1);
      expect(record).toMatchObject({ outcome: 'cancelled', status: 499 });
      expect(record?.attempts.map(({ outcome }) => outcome)).toEqual(['client_gone']);
      if (target.id === 'anthropic-messages' && 'waitFor' in row) expect(record?.usage.inputTokens).toBe(3);
      expect(upstream.calls.length).toBe(1);
    });
  },
);

test.each(WIRES)('a $id client that leaves while it sends its body reaches no upstream', async (wire) => {
  const before = asked;
  const { leave } = await openClient(wire, `right-answer-${wire.id}`, { cutBody: true });
  await until('the request to be open', async () => (await gateway.openRequests()) === 1);
  leave();
  const record = (await gateway.records(before + 1)).at(-1);
  expect(record).toMatchObject({ outcome: 'cancelled', status: 499, attempts: [] });
  expect(upstream.calls.length).toBe(0);
});

test('a client that closes its side in order counts as gone as well', async () => {
  const [chat] = WIRES;
  if (chat === undefined) throw new Error('there are no wires');
  const { leaveInOrder } = await openClient(chat, 'silent-before-head-openai-chat');
  const call = await until('the call to arrive', () => upstream.calls[0]);
  leaveInOrder();
  await until('the upstream to see the close', () => call.closedByPeerMs);
});

test('two hundred clients that leave at once leave nothing open and drop no promise', async () => {
  const before = asked;
  const clients = await Promise.all(
    Array.from({ length: 200 }, (_, at) => {
      const { client, target } = CASES[at % CASES.length] ?? { client: undefined, target: undefined };
      if (client === undefined) throw new Error('there are no cases');
      return openClient(client, `talking-${target.id}`);
    }),
  );
  await until('all calls to arrive', () => upstream.calls.length === 200);
  for (const { leave } of clients) leave();
  await until('all calls to end', () => upstream.calls.every(({ isOpen }) => !isOpen));
  await until('all requests to end', async () => (await gateway.openRequests()) === 0);
  const records = (await gateway.records(before + 200)).slice(before);
  expect(records.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 200 }, () => 'cancelled'));
  expect(unhandled).toEqual([]);
});
