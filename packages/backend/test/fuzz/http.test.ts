import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningGateway, startGateway } from '../../src/gateway.ts';
import { generateKey, hashKey, loadPepper } from '../../src/services/access/index.ts';
import { type Simulator, startSimulator } from '../../src/simulator/index.ts';
import { FORMAT_IDS, type FormatId } from '../../src/types/format-id.ts';
import type { Json } from '../../src/types/json.ts';
import { createLogger } from '../../src/utils/logger.ts';
import { formatOf } from '../recorded/lane.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateJson } from './mutate-json.ts';
import { createRandom, type Random } from './random.ts';
import { REQUESTS } from './request-samples.ts';

const isLong = process.env['PLEXUS_FUZZ'] === 'long';
const seed = Number(process.env['PLEXUS_FUZZ_SEED'] ?? 1);
const CASES = isLong ? 2000 : 150;
const AT_ONCE = 8;
/** A request that is not answered by then hangs. */
const ANSWER_MS = 20_000;
const SCENARIOS = ['plain', 'thinking', 'tool'];

let gateway: RunningGateway;
let simulator: Simulator;
let folder: string;
let key: string;
const unhandled: unknown[] = [];
const noteUnhandled = (reason: unknown) => void unhandled.push(reason);

/** A simulator behind each API, so that every dialect meets its own lane and three translations. */
beforeAll(async () => {
  process.on('unhandledRejection', noteUnhandled);
  process.on('uncaughtException', noteUnhandled);
  folder = mkdtempSync(join(tmpdir(), 'plexus-fuzz-'));
  simulator = startSimulator({ port: 0 });
  key = generateKey('client');
  const hash = hashKey(loadPepper(folder, createLogger('silent')), key);
  const providers = FORMAT_IDS.map((id) => [`sim-${id}`, { type: 'simulator', formats: [id], baseUrl: simulator.url }]);
  const models = FORMAT_IDS.flatMap((id) => SCENARIOS.map((name) => [`${id}-${name}`, `sim-${id}/${name}`]));
  const config = {
    providers: Object.fromEntries(providers),
    models: { m: 'sim-openai-chat/plain', ...Object.fromEntries(models) },
    keys: [{ id: 'fuzz', hash }],
  };
  const configFile = join(folder, 'plexus.yaml');
  writeFileSync(configFile, JSON.stringify(config));
  gateway = await startGateway({ configFile, dataFolder: folder, port: 0, simulator: false, logLevel: 'silent' });
});

afterAll(async () => {
  await gateway.stop(1000);
  await simulator.stop();
  rmSync(folder, { recursive: true, force: true });
  process.off('unhandledRejection', noteUnhandled);
  process.off('uncaughtException', noteUnhandled);
});

interface Sent {
  readonly path: string;
  readonly body: Buffer;
}

function makeRequest(format: FormatId, random: Random): Sent {
  const model = `${random.pick(FORMAT_IDS)}-${random.pick(SCENARIOS)}`;
  const sample = random.pick(REQUESTS[format]);
  let body: Json = mutateJson(format === 'gemini' ? sample : { ...sample, model }, random);
  // Most keep their model, so that they pass the door.
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  if (isObject && format !== 'gemini' && random.chance(0.9)) body = { ...(body as object), model };
  const text = Buffer.from(JSON.stringify(body));
  const bytes = random.chance(0.3) ? mutateBytes(text, random) : text;
  const path = formatOf(format).upstreamPath('generate', model, random.chance(0.5));
  return { path: format.startsWith('openai') ? `/v1${path}` : path, body: bytes };
}

interface Answered {
  readonly status: number;
  readonly text: string;
}

async function send({ path, body }: Sent): Promise<Answered> {
  const answer = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: new Uint8Array(body),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Statuses that a damaged body may have: an answer, or the caller's own fault. */
const isFair = (status: number): boolean => status === 200 || (status >= 400 && status < 500);

async function runDialect(format: FormatId): Promise<{ statuses: Record<string, number>; unfair: string[] }> {
  const statuses: Record<string, number> = {};
  const unfair: string[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < CASES) {
      const own = seed + next;
      next += 1;
      const sent = makeRequest(format, createRandom(own));
      const answer = await send(sent).catch((thrown: unknown): Answered => ({ status: 0, text: String(thrown) }));
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      if (isFair(answer.status)) continue;
      unfair.push(
        `seed ${own}: ${answer.status} ${answer.text.slice(0, 400)}\n${sent.path} ${sent.body.toString('utf8').slice(0, 1500)}`,
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { statuses, unfair };
}

describe('through the running gateway', () => {
  test.each([...FORMAT_IDS])(
    'no damaged body of %s is a failure of the gateway or hangs',
    async (format) => {
      const { statuses, unfair } = await runDialect(format);
      console.log(`fuzz over HTTP: ${CASES} bodies of ${format} from seed ${seed}: ${JSON.stringify(statuses)}`);
      for (const words of unfair.slice(0, 10)) console.log(words);
      expect(unfair.length).toBe(0);
    },
    600_000,
  );

  test('and it still answers, with nothing left open or unhandled', async () => {
    const body = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
    const answer = await send({ path: '/v1/chat/completions', body: Buffer.from(JSON.stringify(body)) });
    expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('choices') });
    expect(unhandled).toEqual([]);
  });
});
