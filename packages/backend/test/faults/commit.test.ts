import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { openGateway, type TestGateway } from './kit/gateway.ts';
import { askedOf, PLAYS, type Play } from './kit/plays.ts';
import { type Seat, startUpstream, type Upstream } from './kit/upstream.ts';
import { until, within } from './kit/wait.ts';
import { otherWire, WIRES, type Wire } from './kit/wires.ts';

/** Seats whose story the test tells on. */
const waiting: Seat[] = [];

const SLOW: Readonly<Record<string, Play>> = {
  'opens-and-waits': (seat, { wire }) => {
    seat.openStream();
    seat.write(wire.opening);
    waiting.push(seat);
  },
  ...PLAYS,
};

let upstream: Upstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = startUpstream((seat) => {
    const asked = askedOf(seat);
    SLOW[asked.model]?.(seat, asked);
  });
  const providers = WIRES.map(
    ({ id }) => `  up-${id}: { type: simulator, formats: [${id}], baseUrl: "${upstream.url}" }\n`,
  );
  const models = WIRES.flatMap(({ id }) =>
    Object.keys(SLOW).map((name) => `  ${name}-${id}: [up-${id}/${name}, up-${id}/right-answer]\n`),
  );
  gateway = await openGateway(
    `providers:\n${providers.join('')}models:\n${models.join('')}
limits: { keepAlive: 60ms, firstContentTimeout: 250ms, stallTimeout: 250ms, openRequests: 3 }`,
  );
});
afterAll(async () => {
  await gateway.stop();
  upstream.stop();
});
beforeEach(() => {
  upstream.forget();
  waiting.length = 0;
});

const CASES = WIRES.flatMap((client) =>
  [client, otherWire(client)].map((target) => ({ name: `${client.id} to ${target.id}`, client, target })),
);

/** Opens a stream whose upstream stays silent until the gateway has shown a sign of life. */
async function openQuiet(client: Wire, target: Wire) {
  const answer = await within('the head', gateway.ask(client, `opens-and-waits-${target.id}`, { stream: true }));
  expect(answer.status).toBe(200);
  const seat = waiting[0];
  if (seat === undefined) throw new Error('the upstream was not called');
  const text = answer.text();
  return { seat, text: () => within('the end of the stream', text) };
}

describe('a stream that was kept alive without content belongs to its target:', () => {
  test.each(CASES)('an answer goes on, $name', async ({ client, target }) => {
    const { seat, text } = await openQuiet(client, target);
    seat.write(target.content('the late answer') + target.ending);
    seat.end();
    const whole = await text();
    expect(whole).toContain('the late answer');
    expect({ whole, ends: client.endsWithError(whole) }).toEqual({ whole, ends: false });
  });

  test.each(CASES)('a failure is an event in the words of the client, $name', async ({ client, target }) => {
    const { seat, text } = await openQuiet(client, target);
    seat.write(target.failure);
    seat.end();
    const whole = await text();
    expect({ whole, ends: client.endsWithError(whole) }).toEqual({ whole, ends: true });
    expect(upstream.calls.length).toBe(1);
  });

  test.each(CASES)('a broken connection likewise, $name', async ({ client, target }) => {
    const { seat, text } = await openQuiet(client, target);
    seat.reset();
    const whole = await text();
    expect({ whole, ends: client.endsWithError(whole) }).toEqual({ whole, ends: true });
    expect(upstream.calls.length).toBe(1);
  });

  test.each(CASES)('a silence without end likewise, and the upstream is let go, $name', async ({ client, target }) => {
    const { seat, text } = await openQuiet(client, target);
    const whole = await text();
    // Google's own SDK stumbles over a comment, so its clients get blank lines.
    expect(whole).toContain(client.id === 'gemini' ? '\r\n\r\n' : ': keep-alive');
    expect({ whole, ends: client.endsWithError(whole) }).toEqual({ whole, ends: true });
    await until('the close', () => seat.call.closedByPeerMs);
    expect(upstream.calls.length).toBe(1);
  });
});

describe('a Gemini stream as one JSON array stays JSON after', () => {
  test.each(
    WIRES.flatMap((target) =>
      ['right-answer', 'late-error', 'late-reset', 'late-stall', 'late-clean-cut'].map((play) => ({
        name: `${play} of ${target.id}`,
        model: `${play}-${target.id}`,
        fails: play !== 'right-answer',
      })),
    ),
  )('$name', async ({ model, fails }) => {
    const answer = await fetch(`${gateway.url}/v1beta/models/${model}:streamGenerateContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': gateway.clientKey },
      body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'hello' }] }] }),
    });
    const text = await within('the array', answer.text());
    const elements = JSON.parse(text) as { error?: { code: number } }[];
    expect(elements.length).toBeGreaterThan(0);
    expect(elements.at(-1)?.error === undefined).toBe(!fails);
  });
});

test.each(WIRES)('more open requests than allowed are refused in the words of $id, and only those', async (wire) => {
  await until('all requests to end', async () => (await gateway.openRequests()) === 0);
  const open = await Promise.all([1, 2, 3].map(() => openQuiet(wire, wire)));
  const refused = await gateway.ask(wire, `right-answer-${wire.id}`);
  expect(refused.status).toBe(wire.id === 'anthropic-messages' ? 529 : 503);
  expect(refused.headers.get('retry-after')).not.toBeNull();
  expect(wire.errorOf(await refused.json())?.message).toContain('too many open requests');
  for (const seat of waiting) {
    seat.write(wire.content('done') + wire.ending);
    seat.end();
  }
  for (const { text } of open) expect(await text()).toContain('done');
  await until('all requests to end', async () => (await gateway.openRequests()) === 0);
  const next = await gateway.ask(wire, `right-answer-${wire.id}`);
  expect(next.status).toBe(200);
  await next.text();
});

describe('the time of a whole request bounds the attempt that runs:', () => {
  const talking: Play = (seat, { wire }) => {
    seat.openStream();
    seat.write(wire.opening);
    const timer = setInterval(() => (seat.call.isOpen ? seat.write(wire.content('word ')) : clearInterval(timer)), 20);
  };
  test.each([
    { name: 'a silence', play: 'never-answers', stream: false },
    { name: 'an endless stream', play: 'talks', stream: true },
  ])('$name', async ({ play, stream }) => {
    const wire = WIRES[0];
    if (wire === undefined) throw new Error('there are no wires');
    const slow = startUpstream((seat) => {
      const asked = askedOf(seat);
      (asked.model === 'talks' ? talking : PLAYS[asked.model])?.(seat, asked);
    });
    const bounded = await openGateway(
      `providers:\n  up: { type: simulator, formats: [openai-chat], baseUrl: "${slow.url}" }
models:\n  m: [up/${play}, up/right-answer]\nlimits: { requestTimeout: 200ms }`,
    );
    try {
      const answer = await within('the answer', bounded.ask(wire, 'm', { stream }), 3000);
      const text = await within('the end', answer.text(), 3000);
      expect(answer.status).toBe(stream ? 200 : 504);
      expect(stream ? wire.endsWithError(text) : wire.errorOf(JSON.parse(text))?.message !== undefined).toBe(true);
      expect(slow.calls.length).toBe(1);
      expect((await bounded.records(1))[0]?.outcome).toBe('upstream_timeout');
    } finally {
      await bounded.stop();
      slow.stop();
    }
  });
});
