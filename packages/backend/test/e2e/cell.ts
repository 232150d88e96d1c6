import { deepEqual, equal, ok } from 'node:assert/strict';
import type { SeenRequest } from '../../src/simulator/index.ts';
import type { FormatId } from '../../src/types/format-id.ts';
import type { JsonObject } from '../../src/types/json.ts';
import { clientsOf } from './clients/index.ts';
import type { Client, Mode, Told, Wish } from './contract.ts';
import { type HonestLoss, lossOf } from './honest-losses.ts';
import type { World } from './world.ts';

/** One client, one upstream, one way of asking, for one scenario. */
export interface Cell {
  readonly client: Client;
  readonly upstream: FormatId;
  readonly mode: Mode;
  readonly world: World;
  /** What this cell cannot keep, if anything. */
  readonly loss: HonestLoss | undefined;
  /** Asks the simulated model and checks that the upstream was asked once, in its own API. */
  ask(simulated: string, wish: Omit<Wish, 'model'>): Promise<Told>;
  /** The model name under which the client reaches a simulated model. */
  modelName(simulated: string): string;
  /** The body of the last request that the upstream got. */
  seen(): JsonObject;
}

export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly modes: readonly Mode[];
  run(cell: Cell): Promise<void>;
}

const PATHS: Readonly<Record<FormatId, RegExp>> = {
  'openai-chat': /^\/v1\/chat\/completions$/,
  'openai-responses': /^\/v1\/responses$/,
  'anthropic-messages': /^\/v1\/messages$/,
  gemini: /^\/v1beta\/models\/[^/]+:(generateContent|streamGenerateContent\?alt=sse)$/,
};

/** The end of one cell: whether all held, and how many losses the gateway told. */
export interface CellResult {
  readonly scenario: string;
  readonly client: string;
  readonly clientFormat: FormatId;
  readonly upstream: FormatId;
  readonly mode: Mode;
  readonly loss: HonestLoss | undefined;
  /** Why the cell failed. */
  readonly failure: string | undefined;
}

const CELL_MS_MAX = 10_000;

/** A cell that hangs fails by itself, so that the grid comes to an end. */
async function inTime(playing: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no end within ${CELL_MS_MAX} ms`)), CELL_MS_MAX);
  try {
    await Promise.race([playing, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function played(scenario: Scenario, cell: Cell): Promise<void> {
  if (cell.loss?.kind === 'refused') return isRefused(scenario, cell, cell.loss);
  if (cell.loss?.kind === 'passed') return isPassed(scenario, cell);
  return scenario.run(cell);
}

export type Place = Pick<Cell, 'client' | 'upstream' | 'mode' | 'world'>;

/** What one cell says of itself. */
export function resultOf({ name }: Scenario, place: Place, failure: string | undefined): CellResult {
  const { client, upstream, mode } = place;
  const loss = lossOf(name, client, upstream, mode);
  return { scenario: name, client: client.id, clientFormat: client.format, upstream, mode, loss, failure };
}

/** Runs one scenario in one direction and holds it against the table of honest losses. Never throws. */
export async function runCell(scenario: Scenario, place: Place): Promise<CellResult> {
  const { client, upstream, mode, world } = place;
  const loss = lossOf(scenario.name, client, upstream, mode);
  const told = { losses: 0 };
  const cell: Cell = { ...place, loss, ...questions(place, told) };
  world.simulator.reset();
  let failure: string | undefined;
  try {
    await inTime(played(scenario, cell));
    if (loss?.kind === 'told') ok(told.losses > 0, 'x-plexus-losses should tell the loss');
    else if (loss === undefined) equal(told.losses, 0, 'nothing should be lost here');
  } catch (thrown) {
    failure = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(JSON.stringify(thrown));
  }
  return resultOf(scenario, place, failure);
}

function questions({ client, upstream, mode, world }: Place, told: { losses: number }) {
  const modelName = (simulated: string): string => `direct/${upstream}/${simulated}`;
  const last = (): SeenRequest | undefined => world.simulator.stats().recent.at(-1);
  return {
    modelName,
    seen: () => JSON.parse(last()?.body ?? '{}') as JsonObject,
    ask: async (simulated: string, wish: Omit<Wish, 'model'>): Promise<Told> => {
      const before = world.simulator.stats().requests;
      const answer = await client.ask({ ...wish, model: modelName(simulated) }, mode);
      equal(world.simulator.stats().requests - before, 1, 'the upstream is asked once');
      ok(PATHS[upstream].test(last()?.path ?? ''), `the upstream is asked in its own API, not at ${last()?.path}`);
      equal(answer.headers.get('x-plexus-target'), `${upstream}/${simulated}`);
      told.losses += Number(answer.headers.get('x-plexus-losses') ?? 0);
      return answer;
    },
  };
}

/** The client fails in the same way when it asks the provider without a gateway. */
async function isPassed(scenario: Scenario, cell: Cell): Promise<void> {
  const { simulator } = cell.world;
  const here = await failureOf(scenario, cell);
  const world = { ...cell.world, url: simulator.url };
  const client = clientsOf(world).find(({ id }) => id === cell.client.id) ?? cell.client;
  const ask = (simulated: string, wish: Omit<Wish, 'model'>) => client.ask({ ...wish, model: simulated }, cell.mode);
  const there = await failureOf(scenario, { ...cell, client, world, ask, modelName: (simulated) => simulated });
  ok(here !== undefined, 'this is kept, so its row in the table is stale');
  equal(here, there);
}

/** Class and message of what a scenario throws, without the ids that differ from answer to answer. */
async function failureOf(scenario: Scenario, cell: Cell): Promise<string | undefined> {
  const thrown = await scenario.run(cell).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message.slice(0, 60)}` : undefined;
}

async function isRefused(scenario: Scenario, cell: Cell, { says }: HonestLoss): Promise<void> {
  const thrown = await scenario.run(cell).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  ok(thrown !== undefined, 'a clear refusal is wanted');
  const { status, message, kind } = cell.client.failureOf(thrown);
  deepEqual({ status, kind }, { status: 400, kind: cell.client.errorKind(400) }, message);
  ok(says === undefined || says.test(message), `the refusal should say ${says}: ${message}`);
  equal(cell.world.simulator.stats().requests, 0, 'a refused request reaches no provider');
}
