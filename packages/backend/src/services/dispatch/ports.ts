import type { GatewayError } from '../../types/errors.ts';
import type { Format, Operation } from '../../types/format.ts';
import type { FormatId } from '../../types/format-id.ts';
import type { Limits } from '../../types/gateway.ts';
import type { Reply } from '../../types/ir/reply.ts';
import type { UnifiedChatRequest } from '../../types/ir/request.ts';
import type { Emit, StreamEvent } from '../../types/ir/stream-event.ts';
import type { TopLevel } from '../../utils/json-scan.ts';
import type { Ticker } from '../../utils/ticker.ts';
import type { PlannedAttempt } from '../routing/plan.ts';
import type { Track } from './track.ts';
import type { Transport } from './transport.ts';

/** One caller's request, read and admitted. Immutable; every attempt starts from it anew. */
export interface Call {
  readonly requestId: string;
  /** The client's format. */
  readonly format: Format;
  readonly operation: Operation;
  /** True when the path says that the answer streams (Gemini); otherwise the body does. */
  readonly pathStream: boolean | undefined;
  readonly framing: 'sse' | 'json-array';
  readonly body: Buffer;
  readonly top: TopLevel;
  /** Model as the client named it. */
  readonly model: string;
  readonly headers: Headers;
  /** The client's query without its key, with the leading "?" or empty. */
  readonly query: string;
  /** Ends when the client leaves. */
  readonly signal: AbortSignal;
  readonly limits: Limits;
  readonly track: Track;
  /** The decoded request; decoded once, on first need. Throws `request_invalid`, `request_not_json`, `request_too_deep`. */
  decode(): UnifiedChatRequest;
}

/** A target with the API to speak there, as the plan orders it. */
export type Attempt = PlannedAttempt;

/** What goes back to the client. Headers are final; a stream ends the call's record by itself. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | string | ReadableStream<Uint8Array>;
}

/** The pure parts of translation, handed in so that this room knows no format. */
export interface Translation {
  createNormaliser(emit: Emit): { push: Emit; end(): void };
  /** A text that stands in every body that holds a proof in an envelope of ours. */
  readonly proofMark: string;
  foldReply(events: readonly StreamEvent[]): Reply | GatewayError;
}

export interface DispatchDeps {
  readonly formats: ReadonlyMap<FormatId, Format>;
  readonly translation: Translation;
  readonly transport: Transport;
  readonly ticker: Ticker;
  /** 0 to 1, for the jitter of a repeat. */
  readonly random: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}
