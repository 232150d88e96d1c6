import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { openGateway, type TestGateway } from './kit/gateway.ts';
import { CALLER_FAULTS, EARLY_FAULTS, LATE_FAULTS, playByModel } from './kit/plays.ts';
import { startUpstream, type Upstream } from './kit/upstream.ts';
import { until, within } from './kit/wait.ts';
import { otherWire, WIRES, type Wire } from './kit/wires.ts';

const LIMITS = `
limits:
  firstByteTimeout: 100ms
  unaryTimeout: 100ms
  firstContentTimeout: 100ms
  keepAlive: 10s
  stallTimeout: 100ms
  attemptTimeout: 30s
  attempts: 3
`;

/** Faults of the network that need an address of their own in place of a play. */
const NETWORK_FAULTS = ['refused', 'no-such-name', 'no-tls'] as const;

let bad: Upstream;
let good: Upstream;
let gateway: TestGateway;
const unhandled: unknown[] = [];
const noteUnhandled = (reason: unknown) => void unhandled.push(reason);
let asked = 0;

function configOf(closedPort: number): string {
  const providers: string[] = [];
  const models: string[] = [];
  for (const { id } of WIRES) {
    const entry = (name: string, url: string) =>
      providers.push(
        `  ${name}-${id}: { type: simulator, formats: [${id}], baseUrl: "${url}", apiKey: secret-of-${name} }`,
      );
    entry('bad', bad.url);
    entry('good', good.url);
    entry('refused', `http://127.0.0.1:${closedPort}`);
    entry('no-such-name', 'http://no-such-host.invalid');
    entry('no-tls', `https://127.0.0.1:${good.port}`);
    const right = `good-${id}/right-answer`;
    for (const name of NETWORK_FAULTS) models.push(`  ${name}-${id}: [${name}-${id}/any, ${right}]`);
    for (const name of Object.keys({ ...EARLY_FAULTS, ...LATE_FAULTS, ...CALLER_FAULTS })) {
      models.push(`  ${name}-${id}: [bad-${id}/${name}, ${right}]`);
    }
    models.push(
      `  four-failures-${id}: [bad-${id}/status-500, bad-${id}/status-502, bad-${id}/status-503, ${right}]`,
      `  only-failure-${id}: [bad-${id}/status-500]`,
      `  only-limit-${id}: [bad-${id}/status-429]`,
    );
  }
  return `providers:\n${providers.join('\n')}\nmodels:\n${models.join('\n')}\n${LIMITS}`;
}

beforeAll(async () => {
  process.on('unhandledRejection', noteUnhandled);
  process.on('uncaughtException', noteUnhandled);
  bad = startUpstream(playByModel);
  good = startUpstream(playByModel);
  const closed = startUpstream(() => undefined);
  closed.stop();
  gateway = await openGateway(configOf(closed.port));
});
afterAll(async () => {
  await gateway.stop();
  bad.stop();
  good.stop();
  process.off('unhandledRejection', noteUnhandled);
  process.off('uncaughtException', noteUnhandled);
});
beforeEach(() => {
  bad.forget();
  good.forget();
});

async function ask(wire: Wire, model: string, stream: boolean) {
  asked += 1;
  const answer = await within(`an answer of ${model}`, gateway.ask(wire, model, { stream }));
  return { status: answer.status, headers: answer.headers, text: await within('the body', answer.text()) };
}

/** Client and target for each lane, unary and streamed. */
const CASES = WIRES.flatMap((client) =>
  [client, otherWire(client)].flatMap((target) =>
    [false, true].map((stream) => ({
      lane: client === target ? 'lossless' : 'translate',
      name: `${client.id} to ${target.id}, ${stream ? 'streamed' : 'whole'}`,
      client,
      target,
      stream,
    })),
  ),
);

describe.each([...NETWORK_FAULTS, ...Object.keys(EARLY_FAULTS)])('after %s the next target answers', (fault) => {
  test.each(CASES)('$name', async ({ client, target, stream }) => {
    const { status, headers, text } = await ask(client, `${fault}-${target.id}`, stream);
    expect({ status, text }).toEqual({ status: 200, text: expect.stringContaining('the right answer') });
    expect(client.endsWithError(text)).toBe(false);
    expect(headers.get('x-plexus-attempts')).toBe('2');
    expect(headers.get('x-plexus-target')).toBe(`good-${target.id}/right-answer`);
    expect(good.calls.length).toBe(1);
    if (!NETWORK_FAULTS.some((name) => name === fault)) expect(bad.calls.length).toBe(1);
  });
});

describe.each(Object.keys(LATE_FAULTS))('after content, %s ends the answer in the words of the client', (fault) => {
  test.each(CASES.filter(({ stream }) => stream))('$name', async ({ client, target }) => {
    const { status, text } = await ask(client, `${fault}-${target.id}`, true);
    expect(status).toBe(200);
    expect(text).toContain('first words');
    expect(text).not.toContain('the right answer');
    expect({ ends: client.endsWithError(text), text }).toEqual({ ends: true, text });
    expect({ bad: bad.calls.length, good: good.calls.length }).toEqual({ bad: 1, good: 0 });
  });
});

describe.each(Object.keys(CALLER_FAULTS))('%s is the fault of the caller: one call, no other target', (fault) => {
  const isAddress = ({ target }: (typeof CASES)[number]) => fault === 'status-404' && target.id === 'openai-chat';
  test.each(CASES.filter((one) => !isAddress(one)))('$name', async ({ lane, client, target, stream }) => {
    const { status, text } = await ask(client, `${fault}-${target.id}`, stream);
    expect({ bad: bad.calls.length, good: good.calls.length }).toEqual({ bad: 1, good: 0 });
    const wanted = Number(fault.slice('status-'.length));
    if (lane === 'lossless') {
      expect({ status, text }).toEqual({ status: wanted, text: client.failureBody(wanted, `refused with ${wanted}`) });
      return;
    }
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(client.errorOf(JSON.parse(text))?.message).toContain(`refused with ${wanted}`);
  });
});

describe('a bare 404 of a Chat server means that its address is wrong, so the next target answers', () => {
  test.each(CASES.filter(({ target }) => target.id === 'openai-chat'))('$name', async ({ client, target, stream }) => {
    const { status } = await ask(client, `status-404-${target.id}`, stream);
    expect({ status, bad: bad.calls.length, good: good.calls.length }).toEqual({ status: 200, bad: 1, good: 1 });
  });
});

describe('the number of attempts', () => {
  test.each(CASES)(
    'ends at the limit, although a fourth target would answer: $name',
    async ({ client, target, stream }) => {
      const { status, text } = await ask(client, `four-failures-${target.id}`, stream);
      expect({ bad: bad.calls.length, good: good.calls.length }).toEqual({ bad: 3, good: 0 });
      expect(status).toBeGreaterThanOrEqual(500);
      expect(client.errorOf(JSON.parse(text))?.message).toBeString();
    },
  );

  test.each(CASES)('is one where the only target fails: $name', async ({ client, target, stream }) => {
    const { status, text } = await ask(client, `only-failure-${target.id}`, stream);
    expect(bad.calls.length).toBe(1);
    expect(status).toBeGreaterThanOrEqual(500);
    expect(client.errorOf(JSON.parse(text))?.message).toBeString();
  });

  test.each(CASES)('a limit of the only target stays a limit: $name', async ({ client, target, stream }) => {
    const { status, text } = await ask(client, `only-limit-${target.id}`, stream);
    expect(status).toBe(429);
    expect(client.errorOf(JSON.parse(text))?.message).toBeString();
  });
});

test('every request left one record, no request stays open, and no promise was dropped', async () => {
  const records = await gateway.records(asked);
  expect(records.length).toBe(asked);
  expect(new Set(records.map(({ id }) => id)).size).toBe(asked);
  const failed = records.filter(({ model }) => Object.keys(LATE_FAULTS).some((name) => model.startsWith(name)));
  expect(failed.length).toBeGreaterThan(0);
  expect(failed.filter(({ outcome }) => outcome === 'ok')).toEqual([]);
  await until('all requests to end', async () => (await gateway.openRequests()) === 0);
  await until('all connections to end', () => [...bad.calls, ...good.calls].every(({ isOpen }) => !isOpen));
  expect(unhandled).toEqual([]);
});
