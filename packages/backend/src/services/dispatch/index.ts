export { dispatch, lacksCounting } from './dispatch.ts';
export type { Answer, Attempt, Call, DispatchDeps } from './ports.ts';
export { createTrack, type Track } from './track.ts';
export { createTransport } from './transport.ts';
