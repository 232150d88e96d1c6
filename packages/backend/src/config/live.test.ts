import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROVIDERS } from '../providers/index.ts';
import { profileOf } from '../services/catalog/profile.ts';
import { GatewayError } from '../types/errors.ts';
import { type LiveConfig, type LiveInput, openLiveConfig, type ReloadOutcome } from './live.ts';

const GOOD = 'providers: { demo: { type: simulator } }\nmodels: { a: demo/plain }\n';
const BETTER = 'providers: { demo: { type: simulator } }\nmodels: { a: demo/plain, b: demo/echo }\n';
const CIRCLE = 'models: { a: b, b: a }\n';

let folder = '';
let file = '';
let lastGood = '';
let live: LiveConfig | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plexus-live-'));
  file = join(folder, 'plexus.yaml');
  lastGood = join(folder, 'data', 'plexus.last-good.yaml');
});
afterEach(() => {
  live?.stop();
  live = undefined;
  rmSync(folder, { recursive: true });
});

function open(more: Partial<LiveInput> = {}): LiveConfig {
  live = openLiveConfig({
    file,
    dataFolder: join(folder, 'data'),
    definitions: PROVIDERS,
    profileOf,
    env: {},
    now: () => 5000,
    settleMs: 1,
    pollEveryMs: 3_600_000,
    ...more,
  });
  return live;
}

function nextOutcome(more: Partial<LiveInput> = {}): { config: LiveConfig; outcome: Promise<ReloadOutcome> } {
  const { promise, resolve } = Promise.withResolvers<ReloadOutcome>();
  return { config: open({ ...more, onReload: resolve }), outcome: promise };
}

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('at start', () => {
  test('a good file is served and copied for its owner alone', () => {
    writeFileSync(file, GOOD);
    const config = open();
    expect(config.current()).toMatchObject({ version: 1, loadedAtMs: 5000 });
    expect(config.problems).toEqual([]);
    expect(readFileSync(lastGood, 'utf8')).toBe(GOOD);
    expect(statSync(lastGood).mode & 0o777).toBe(0o600);
  });

  test('a bad file without a copy stops the start and tells place, problem and fix', () => {
    writeFileSync(file, CIRCLE);
    const error = thrownBy(() => open());
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ code: 'config_invalid' });
    const text = error instanceof Error ? error.message : '';
    expect(text).toContain(`${file}:1:17  models.b`);
    expect(text).toContain('problem: the aliases lead in a circle: a -> b -> a');
    expect(text).toContain('fix:     let one of them end at a target');
  });

  test.each([
    ['circular', (): void => writeFileSync(file, CIRCLE), 'circle'],
    ['half-written', (): void => writeFileSync(file, 'models: { a: ['), 'bracket'],
    ['empty', (): void => writeFileSync(file, ''), 'is empty'],
    ['missing', (): void => undefined, 'no such file'],
    ['not text', (): void => writeFileSync(file, new Uint8Array([0xff, 0xfe, 0x00])), 'not UTF-8'],
  ])('a %s file is replaced by the last good copy, with the problems told', (_name, write, says) => {
    writeFileSync(file, GOOD);
    open().stop();
    rmSync(file);
    write();
    const config = open();
    expect([...config.current().aliases.keys()]).toEqual(['a']);
    expect(config.problems.map(({ problem }) => problem).join()).toContain(says);
    expect(readFileSync(lastGood, 'utf8')).toBe(GOOD);
  });

  test('a copy that cannot be written is a warning', () => {
    writeFileSync(file, GOOD);
    writeFileSync(join(folder, 'data'), 'a file where the folder should be');
    expect(
      open()
        .warnings.map(({ problem }) => problem)
        .join(),
    ).toContain('last good copy cannot be written');
  });
});

describe('afterwards', () => {
  test('a change is seen by itself, and one reference is swapped', async () => {
    writeFileSync(file, GOOD);
    const { config, outcome } = nextOutcome();
    const before = config.current();
    writeFileSync(file, BETTER);
    expect(await outcome).toMatchObject({ kind: 'swapped' });
    expect([...config.current().aliases.keys()]).toEqual(['a', 'b']);
    expect(config.current().version).toBe(2);
    expect([...before.aliases.keys()]).toEqual(['a']);
    expect(readFileSync(lastGood, 'utf8')).toBe(BETTER);
  });

  test('a file that an editor puts in its place by renaming is seen too', async () => {
    writeFileSync(file, GOOD);
    const { outcome } = nextOutcome();
    writeFileSync(`${file}.new`, BETTER);
    renameSync(`${file}.new`, file);
    expect((await outcome).kind).toBe('swapped');
  });

  test('the poll finds what the watch misses', async () => {
    writeFileSync(file, GOOD);
    const link = join(folder, 'elsewhere');
    const { outcome } = nextOutcome({ pollEveryMs: 5, dataFolder: link });
    writeFileSync(file, BETTER);
    expect((await outcome).kind).toBe('swapped');
  });

  test('a bad file keeps the snapshot, is told once, and a mended one is taken', async () => {
    writeFileSync(file, GOOD);
    const told: string[] = [];
    const config = open({ onReload: ({ kind }) => told.push(kind) });
    const before = config.current();
    writeFileSync(file, CIRCLE);
    const outcomes = [(await config.reload()).kind, (await config.reload()).kind];
    expect(outcomes).toContain('unchanged');
    expect(config.current()).toBe(before);
    expect(readFileSync(lastGood, 'utf8')).toBe(GOOD);
    writeFileSync(file, BETTER);
    await config.reload();
    expect(config.current().version).toBe(2);
    expect(told).toEqual(['refused', 'swapped']);
  });

  test('a deleted file keeps the snapshot', async () => {
    writeFileSync(file, GOOD);
    const { config, outcome } = nextOutcome();
    rmSync(file);
    await config.reload();
    expect(await outcome).toMatchObject({ kind: 'refused', problems: [{ problem: 'there is no such file' }] });
    expect([...config.current().aliases.keys()]).toEqual(['a']);
  });

  test('a file of a gigabyte is refused without being read', async () => {
    writeFileSync(file, GOOD);
    const { config, outcome } = nextOutcome();
    truncateSync(file, 1024 ** 3);
    await config.reload();
    expect(await outcome).toMatchObject({ kind: 'refused', problems: [{ problem: 'the file is larger than 1 MiB' }] });
  });

  test('sections that are read at start only give a warning', async () => {
    writeFileSync(file, GOOD);
    const { config, outcome } = nextOutcome();
    writeFileSync(file, `${GOOD}listen: { port: 4001 }\n`);
    await config.reload();
    expect(await outcome).toMatchObject({
      kind: 'swapped',
      warnings: [{ field: 'listen', fix: 'restart the gateway to use it' }],
    });
    expect(config.settings.listen.port).toBe(4000);
  });

  test('overlapping looks share one reading', async () => {
    writeFileSync(file, GOOD);
    const config = open();
    writeFileSync(file, BETTER);
    const outcomes = await Promise.all([config.reload(), config.reload(), config.reload()]);
    expect(new Set(outcomes).size).toBe(1);
    expect(config.current().version).toBe(2);
  });

  test('after stop nothing is read any more', async () => {
    writeFileSync(file, GOOD);
    const config = open();
    config.stop();
    writeFileSync(file, BETTER);
    expect(await config.reload()).toEqual({ kind: 'unchanged' });
    expect(config.current().version).toBe(1);
    expect(existsSync(lastGood)).toBe(true);
  });
});
