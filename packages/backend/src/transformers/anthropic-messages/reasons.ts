import type { StopReason } from '../../types/ir/stream-event.ts';
import { ownValue } from '../../utils/fields.ts';

/** The API's own words, and those that servers which imitate it are known to send. */
const DECODED: Readonly<Record<string, StopReason>> = {
  end_turn: 'stop',
  tool_use: 'tool',
  max_tokens: 'length',
  model_context_window_exceeded: 'context',
  stop_sequence: 'stop-sequence',
  refusal: 'refusal',
  pause_turn: 'pause',
  stop: 'stop',
  tool_calls: 'tool',
  length: 'length',
  content_filter: 'filter',
};

const ENCODED: Readonly<Record<StopReason, string>> = {
  stop: 'end_turn',
  tool: 'tool_use',
  length: 'max_tokens',
  context: 'model_context_window_exceeded',
  'stop-sequence': 'stop_sequence',
  filter: 'refusal',
  refusal: 'refusal',
  pause: 'pause_turn',
  other: 'end_turn',
};

export function decodeReason(word: string | undefined): StopReason {
  return (word === undefined ? undefined : ownValue(DECODED, word)) ?? 'other';
}

/** How an answer ended, for both framings. `refusal` is the text of its refusal blocks, "" when there was none. */
export interface Ending {
  readonly reason: StopReason;
  readonly stopSequence?: string | undefined;
  readonly refusal: string;
}

/** `stop_reason`, `stop_sequence` and `stop_details`, the same for a whole answer and for the end of a stream. */
export function encodeEnding({ reason, stopSequence, refusal }: Ending): {
  stop_reason: string;
  stop_sequence: string | null;
  stop_details: { type: string; category: null; explanation: string | null } | null;
} {
  // Chat servers say "stop" beside a refusal; clients of this API look at the stop reason alone.
  const word = refusal !== '' && reason === 'stop' ? 'refusal' : ENCODED[reason];
  return {
    stop_reason: word,
    stop_sequence: word === 'stop_sequence' ? (stopSequence ?? null) : null,
    stop_details:
      word === 'refusal' ? { type: 'refusal', category: null, explanation: refusal === '' ? null : refusal } : null,
  };
}
