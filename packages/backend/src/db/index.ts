export { openUsageReader } from './usage-reader.ts';
export { createUsageRecorder } from './usage-writer/recorder.ts';
