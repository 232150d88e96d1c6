import type { Tap } from '../../types/format.ts';
import { decodeUsage } from './usage.ts';

/** Usage stands in `message_start` and `message_delta`, the end is `message_stop`, a failure has `"error"`. */
export const tap: Tap = {
  marks: ['"message_start"', '"message_delta"', '"message_stop"', '"error"'],
  usageKey: 'usage',
  decodeUsage,
  modelIn: 'body',
};
