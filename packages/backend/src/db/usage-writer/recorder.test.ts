import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeLogger, messagesOf } from '../../../test/fakes/logger.ts';
import { aRecord } from '../../../test/fakes/records.ts';
import { openUsageReader } from '../usage-reader.ts';
import { startUsageWorker } from './link.ts';
import { createUsageRecorder, type RecorderOptions } from './recorder.ts';

const PROGRAMS = join(import.meta.dir, '../../../test/fakes');

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recorder-'));
  file = join(folder, 'plexus.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (options: Partial<RecorderOptions> = {}) =>
  createUsageRecorder({ file, log: fakeLogger, retryMs: 5, ...options });
const many = (amount: number) => Array.from({ length: amount }, () => aRecord());

function storedIds(): readonly string[] {
  const database = new Database(file, { readonly: true });
  const rows = database.query<{ id: string }, []>('SELECT id FROM request_usage ORDER BY id').all();
  expect(database.query('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  database.close();
  return rows.map(({ id }) => id);
}

const run = (program: string, ...words: string[]) =>
  Bun.spawn([process.execPath, join(PROGRAMS, program), file, ...words]);

describe('nothing is lost', () => {
  test('by closing: every record is in the file afterwards, and the log is empty', async () => {
    const recorder = open({ intervalMs: 60_000 });
    const records = many(5_000);
    records.forEach(recorder.record);
    await recorder.close();
    expect(storedIds()).toEqual(records.map(({ id }) => id).sort());
    expect(statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0);
    expect(recorder.stats()).toEqual({ waiting: 0, written: 5_000, dropped: 0, rejected: 0, failures: 0, restarts: 0 });
  });

  test('by closing twice at once', async () => {
    const recorder = open();
    recorder.record(aRecord());
    await Promise.all([recorder.close(), recorder.close()]);
    expect(storedIds()).toHaveLength(1);
  });

  test.each(['before', 'after', 'inside'])('by a writer that dies %s its second write', async (moment) => {
    let starts = 0;
    const dying = new URL(`dying-writer.ts?${moment}`, `file://${PROGRAMS}/`).href;
    const startWorker = () => (starts++ === 0 ? new Worker(dying) : startUsageWorker());
    const recorder = open({ startWorker });
    const records = many(30);
    for (const record of records) {
      recorder.record(record);
      await recorder.flush();
    }
    await recorder.close();
    expect(storedIds()).toEqual(records.map(({ id }) => id).sort());
    expect(recorder.stats()).toMatchObject({ written: 30, restarts: 1, dropped: 0, rejected: 0 });
  });

  test('by a file that cannot be reached for a while', async () => {
    const recorder = open();
    recorder.record(aRecord());
    await recorder.flush();
    renameSync(file, `${file}.away`);
    recorder.record(aRecord());
    const flushed = recorder.flush();
    while (recorder.stats().failures < 2) await Bun.sleep(1);
    renameSync(`${file}.away`, file);
    await flushed;
    await recorder.close();
    expect(storedIds()).toHaveLength(2);
    expect(messagesOf(fakeLogger, 'error')).toEqual(['usage records cannot be written; they are kept and tried again']);
  });
});

test('a killed gateway loses at most the last interval, and the next one starts on the same file', async () => {
  const intervalMs = 50;
  const slackMs = 400; // of a machine that does other work beside
  const gateway = run('steady-recorder.ts', String(intervalMs));
  let said = '';
  let killedAtMs = 0;
  const decoder = new TextDecoder();
  for await (const chunk of gateway.stdout) {
    said += decoder.decode(chunk, { stream: true });
    const first = Number(said.split('\n', 1)[0]);
    if (killedAtMs === 0 && Date.now() - first > 1_000) {
      killedAtMs = Date.now();
      gateway.kill('SIGKILL');
    }
  }
  await gateway.exited;
  const madeAtMs = said.trim().split('\n').map(Number);
  const mustBeThere = madeAtMs.filter((atMs) => atMs < killedAtMs - intervalMs - slackMs).length;
  const stored = storedIds().length;
  expect(mustBeThere).toBeGreaterThan(100);
  expect(stored).toBeGreaterThanOrEqual(mustBeThere);

  const next = open();
  next.record(aRecord());
  await next.close();
  expect(storedIds()).toHaveLength(stored + 1);
});

describe('one gateway for each file', () => {
  test('a second process is refused and told who holds the file', async () => {
    const recorder = open();
    const said = await new Response(run('open-recorder.ts').stdout).text();
    expect(said).toContain(`in use by the gateway with process id ${process.pid}`);
    expect(said).toContain(file);
    recorder.record(aRecord());
    await recorder.close();
    expect(storedIds()).toHaveLength(1);
    expect(await new Response(run('open-recorder.ts').stdout).text()).toBe('opened');
  });

  test('a second one in the same process is refused, and may come when the first is closed', async () => {
    const recorder = open();
    expect(() => open()).toThrow(`in use by the gateway with process id ${process.pid}`);
    await recorder.close();
    await open().close();
  });

  test('a reader beside the writer is welcome', async () => {
    const recorder = open();
    const reader = openUsageReader(file);
    recorder.record(aRecord());
    await recorder.flush();
    expect(reader.count()).toBe(1);
    reader.close();
    await recorder.close();
  });
});

describe('a file that cannot be used is named at start, with problem and fix', () => {
  test.each([
    { name: 'not a database', make: () => writeFileSync(file, 'hello '.repeat(1_000)), says: /not a SQLite database/ },
    { name: 'a damaged database', make: damage, says: /is damaged/ },
    { name: 'a folder in its place', make: () => mkdirSync(file), says: /cannot be opened/ },
  ])('$name', async ({ make, says }) => {
    await make();
    const before = readable(file);
    expect(() => open()).toThrow(
      expect.objectContaining({ code: 'store_unavailable', message: expect.stringMatching(says) }),
    );
    expect(() => open()).toThrow(file);
    expect(readable(file)).toEqual(before);
  });

  test('a part of the path that is a file', () => {
    writeFileSync(join(folder, 'part'), '');
    expect(() => open({ file: join(folder, 'part', 'plexus.db') })).toThrow(/part of the path is a file/);
  });

  test('a folder that may not be written', async () => {
    chmodSync(folder, 0o555);
    const said = await new Response(run('open-recorder.ts', 'unprivileged').stdout).text();
    chmodSync(folder, 0o755);
    expect(said).toContain(file);
    expect(said).toMatch(/give the gateway’s user the right to write there|folder exists and may be written/);
  });
});

function readable(path: string): string | undefined {
  try {
    return readFileSync(path).toHex();
  } catch {
    return undefined;
  }
}

/** A database of some pages, the middle of which is overwritten. */
async function damage(): Promise<void> {
  const recorder = open();
  many(200).forEach(recorder.record);
  await recorder.close();
  const bytes = readFileSync(file);
  bytes.fill(0xa5, 4_096, bytes.length - 4_096);
  writeFileSync(file, bytes);
}

test('closing on a disk that never comes back says how many records are lost, and lets the file go', async () => {
  const recorder = open({ closeMs: 50 });
  renameSync(file, `${file}.away`);
  many(3).forEach(recorder.record);
  await expect(recorder.close()).rejects.toThrow(/^3 usage records are lost/);
  renameSync(`${file}.away`, file);
  await open().close();
});
