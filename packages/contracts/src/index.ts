export type { HealthAnswer, HealthStatus, VersionAnswer } from './server.ts';
