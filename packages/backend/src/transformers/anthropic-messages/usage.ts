import type { Usage } from '../../types/ir/usage.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, softCount } from '../../utils/fields.ts';

/** Only the fields that hold a number. */
function present(usage: Usage): Usage {
  const said: Record<string, number> = {};
  for (const [key, value] of Object.entries(usage)) if (typeof value === 'number') said[key] = value;
  return said;
}

/**
 * Cache writes in two buckets. `message_start` says how they divide, `message_delta` gives a new total alone, so a
 * total without its split is divided as the earlier one was: the long part keeps its count, and takes the whole
 * where the short part was zero.
 */
function cacheWrites(wire: JsonObject, earlier: Usage): Pick<Usage, 'cacheWriteTokens' | 'cacheWriteLongTokens'> {
  const total = softCount(wire['cache_creation_input_tokens']);
  const split = wire['cache_creation'];
  const short = isObject(split) ? softCount(split['ephemeral_5m_input_tokens']) : undefined;
  const long = isObject(split) ? softCount(split['ephemeral_1h_input_tokens']) : undefined;
  if (short !== undefined || long !== undefined) {
    return { cacheWriteTokens: short, cacheWriteLongTokens: long };
  }
  if (total === undefined) return {};
  const earlierLong = earlier.cacheWriteLongTokens;
  if (earlierLong === undefined) return { cacheWriteTokens: total };
  const allLong = earlierLong > 0 && (earlier.cacheWriteTokens ?? 0) === 0;
  const nextLong = allLong ? total : Math.min(earlierLong, total);
  return { cacheWriteTokens: total - nextLong, cacheWriteLongTokens: nextLong };
}

/**
 * A Messages usage object in disjoint buckets. Its `input_tokens` excludes cache reads and writes already.
 * Anything that is not a usage object gives `{}`; a field that is missing stays absent.
 */
export function decodeUsage(wire: Json | undefined, earlier: Usage = {}): Usage {
  if (!isObject(wire)) return {};
  const details = wire['output_tokens_details'];
  return present({
    inputTokens: softCount(wire['input_tokens']),
    cacheReadTokens: softCount(wire['cache_read_input_tokens']),
    ...cacheWrites(wire, earlier),
    outputTokens: softCount(wire['output_tokens']),
    reasoningTokens: isObject(details) ? softCount(details['thinking_tokens']) : undefined,
  });
}

/**
 * Buckets as a Messages usage object. `input_tokens` and `output_tokens` are 0 when unknown, because every client
 * of this API fails without them; all other fields are left out when the upstream did not say.
 */
export function encodeUsage(usage: Usage): JsonObject {
  const { cacheReadTokens, cacheWriteTokens, cacheWriteLongTokens, reasoningTokens } = usage;
  const wrote = cacheWriteTokens !== undefined || cacheWriteLongTokens !== undefined;
  return {
    input_tokens: usage.inputTokens ?? 0,
    ...(wrote && { cache_creation_input_tokens: (cacheWriteTokens ?? 0) + (cacheWriteLongTokens ?? 0) }),
    ...(cacheReadTokens !== undefined && { cache_read_input_tokens: cacheReadTokens }),
    ...(cacheWriteLongTokens !== undefined && {
      cache_creation: {
        ephemeral_5m_input_tokens: cacheWriteTokens ?? 0,
        ephemeral_1h_input_tokens: cacheWriteLongTokens,
      },
    }),
    output_tokens: usage.outputTokens ?? 0,
    ...(reasoningTokens !== undefined && { output_tokens_details: { thinking_tokens: reasoningTokens } }),
  };
}
