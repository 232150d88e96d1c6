import type { CacheMark } from '../../types/ir/request.ts';
import type { JsonObject } from '../../types/json.ts';

/** Our own id, where a part or a proof names the API it came from. */
export const FORMAT = 'anthropic-messages';

/**
 * Version that a translated request speaks. The newer `2026-10-21` refuses sampling parameters and documents in
 * assistant turns, so the older one can say more.
 */
export const API_VERSION = '2023-06-01';

/** The version in which a system message may stand between turns. */
export const LATE_SYSTEM_VERSION = '2026-10-21';

/** What the API takes as id of a call. */
export const CALL_ID = /^[A-Za-z0-9_-]+$/;
export const CALL_ID_PREFIX = 'toolu_';

export const TOOL_NAME = /^[A-Za-z0-9_-]+$/;
export const TOOL_NAME_CHARS_MAX = 128;

/** A `cache_control` object; five minutes is what the API does without `ttl`. */
export function cacheField(cache: CacheMark | undefined): JsonObject {
  if (cache === undefined) return {};
  return { cache_control: cache.ttl === '1h' ? { type: 'ephemeral', ttl: '1h' } : { type: 'ephemeral' } };
}

export interface TextBlock extends JsonObject {
  type: 'text';
  text: string;
}

export const textBlock = (text: string): TextBlock => ({ type: 'text', text });
