export { openUsageReader } from './usage-reader.ts';
export { createUsageRecorder, type RecorderOptions } from './usage-writer/index.ts';
