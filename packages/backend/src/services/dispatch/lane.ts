import type { GatewayError } from '../../types/errors.ts';

/**
 * How one lane treats a stream. The pump owns reading, time and the client; a lane owns the bytes. A lane is fed
 * from the first byte on; what it gives before the commit is held, and dropped when the attempt fails.
 */
export interface LaneStream {
  /** Upstream bytes in, client bytes out (or nothing yet). */
  take(chunk: Uint8Array): Uint8Array | undefined;
  /** The upstream's bytes are over. Gives what was held; sets `failure` when no finish was seen. */
  end(): Uint8Array | undefined;
  /** An error in the client's own words, for a stream that has begun. */
  errorBytes(error: GatewayError): Uint8Array;
  /** The first content has been seen: from here on the attempt is committed. */
  readonly hasContent: boolean;
  /** The upstream failed in its own words, or ended without a finish. */
  readonly failure: GatewayError | undefined;
  /** The finish was seen; what follows is only drained. */
  readonly isOver: boolean;
  /** True between two events, where a comment may stand. */
  readonly atBoundary: boolean;
  /** Reads usage and stop reason from what has passed, into the record. Called once, whatever ended the stream. */
  settle(): void;
}
