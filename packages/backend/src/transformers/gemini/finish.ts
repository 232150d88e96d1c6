import type { StopReason } from '../../types/ir/stream-event.ts';

/** What an upstream's `finishReason` means; `broken` ends the answer as a failure that the next target may mend. */
const MEANING = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'filter',
  RECITATION: 'filter',
  BLOCKLIST: 'filter',
  PROHIBITED_CONTENT: 'filter',
  SPII: 'filter',
  MODEL_ARMOR: 'filter',
  IMAGE_SAFETY: 'filter',
  IMAGE_PROHIBITED_CONTENT: 'filter',
  IMAGE_RECITATION: 'filter',
  IMAGE_OTHER: 'filter',
  CONTINUATION: 'pause',
  LANGUAGE: 'other',
  OTHER: 'other',
  NO_IMAGE: 'other',
  MALFORMED_FUNCTION_CALL: 'broken',
  UNEXPECTED_TOOL_CALL: 'broken',
  TOO_MANY_TOOL_CALLS: 'broken',
  MALFORMED_RESPONSE: 'broken',
} as const satisfies Record<string, StopReason | 'broken'>;

const WIRE: Readonly<Record<StopReason, string>> = {
  stop: 'STOP',
  tool: 'STOP',
  length: 'MAX_TOKENS',
  context: 'MAX_TOKENS',
  'stop-sequence': 'STOP',
  filter: 'SAFETY',
  refusal: 'SAFETY',
  pause: 'STOP',
  other: 'OTHER',
};

/** Stands before the raw reason of a prompt that was blocked, which has no candidate and no `finishReason`. */
export const BLOCKED_PROMPT = 'prompt:';

function isKnown(raw: string): raw is keyof typeof MEANING {
  return Object.hasOwn(MEANING, raw);
}

/** Reason of a `finishReason`; one that is not in the table is `other`. */
export function decodeFinish(raw: string): StopReason | 'broken' {
  return isKnown(raw) ? MEANING[raw] : 'other';
}

/** The upstream's own word where it is one of Gemini's and means the same, otherwise the table's. */
export function encodeFinish(reason: StopReason, raw: string | undefined): string {
  if (raw !== undefined && isKnown(raw) && MEANING[raw] === reason) return raw;
  return WIRE[reason];
}
