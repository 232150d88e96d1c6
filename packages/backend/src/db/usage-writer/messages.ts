import type { Trouble } from '../trouble.ts';

/** To the writer's thread. A bare string is a batch in JSON; one is under way at a time. */
export type WriterOrder = string | { readonly type: 'open'; readonly file: string } | { readonly type: 'close' };

/** A record that the database refuses for what it is, not for the state of the disk. */
export interface RejectedRow {
  readonly id: string;
  readonly trouble: Trouble;
}

/** From the writer's thread. */
export type WriterReport =
  | WrittenReport
  /** Nothing of the batch was stored; it may be sent again. */
  | { readonly type: 'failed'; readonly trouble: Trouble }
  /** Housekeeping failed; no record is touched. */
  | { readonly type: 'tidy-failed'; readonly trouble: Trouble }
  | { readonly type: 'closed' };

/** The batch is on disk. */
export interface WrittenReport {
  readonly type: 'written';
  /** Rows that were not there before; fewer than sent when a batch is repeated after a crash. */
  readonly inserted: number;
  readonly rejected: readonly RejectedRow[];
}
