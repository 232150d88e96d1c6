import type { Trouble } from '../trouble.ts';
import type { WriterOrder, WriterReport, WrittenReport } from './messages.ts';

/** How the sending of a batch ended. `died`: the thread ended before it answered, so the batch may be stored or not. */
export type WriteOutcome =
  | WrittenReport
  | { readonly type: 'failed'; readonly trouble: Trouble }
  | { readonly type: 'died'; readonly trouble: Trouble };

/** The main thread's end of the writer. One batch is under way at a time. */
export interface WriterLink {
  /** Sends a batch (JSON of `Batch`), starting the thread when there is none. Never rejects. */
  write(batchText: string): Promise<WriteOutcome>;
  /** Lets the writer close the file, then ends its thread. Never rejects. */
  close(): Promise<void>;
}

export interface LinkOptions {
  readonly file: string;
  readonly startWorker: () => Worker;
  /** Told of troubles that touch no record. */
  readonly onTrouble: (trouble: Trouble) => void;
}

/** The thread that a gateway runs. Small heap: it holds one batch at a time. */
export const startUsageWorker = (): Worker => new Worker(new URL('./worker.ts', import.meta.url).href, { smol: true });

/** Connects to a writer thread, now and again whenever it has died. */
export function linkWriter({ file, startWorker, onTrouble }: LinkOptions): WriterLink {
  let worker: Worker | undefined;
  let answer: ((outcome: WriteOutcome | { readonly type: 'closed' }) => void) | undefined;

  const settle: NonNullable<typeof answer> = (outcome) => {
    const waiting = answer;
    answer = undefined;
    waiting?.(outcome);
  };
  const start = (): Worker => {
    const started = startWorker();
    let lastWords = 'the writer thread ended';
    started.addEventListener('message', ({ data: report }: MessageEvent<WriterReport>) => {
      if (report.type === 'tidy-failed') onTrouble(report.trouble);
      else settle(report);
    });
    started.addEventListener('error', (event) => {
      lastWords = event.message;
    });
    started.addEventListener('close', () => {
      if (worker === started) worker = undefined;
      settle({ type: 'died', trouble: { code: 'WRITER_DIED', message: lastWords } });
    });
    started.postMessage({ type: 'open', file } satisfies WriterOrder);
    return started;
  };
  const ask = (order: WriterOrder) => {
    worker ??= start();
    const asked = worker;
    return new Promise<WriteOutcome | { readonly type: 'closed' }>((resolve) => {
      answer = resolve;
      asked.postMessage(order);
    });
  };

  worker = start();
  return {
    write: async (batchText) => {
      const outcome = await ask(batchText);
      if (outcome.type !== 'closed') return outcome;
      return { type: 'died', trouble: { code: 'WRITER_CLOSED', message: 'the writer was closed before it answered' } };
    },
    close: async () => {
      if (worker === undefined) return;
      await ask({ type: 'close' });
      // Ended only after the file is closed: ending a thread inside SQLite is not safe.
      worker?.terminate();
    },
  };
}
