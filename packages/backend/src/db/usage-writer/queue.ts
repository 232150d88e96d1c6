import type { RecorderStats } from '../../services/usage/ports.ts';
import type { RequestRecord } from '../../types/record.ts';
import { fixFor, troubleOf } from '../trouble.ts';
import type { Complain } from './complaints.ts';
import type { WriteOutcome, WriterLink } from './link.ts';
import type { WrittenReport } from './messages.ts';
import { encodeBatch } from './rows.ts';

const RETRY_MAX_MS = 30_000;
/** When a backlog is worked off, more goes at once than starts a write in normal times. */
const BATCH_RECORDS_MAX = 2_000;
const TEXT_CHARS_MAX = 256;

export interface QueueOptions {
  readonly link: WriterLink;
  readonly complain: Complain;
  /** Longest time that a record waits in memory while the disk is well. */
  readonly intervalMs: number;
  /** As many waiting records start a write before the interval is over. */
  readonly batchRecords: number;
  /** Records held at most, those under way included. */
  readonly recordsMax: number;
  /** Pause after the first failed write; it doubles with each further one, to half a minute. */
  readonly retryMs: number;
}

export interface RecordQueue {
  push(record: RequestRecord): void;
  /** Resolves when all that was pushed before is settled. */
  flush(): Promise<void>;
  /** No more records; failed writes are repeated without long pauses. Resolves when all is settled. */
  finish(): Promise<void>;
  stats(): RecorderStats;
}

interface BatchUnderWay {
  readonly text: string;
  readonly size: number;
  tries: number;
}

interface QueueState {
  waiting: RequestRecord[];
  batch: BatchUnderWay | undefined;
  isWriting: boolean;
  isFinishing: boolean;
  timer: Timer | undefined;
  /** Ends the pause before a repeated write. */
  wake: (() => void) | undefined;
  flushes: { readonly upTo: number; readonly resolve: () => void }[];
  accepted: number;
  written: number;
  dropped: number;
  rejected: number;
  failures: number;
  restarts: number;
}

/**
 * Holds records until the writer has them on disk. A batch stays here until it is acknowledged, and is sent
 * again as it was when the disk refused or the writer died; the ids make a second time harmless. There is a
 * timer only while something waits.
 */
export function createRecordQueue(options: QueueOptions): RecordQueue {
  const state: QueueState = {
    waiting: [],
    batch: undefined,
    isWriting: false,
    isFinishing: false,
    timer: undefined,
    wake: undefined,
    flushes: [],
    accepted: 0,
    written: 0,
    dropped: 0,
    rejected: 0,
    failures: 0,
    restarts: 0,
  };
  const flush = () => whenSettled(state, options);
  return {
    push: (record) => push(state, options, record),
    flush,
    finish: () => {
      state.isFinishing = true;
      state.wake?.();
      return flush();
    },
    stats: () => {
      const { written, dropped, rejected, failures, restarts } = state;
      return { waiting: held(state), written, dropped, rejected, failures, restarts };
    },
  };
}

/** These two texts come from outside; a client that sends megabytes as a model name must not fill memory or disk. */
function withBoundedText(record: RequestRecord): RequestRecord {
  const { model, stopReason } = record;
  if (model.length <= TEXT_CHARS_MAX && (stopReason?.length ?? 0) <= TEXT_CHARS_MAX) return record;
  return { ...record, model: clip(model), stopReason: stopReason === undefined ? undefined : clip(stopReason) };
}

function clip(text: string): string {
  if (text.length <= TEXT_CHARS_MAX) return text;
  // Through bytes, since a slice alone would keep the whole text alive.
  return `${Buffer.from(text.slice(0, TEXT_CHARS_MAX)).toString()}…`;
}

function held({ waiting, batch }: QueueState): number {
  return waiting.length + (batch?.size ?? 0);
}

function push(state: QueueState, options: QueueOptions, record: RequestRecord): void {
  if (state.isFinishing || held(state) >= options.recordsMax) {
    state.dropped++;
    const reason = state.isFinishing ? 'the gateway is closing' : 'too many records wait for the disk';
    options.complain('a usage record was dropped', { reason, droppedSoFar: state.dropped });
    return;
  }
  state.accepted++;
  state.waiting.push(withBoundedText(record));
  schedule(state, options);
}

/** Starts a write when enough waits or someone asks for it, else sees to it that one starts within the interval. */
function schedule(state: QueueState, options: QueueOptions): void {
  if (state.isWriting) return;
  if (isUrgent(state, options)) {
    void drain(state, options);
  } else if (state.waiting.length > 0) {
    state.timer ??= setTimeout(() => void drain(state, options), options.intervalMs);
  }
}

function isUrgent(state: QueueState, options: QueueOptions): boolean {
  return state.waiting.length >= options.batchRecords || (state.flushes.length > 0 && held(state) > 0);
}

/** Writes until nothing is urgent. Never rejects. */
async function drain(state: QueueState, options: QueueOptions): Promise<void> {
  clearTimeout(state.timer);
  state.timer = undefined;
  state.isWriting = true;
  do {
    state.batch ??= nextBatch(state, options);
    if (state.batch === undefined) break;
    const outcome = await options.link.write(state.batch.text);
    if (outcome.type === 'written') settle(state, options, outcome);
    else await afterFailure(state, options, outcome);
  } while (state.batch !== undefined || isUrgent(state, options));
  state.isWriting = false;
  schedule(state, options);
}

function nextBatch(state: QueueState, { complain }: QueueOptions): BatchUnderWay | undefined {
  const records = state.waiting.splice(0, BATCH_RECORDS_MAX);
  let sound = records;
  let text: string;
  try {
    text = JSON.stringify(encodeBatch(records));
  } catch {
    // A record that is not of its type costs itself, not those around it.
    sound = records.filter((record) => isSound(record, complain));
    state.rejected += records.length - sound.length;
    text = JSON.stringify(encodeBatch(sound));
  }
  resolveFlushes(state);
  return sound.length === 0 ? undefined : { text, size: sound.length, tries: 0 };
}

function isSound(record: RequestRecord, complain: Complain): boolean {
  try {
    JSON.stringify(encodeBatch([record]));
    return true;
  } catch (error) {
    complain('a usage record is malformed and was left out', { id: record.id, ...troubleOf(error) });
    return false;
  }
}

function settle(state: QueueState, { complain }: QueueOptions, report: WrittenReport): void {
  const { batch } = state;
  if (batch === undefined) return;
  state.batch = undefined;
  state.written += batch.size - report.rejected.length;
  state.rejected += report.rejected.length;
  for (const { id, trouble } of report.rejected) {
    complain('the database refused a usage record', { id, ...trouble });
  }
  const already = batch.size - report.rejected.length - report.inserted;
  // After a repeated sending this is expected; at a first one, two requests had the same id.
  if (batch.tries === 0 && already > 0) complain('usage records had ids that were stored before', { records: already });
  resolveFlushes(state);
}

async function afterFailure(
  state: QueueState,
  { complain, retryMs }: QueueOptions,
  { type, trouble }: Exclude<WriteOutcome, WrittenReport>,
): Promise<void> {
  const { batch } = state;
  if (batch === undefined) return;
  batch.tries++;
  const waiting = held(state);
  if (type === 'died') {
    state.restarts++;
    complain('the usage writer died and is started again', { ...trouble, waiting });
    // Most deaths happen once; only a second one is waited for.
    if (batch.tries === 1) return;
  } else {
    state.failures++;
    complain('usage records cannot be written; they are kept and tried again', {
      ...trouble,
      fix: fixFor(trouble),
      waiting,
    });
  }
  await pause(state, state.isFinishing ? retryMs : Math.min(RETRY_MAX_MS, retryMs * 2 ** (batch.tries - 1)));
}

function pause(state: QueueState, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      state.wake = undefined;
      resolve();
    };
    const timer = setTimeout(wake, delayMs);
    state.wake = wake;
  });
}

function settled({ written, rejected }: QueueState): number {
  return written + rejected;
}

function whenSettled(state: QueueState, options: QueueOptions): Promise<void> {
  const upTo = state.accepted;
  if (settled(state) >= upTo) return Promise.resolve();
  return new Promise((resolve) => {
    state.flushes.push({ upTo, resolve });
    schedule(state, options);
  });
}

function resolveFlushes(state: QueueState): void {
  const done = settled(state);
  while (state.flushes[0] !== undefined && state.flushes[0].upTo <= done) state.flushes.shift()?.resolve();
}
