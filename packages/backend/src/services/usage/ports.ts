import type { RequestRecord } from '../../types/record.ts';

/** Counts since the recorder was opened. */
export interface RecorderStats {
  /** Records held in memory, those on their way to the disk included. */
  readonly waiting: number;
  /** Records that are safe on disk. */
  readonly written: number;
  /** Records refused because memory held as many as it may. */
  readonly dropped: number;
  /** Records that the database itself refused, each one logged by its id. */
  readonly rejected: number;
  /** Writes that failed and were tried again later. */
  readonly failures: number;
  /** Times that the writer died and was started again. */
  readonly restarts: number;
}

/** Where the record of every request goes. */
export interface UsageRecorder {
  /** Takes a record. Never throws, never waits. */
  record(record: RequestRecord): void;
  /** Resolves when everything recorded before this call is on disk. Waits as long as the disk refuses. */
  flush(): Promise<void>;
  /**
   * Writes what is left, then lets go of the file. Rejects with `store_unavailable`, naming how many records
   * are lost, when the disk still refuses after the recorder's closing time. Later records count as dropped.
   */
  close(): Promise<void>;
  stats(): RecorderStats;
}

/** Page of records: `before` is the id of the last record of the page before, newest first. */
export interface RecordPage {
  /** 1 to 1000. */
  readonly limit: number;
  readonly before?: string | undefined;
}

/** A stored record: as it was recorded, but for its losses, of which the count is kept. */
export interface StoredRecord extends Omit<RequestRecord, 'losses'> {
  readonly lossesCount: number;
}

/** Reads records back, newest first. */
export interface UsageReader {
  list(page: RecordPage): readonly StoredRecord[];
  count(): number;
  close(): void;
}
