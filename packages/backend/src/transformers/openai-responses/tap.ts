import type { Tap } from '../../types/format.ts';
import { decodeUsage } from './usage.ts';

/**
 * Usage and finish stand in the terminal event only. `"error"` cannot match inside a delta, where its quotes
 * are escaped.
 */
export const tap: Tap = {
  marks: ['response.completed', 'response.incomplete', 'response.failed', '"error"'],
  // Until the terminal event, which repeats the whole answer and may be long, usage is null.
  endMarks: ['"usage":{"input_tokens"', '"usage": {"input_tokens"'],
  usageKey: 'usage',
  decodeUsage,
  modelIn: 'body',
};
