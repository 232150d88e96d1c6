import { describe, expect, test } from 'bun:test';
import { createFakeLogger, fakeLogger, messagesOf } from '../../../test/fakes/logger.ts';
import { aRecord } from '../../../test/fakes/records.ts';
import type { RequestRecord } from '../../types/record.ts';
import { createComplaints } from './complaints.ts';
import type { WriteOutcome, WriterLink } from './link.ts';
import { createRecordQueue } from './queue.ts';
import { type Batch, USAGE_COLUMNS } from './rows.ts';

const FULL: WriteOutcome = { type: 'failed', trouble: { code: 'SQLITE_FULL', message: 'database or disk is full' } };
const DIED: WriteOutcome = { type: 'died', trouble: { code: 'WRITER_DIED', message: 'gone' } };

/** A writer that meets a list of fates, then does well; `sent` is what it was given each time, as ids. */
function scripted(...fates: WriteOutcome[]) {
  const sent: string[][] = [];
  const link: WriterLink = {
    write: async (batchText) => {
      const { usage } = JSON.parse(batchText) as Batch;
      sent.push(usage.map(([id]) => String(id)));
      return fates.shift() ?? { type: 'written', inserted: usage.length, rejected: [] };
    },
    close: async () => {},
  };
  return { link, sent };
}

const usual = { intervalMs: 1, batchRecords: 500, recordsMax: 50_000, retryMs: 1 };
const open = (link: WriterLink, options: Partial<typeof usual> = {}) =>
  createRecordQueue({ ...usual, ...options, link, complain: createComplaints(fakeLogger, () => 0) });
const ids = (records: readonly RequestRecord[]) => records.map(({ id }) => id);
const three = () => [aRecord(), aRecord(), aRecord()];

describe('when records are sent', () => {
  test('what waits together goes as one batch, in order', async () => {
    const { link, sent } = scripted();
    const queue = open(link, { intervalMs: 60_000 });
    const records = three();
    records.forEach(queue.push);
    expect(sent).toEqual([]);
    await queue.flush();
    expect(sent).toEqual([ids(records)]);
  });

  test('a record leaves by itself when the interval is over', async () => {
    const written = Promise.withResolvers<string>();
    const write: WriterLink['write'] = (text) => {
      written.resolve(text);
      return new Promise(() => {});
    };
    const queue = open({ write, close: async () => {} });
    const record = aRecord();
    queue.push(record);
    expect(await written.promise).toContain(record.id);
  });

  test('a full batch does not wait for the interval', async () => {
    const { link, sent } = scripted();
    const queue = open(link, { intervalMs: 60_000, batchRecords: 3 });
    const records = three();
    records.forEach(queue.push);
    expect(sent).toEqual([ids(records)]);
    await queue.finish();
  });

  test('a flush with nothing waiting is done at once and sends nothing', async () => {
    const { link, sent } = scripted();
    await open(link).flush();
    expect(sent).toEqual([]);
  });
});

describe('when a write fails', () => {
  test.each([
    { name: 'a full disk: the same batch goes again', fate: FULL, counts: { failures: 1, restarts: 0 } },
    { name: 'a dead writer: the same batch goes again', fate: DIED, counts: { failures: 0, restarts: 1 } },
  ])('$name', async ({ fate, counts }) => {
    const { link, sent } = scripted(fate);
    const queue = open(link, { intervalMs: 60_000 });
    const records = three();
    records.forEach(queue.push);
    await queue.finish();
    expect(sent).toEqual([ids(records), ids(records)]);
    expect(queue.stats()).toEqual({ waiting: 0, written: 3, dropped: 0, rejected: 0, ...counts });
    expect(fakeLogger.error).toHaveBeenCalledTimes(1);
  });

  test('records that arrive meanwhile are kept behind it', async () => {
    const first = Promise.withResolvers<WriteOutcome>();
    const fates = [first.promise];
    const { link, sent } = scripted();
    const queue = open({
      ...link,
      write: async (text) => {
        const outcome = link.write(text);
        return (await fates.shift()) ?? outcome;
      },
    });
    const [a, b] = [aRecord(), aRecord()];
    queue.push(a);
    const flushed = queue.flush();
    queue.push(b);
    first.resolve(DIED);
    await flushed;
    await queue.finish();
    expect(sent).toEqual([[a.id], [a.id], [b.id]]);
  });

  test('the log tells the disk, the fix and how many wait', async () => {
    const { link } = scripted(FULL);
    const queue = open(link);
    three().forEach(queue.push);
    await queue.finish();
    expect(fakeLogger.error.mock.calls[0]?.[0]).toMatchObject({
      code: 'SQLITE_FULL',
      fix: 'the disk is full; free some space',
      waiting: 3,
    });
  });
});

describe('what cannot be kept is counted and told', () => {
  test('records above the bound are dropped, the ones before are not', async () => {
    const { link, sent } = scripted();
    const queue = open(link, { intervalMs: 60_000, recordsMax: 3 });
    const records = [...three(), aRecord(), aRecord()];
    records.forEach(queue.push);
    await queue.flush();
    expect(sent).toEqual([ids(records.slice(0, 3))]);
    expect(queue.stats()).toMatchObject({ written: 3, dropped: 2, waiting: 0 });
    expect(messagesOf(fakeLogger, 'error')).toEqual(['a usage record was dropped']);
  });

  test('the bound counts records under way', async () => {
    const queue = open(
      { write: () => new Promise(() => {}), close: async () => {} },
      { batchRecords: 2, recordsMax: 3 },
    );
    [...three(), aRecord()].forEach(queue.push);
    expect(queue.stats()).toMatchObject({ waiting: 3, dropped: 1 });
  });

  test('a record after the end is dropped', async () => {
    const queue = open(scripted().link);
    await queue.finish();
    queue.push(aRecord());
    expect(queue.stats().dropped).toBe(1);
  });

  test('a malformed record costs itself only', async () => {
    const { link, sent } = scripted();
    const queue = open(link);
    const sound = aRecord();
    queue.push({ ...aRecord(), usage: undefined } as unknown as RequestRecord);
    queue.push(sound);
    await queue.flush();
    expect(sent).toEqual([[sound.id]]);
    expect(queue.stats()).toMatchObject({ written: 1, rejected: 1, waiting: 0 });
  });

  test('a batch of malformed records alone sends nothing and ends the flush', async () => {
    const { link, sent } = scripted();
    const queue = open(link);
    queue.push({ ...aRecord(), usage: undefined } as unknown as RequestRecord);
    await queue.flush();
    expect(sent).toEqual([]);
  });

  test('a row that the database refuses is counted and named', async () => {
    const record = aRecord();
    const trouble = { code: 'SQLITE_CONSTRAINT_NOTNULL', message: 'NOT NULL constraint failed' };
    const { link } = scripted({ type: 'written', inserted: 0, rejected: [{ id: record.id, trouble }] });
    const queue = open(link);
    queue.push(record);
    await queue.flush();
    expect(queue.stats()).toMatchObject({ written: 0, rejected: 1 });
    expect(fakeLogger.error.mock.calls[0]?.[0]).toMatchObject({ id: record.id, code: trouble.code });
  });

  test('an id that was stored before is told at a first sending', async () => {
    const { link } = scripted({ type: 'written', inserted: 0, rejected: [] });
    const queue = open(link);
    queue.push(aRecord());
    await queue.flush();
    expect(messagesOf(fakeLogger, 'error')).toEqual(['usage records had ids that were stored before']);
  });
});

test('a model name without end is cut, and says so by its mark', async () => {
  const sent: string[] = [];
  const link: WriterLink = {
    write: async (text) => {
      sent.push(String((JSON.parse(text) as Batch).usage[0]?.[USAGE_COLUMNS.indexOf('model')]));
      return { type: 'written', inserted: 1, rejected: [] };
    },
    close: async () => {},
  };
  const queue = open(link);
  queue.push(aRecord({ model: 'm'.repeat(1_000_000) }));
  await queue.flush();
  expect(sent).toEqual([`${'m'.repeat(256)}…`]);
});

test('the same complaint is logged once a minute, with its count', () => {
  const log = createFakeLogger();
  let nowMs = 0;
  const complain = createComplaints(log, () => nowMs);
  for (nowMs = 0; nowMs < 120_000; nowMs += 1_000) complain('disk', {});
  complain('other', {});
  expect(log.error.mock.calls.map(([fields, message]) => [message, fields])).toEqual([
    ['disk', { times: 1 }],
    ['disk', { times: 60 }],
    ['other', { times: 1 }],
  ]);
});
