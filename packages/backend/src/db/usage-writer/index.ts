export { createUsageRecorder, type RecorderOptions } from './recorder.ts';
