import type { Tap } from '../../types/format.ts';
import { decodeUsage } from './usage.ts';
import { STOP_REASONS } from './wire.ts';

/** Each mark also with a space behind the colon: servers written in Python print JSON so. */
export const tap: Tap = {
  marks: ['"usage":{', '"usage": {', '"finish_reason":"', '"finish_reason": "', '[DONE]', '"error"'],
  // Inside a string of the answer the quotes would be escaped, so these stand for the real field only.
  endMarks: ['"finish_reason":"', '"finish_reason": "'],
  content: /"(?:content|reasoning_content|reasoning|refusal)":\s?"[^"]/,
  stop: {
    marks: ['"finish_reason":"', '"finish_reason": "'],
    reasonOf: (word) => STOP_REASONS.get(word) ?? 'other',
  },
  askUsage: { insert: '"stream_options":{"include_usage":true}', hide: ['"choices":[]', '"usage":{'] },
  usageKey: 'usage',
  decodeUsage,
  modelIn: 'body',
};
