// A program of its own: records about once a millisecond, saying the time of each record, until it is killed.
// Arguments: database file, interval in milliseconds.
import { createUsageRecorder } from '../../src/db/index.ts';
import { aRecord } from './records.ts';

const [file = '', intervalMs = ''] = process.argv.slice(2);
const log = {
  error: (fields: object, message: string) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
};
const recorder = createUsageRecorder({ file, intervalMs: Number(intervalMs), log });

setInterval(() => {
  const atMs = Date.now();
  recorder.record(aRecord({ startedAtMs: atMs }));
  process.stdout.write(`${atMs}\n`);
}, 1);
