import type { UsageRecorder } from '../../services/usage/ports.ts';
import { GatewayError } from '../../types/errors.ts';
import type { Logger } from '../../utils/logger.ts';
import { prepareDatabase } from '../prepare.ts';
import { createComplaints } from './complaints.ts';
import { linkWriter, startUsageWorker } from './link.ts';
import { createRecordQueue, type RecordQueue } from './queue.ts';

export interface RecorderOptions {
  /** The SQLite file. Its folder is made when it is missing. */
  readonly file: string;
  readonly log: Pick<Logger, 'error'>;
  /** Longest time that a record is only in memory: what a killed process loses at most. */
  readonly intervalMs?: number;
  readonly batchRecords?: number;
  readonly recordsMax?: number;
  /** Pause after the first failed write; it doubles with each further one, to half a minute. */
  readonly retryMs?: number;
  /** How long `close` goes on trying when the disk refuses. */
  readonly closeMs?: number;
  /** Starts the thread that owns the file. */
  readonly startWorker?: () => Worker;
}

/**
 * Readies the file (folder, lock, check, migrations) and gives the recorder that writes to it, in batches, on a
 * thread of its own. A gateway that is killed loses the records of one interval at most; one that is closed,
 * none. Throws `store_unavailable` that names path, problem and fix.
 */
export function createUsageRecorder(options: RecorderOptions): UsageRecorder {
  const { file, log, startWorker = startUsageWorker, closeMs = 10_000 } = options;
  const unlock = prepareDatabase(file);
  const complain = createComplaints(log, () => performance.now());
  const onTrouble = (trouble: object) => complain('the database’s log could not be tidied', trouble);
  const link = linkWriter({ file, startWorker, onTrouble });
  const { intervalMs = 250, batchRecords = 5000, recordsMax = 50_000, retryMs = 250 } = options;
  const queue = createRecordQueue({ link, complain, intervalMs, batchRecords, recordsMax, retryMs });

  let closing: Promise<void> | undefined;
  const close = async () => {
    try {
      await finishWithin(queue, file, closeMs);
      await link.close();
    } finally {
      unlock();
    }
  };
  return {
    record: queue.push,
    flush: queue.flush,
    stats: queue.stats,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

async function finishWithin(queue: RecordQueue, file: string, closeMs: number): Promise<void> {
  const limit = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => limit.resolve('late'), closeMs);
  const end = await Promise.race([queue.finish(), limit.promise]);
  clearTimeout(timer);
  if (end !== 'late') return;
  throw new GatewayError(
    'store_unavailable',
    `${queue.stats().waiting} usage records are lost: the database ${file} did not take them within ${closeMs} ms`,
  );
}
