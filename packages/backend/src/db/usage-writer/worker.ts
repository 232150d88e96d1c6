import { troubleOf } from '../trouble.ts';
import type { WriterOrder, WriterReport } from './messages.ts';
import type { Batch } from './rows.ts';
import { openUsageStore, type UsageStore } from './store.ts';

declare const self: Worker;

const CHECKPOINT_EVERY_MS = 30_000;

let file = '';
let store: UsageStore | undefined;
let hasNews = false;

const report = (message: WriterReport) => self.postMessage(message);

self.onmessage = ({ data: order }: MessageEvent<WriterOrder>) => {
  if (typeof order === 'string') report(write(order));
  else if (order.type === 'open') file = order.file;
  else close();
};

/** The connection is made at the first batch, and made anew after a failure: a fault may lie in the connection. */
function write(batchText: string): WriterReport {
  try {
    store ??= openUsageStore(file);
    const written = store.write(JSON.parse(batchText) as Batch);
    hasNews = true;
    return written;
  } catch (error) {
    letGo();
    return { type: 'failed', trouble: troubleOf(error) };
  }
}

function close(): void {
  clearInterval(checkpoints);
  tidy((open) => open.fold());
  letGo();
  report({ type: 'closed' });
}

function letGo(): void {
  tidy((open) => open.close());
  store = undefined;
}

function tidy(act: (open: UsageStore) => void): void {
  try {
    if (store !== undefined) act(store);
  } catch (error) {
    report({ type: 'tidy-failed', trouble: troubleOf(error) });
  }
}

const checkpoints = setInterval(() => {
  if (!hasNews) return;
  hasNews = false;
  tidy((open) => open.checkpoint());
}, CHECKPOINT_EVERY_MS);
