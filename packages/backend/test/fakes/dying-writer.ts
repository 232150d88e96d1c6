// The real writer's thread, but it dies at its second batch: with `?before`, before it writes; with `?after`,
// when the batch is on disk and the acknowledgement is not sent; with `?inside`, in the middle of a transaction.
import { Database } from 'bun:sqlite';
import '../../src/db/usage-writer/worker.ts';
import type { WriterOrder } from '../../src/db/usage-writer/messages.ts';

declare const self: Worker;

const moment = new URL(import.meta.url).search;
const realWork = self.onmessage;
const realPost = self.postMessage.bind(self);
let file = '';
let batches = 0;

self.onmessage = (event: MessageEvent<WriterOrder>) => {
  if (typeof event.data === 'object' && event.data.type === 'open') file = event.data.file;
  if (typeof event.data !== 'string' || ++batches < 2) return realWork?.call(self, event);
  if (moment === '?inside')
    new Database(file).run("BEGIN IMMEDIATE; INSERT INTO request_attempts VALUES ('x', 0, '', '', '', 0, 0, '', 0)");
  if (moment === '?after') {
    self.postMessage = () => {};
    realWork?.call(self, event);
    self.postMessage = realPost;
  }
  process.exit(1);
};
