import type { FormatId } from '../../types/format-id.ts';

export const FORMAT: FormatId = 'openai-responses';

/** What OpenAI takes as a function name and as a call id. */
export const TOOL_NAME = /^[A-Za-z0-9_-]+$/;
export const TOOL_NAME_CHARS_MAX = 64;
export const CALL_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Item types that stand on the user's side of the conversation; all other unknown items are the assistant's. */
const USER_ITEM = /(_output|_response|_update)$/;

export function isUserItem(type: string): boolean {
  return USER_ITEM.test(type);
}

/** Include values that this gateway expresses by other means. */
export const INCLUDE_ENCRYPTED = 'reasoning.encrypted_content';
export const INCLUDE_LOGPROBS = 'message.output_text.logprobs';

/**
 * Marks a reasoning item that only carries the proof of a text part: the `id` inside our envelope is this word,
 * where it is the call id for the proof of a call.
 */
export const TEXT_PROOF = 'text';

/** Longest text that is kept for one call, and for one whole answer, which the last event has to repeat. */
export const CALL_CHARS_MAX = 4 * 1024 * 1024;
export const ANSWER_CHARS_MAX = 16 * 1024 * 1024;
