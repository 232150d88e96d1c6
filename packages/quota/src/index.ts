export { type Cycle, type Meter, type MeterId, type MeterUnit, meterId, type Utilisation } from './meter.ts';
export type { Confidence, Freshness, Observation, ObservationSource, ReadFailureKind } from './observation.ts';
export type { Advice, Forecast, Level, QuotaView } from './view.ts';
