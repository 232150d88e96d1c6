import type { Usage } from '../../types/ir/usage.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, softCount } from '../../utils/fields.ts';

const part = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

/**
 * The wire's usage object to disjoint buckets; anything else gives `{}`. Missing counts stay absent.
 *
 * The prompt count holds cache reads and writes and is reduced by them, unless they do not fit in it: some
 * proxies count them beside it. The completion count holds the thoughts, except at xAI, where only the total
 * shows that they were left out.
 */
export function decodeUsage(wire: Json | undefined): Usage {
  if (!isObject(wire)) return {};
  const prompt = part(wire['prompt_tokens_details']);
  const completion = part(wire['completion_tokens_details']);
  const cacheReadTokens =
    softCount(prompt['cached_tokens']) ??
    softCount(wire['prompt_cache_hit_tokens']) ??
    softCount(wire['cached_tokens']);
  const cacheWriteTokens = softCount(prompt['cache_write_tokens']) ?? softCount(prompt['cache_creation_tokens']);
  const reasoningTokens = softCount(completion['reasoning_tokens']) ?? softCount(wire['reasoning_tokens']);
  const promptTokens = softCount(wire['prompt_tokens']);
  const cached = (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0);
  const usage: Record<string, number | undefined> = {
    inputTokens: promptTokens !== undefined && promptTokens >= cached ? promptTokens - cached : promptTokens,
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens: outputOf(wire, promptTokens, reasoningTokens),
    reasoningTokens,
  };
  for (const key of Object.keys(usage)) if (usage[key] === undefined) delete usage[key];
  return usage;
}

function outputOf(wire: JsonObject, prompt: number | undefined, reasoning: number | undefined): number | undefined {
  const completion = softCount(wire['completion_tokens']);
  if (completion === undefined || reasoning === undefined || reasoning === 0) return completion;
  const total = softCount(wire['total_tokens']);
  const leftOut = total !== undefined && prompt !== undefined && total === prompt + completion + reasoning;
  return leftOut || reasoning > completion ? completion + reasoning : completion;
}

/** Buckets to the wire's usage object, or absent when nothing at all is known: none is ever invented. */
export function encodeUsage(usage: Usage): JsonObject | undefined {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, cacheWriteLongTokens, outputTokens, reasoningTokens } = usage;
  const prompt = sumOf(inputTokens, cacheReadTokens, cacheWriteTokens, cacheWriteLongTokens);
  if (prompt === undefined && outputTokens === undefined) return undefined;
  const written = sumOf(cacheWriteTokens, cacheWriteLongTokens);
  const wire: JsonObject = {};
  if (prompt !== undefined) wire['prompt_tokens'] = prompt;
  if (outputTokens !== undefined) wire['completion_tokens'] = outputTokens;
  if (prompt !== undefined && outputTokens !== undefined) wire['total_tokens'] = prompt + outputTokens;
  if (cacheReadTokens !== undefined || written !== undefined) {
    wire['prompt_tokens_details'] = {
      ...(cacheReadTokens !== undefined && { cached_tokens: cacheReadTokens }),
      ...(written !== undefined && { cache_write_tokens: written }),
    };
  }
  if (reasoningTokens !== undefined) wire['completion_tokens_details'] = { reasoning_tokens: reasoningTokens };
  return wire;
}

function sumOf(...counts: (number | undefined)[]): number | undefined {
  const known = counts.filter((count) => count !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, count) => sum + count, 0);
}
