import type { Usage } from '../../types/ir/usage.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, softCount } from '../../utils/fields.ts';

const plus = (...counts: (number | undefined)[]): number =>
  counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);

/** Cache writes by life: the detail names them, without it all of them are of the provider's one kind. */
function cacheWrites(details: JsonObject): Pick<Usage, 'cacheWriteTokens' | 'cacheWriteLongTokens'> {
  const all = softCount(details['cache_write_tokens']);
  const split = details['cache_write_tokens_details'];
  if (!isObject(split)) return { cacheWriteTokens: all };
  const long = softCount(split['ttl_12h_tokens']);
  const short = softCount(split['ttl_30m_tokens']) ?? (all === undefined ? undefined : Math.max(0, all - (long ?? 0)));
  return { cacheWriteTokens: short, cacheWriteLongTokens: long };
}

/**
 * The wire's `usage` to disjoint buckets: OpenAI's `input_tokens` holds cache reads and writes, ours does not.
 * Anything that is not a usage object gives `{}`; what the wire does not say stays absent.
 */
export function decodeUsage(wire: Json | undefined): Usage {
  if (!isObject(wire)) return {};
  const input = softCount(wire['input_tokens']);
  const inputDetails = isObject(wire['input_tokens_details']) ? wire['input_tokens_details'] : {};
  const outputDetails = isObject(wire['output_tokens_details']) ? wire['output_tokens_details'] : {};
  const cacheReadTokens = softCount(inputDetails['cached_tokens']);
  const writes = cacheWrites(inputDetails);
  const cached = plus(cacheReadTokens, writes.cacheWriteTokens, writes.cacheWriteLongTokens);
  const usage = {
    inputTokens: input === undefined ? undefined : Math.max(0, input - cached),
    cacheReadTokens,
    ...writes,
    outputTokens: softCount(wire['output_tokens']),
    reasoningTokens: softCount(outputDetails['reasoning_tokens']),
  };
  return Object.fromEntries(Object.entries(usage).filter(([, count]) => count !== undefined));
}

function writeDetails({ cacheWriteTokens, cacheWriteLongTokens }: Usage): JsonObject {
  if (cacheWriteTokens === undefined && cacheWriteLongTokens === undefined) return {};
  const all = { cache_write_tokens: plus(cacheWriteTokens, cacheWriteLongTokens) };
  if (cacheWriteLongTokens === undefined) return all;
  return {
    ...all,
    cache_write_tokens_details: { ttl_30m_tokens: cacheWriteTokens ?? 0, ttl_12h_tokens: cacheWriteLongTokens },
  };
}

/**
 * Buckets to the wire, or null when neither input nor output is known. Inside a usage object the API knows no
 * unknown number: clients fail on a missing one, so there, and only there, it is 0.
 */
export function encodeUsage(usage: Usage): JsonObject | null {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, cacheWriteLongTokens, outputTokens } = usage;
  if (inputTokens === undefined && outputTokens === undefined) return null;
  const input = plus(inputTokens, cacheReadTokens, cacheWriteTokens, cacheWriteLongTokens);
  const output = outputTokens ?? 0;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cacheReadTokens ?? 0, ...writeDetails(usage) },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: input + output,
  };
}
