import { deepEqual, doesNotMatch, equal, ok } from 'node:assert/strict';
import type { Cell, Scenario } from '../cell.ts';
import type { Failure, Wish } from '../contract.ts';
import { asking } from './speech.ts';

const RETRY_S = 7;
const ABORT_MS_MAX = 100;

/** The status that a client sees for each that a provider gives: faults of our own account are not the client's. */
const STATUSES: Readonly<Record<number, number>> = {
  400: 400,
  401: 502,
  402: 502,
  403: 502,
  404: 404,
  408: 504,
  413: 413,
  422: 422,
  429: 429,
  500: 502,
  502: 502,
  503: 503,
  504: 504,
  529: 503,
};

/** What a vendor tells the operator about key and account is not for clients. */
const PRIVATE = /platform\.openai\.com|x-api-key|OAuth|bad-key|API key|Plans & Billing/;
const PRIVATE_STATUSES = ['401', '402', '403'];

/** An overload has a status of its own in the Messages API. */
const OVERLOADED = 503;
const statusFor = ({ client }: Cell, status: number): number =>
  status === OVERLOADED && client.format === 'anthropic-messages' ? 529 : status;

async function failing(cell: Cell, simulated: string, wish: Partial<Wish> = {}): Promise<Failure> {
  const thrown = await cell.client
    .ask({ turns: asking('Hello'), ...wish, model: cell.modelName(simulated) }, cell.mode)
    .then(
      () => undefined,
      (caught: unknown) => caught,
    );
  ok(thrown !== undefined, 'the SDK throws');
  return cell.client.failureOf(thrown);
}

async function failsWith(cell: Cell, simulated: string, wanted: number): Promise<Failure> {
  const status = statusFor(cell, wanted);
  const failure = await failing(cell, simulated);
  deepEqual(
    { status: failure.status, kind: failure.kind },
    { status, kind: cell.client.errorKind(status) },
    failure.message,
  );
  ok(failure.message.length > 5, failure.message);
  return failure;
}

const refusals: readonly Scenario[] = Object.entries(STATUSES).map(([given, wanted]) => ({
  name: `provider status ${given}`,
  about: `Becomes ${wanted} with the error class that the SDK has for it.`,
  modes: ['unary', 'stream'],
  run: async (cell) => {
    const waits = given === '429' || given === '503' || given === '529';
    const failure = await failsWith(cell, waits ? `status-${given}:retry=${RETRY_S}` : `status-${given}`, wanted);
    if (PRIVATE_STATUSES.includes(given)) doesNotMatch(failure.message, PRIVATE);
    if (waits) equal(failure.retryAfterS, RETRY_S);
    equal(cell.world.simulator.stats().requests, 1);
  },
}));

/** Waits until the simulator has seen a client leave; tells how long after `sinceMs` that was. */
async function abortSeen({ world }: Cell, sinceMs: number): Promise<number> {
  while (Date.now() - sinceMs < 10 * ABORT_MS_MAX) {
    const [abort] = world.simulator.stats().aborts;
    if (abort !== undefined) return abort.seenAtMs - sinceMs;
    await Bun.sleep(1);
  }
  return Number.POSITIVE_INFINITY;
}

/** Resolves when the upstream works on the request. */
async function arrived({ world }: Cell): Promise<void> {
  while (world.simulator.stats().openRequests === 0) await Bun.sleep(1);
}

async function leaves(cell: Cell, simulated: string, ready: (wish: { onDelta: () => void }) => Promise<void>) {
  const leaving = new AbortController();
  const first = Promise.withResolvers<void>();
  const asked = cell.client
    .ask(
      {
        model: cell.modelName(simulated),
        turns: asking('Hello'),
        signal: leaving.signal,
        onDelta: () => first.resolve(),
      },
      cell.mode,
    )
    .then(
      () => 'answered',
      () => 'threw',
    );
  await ready({ onDelta: () => first.resolve() });
  if (simulated === 'stall') await first.promise;
  const sinceMs = Date.now();
  leaving.abort();
  const tookMs = await abortSeen(cell, sinceMs);
  ok(tookMs <= ABORT_MS_MAX, `the upstream saw it after ${tookMs} ms`);
  equal(await asked, 'threw');
  equal(cell.world.simulator.stats().openRequests, 0);
}

export const FAILURES: readonly Scenario[] = [
  ...refusals,
  {
    name: 'error in a 200 before content',
    about: 'An error with status 200 becomes the status it should have had.',
    modes: ['unary', 'stream'],
    run: async (cell) => {
      await failsWith(cell, 'error-200', 503);
    },
  },
  {
    name: 'error in mid-stream',
    about: 'The SDK throws, with the words of the failure.',
    modes: ['stream'],
    run: async (cell) => {
      const { message } = await failing(cell, 'error-mid');
      ok(/overload/i.test(message), message);
    },
  },
  {
    name: 'cut connection',
    about: 'Half an answer is never passed off as a whole one.',
    modes: ['unary', 'stream'],
    run: async (cell) => {
      if (cell.mode === 'unary') await failsWith(cell, 'cut', 502);
      else await failing(cell, 'cut');
    },
  },
  {
    name: 'end without a finish',
    about: 'A stream that ends cleanly without its end marker is an error.',
    modes: ['stream'],
    run: async (cell) => {
      await failing(cell, 'cut-clean');
    },
  },
  {
    name: 'web page with status 200',
    about: 'Something that is no API becomes a plain 502.',
    modes: ['unary', 'stream'],
    run: async (cell) => {
      const { message } = await failsWith(cell, 'garbage', 502);
      doesNotMatch(message, /<html/i);
    },
  },
  {
    name: 'client leaves before the first byte',
    about: 'The upstream sees it within 100 ms.',
    modes: ['unary', 'stream'],
    run: (cell) => leaves(cell, 'hang', () => arrived(cell)),
  },
  {
    name: 'client leaves in mid-stream',
    about: 'The upstream sees it within 100 ms.',
    modes: ['stream'],
    run: (cell) => leaves(cell, 'stall', () => arrived(cell)),
  },
];
