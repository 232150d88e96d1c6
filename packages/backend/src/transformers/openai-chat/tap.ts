import type { Tap } from '../../types/format.ts';
import { decodeUsage } from './usage.ts';

/** Each mark also with a space behind the colon: servers written in Python print JSON so. */
export const tap: Tap = {
  marks: ['"usage":{', '"usage": {', '"finish_reason":"', '"finish_reason": "', '[DONE]', '"error"'],
  usageKey: 'usage',
  decodeUsage,
  modelIn: 'body',
};
