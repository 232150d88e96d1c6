import type { Usage } from '../../types/ir/usage.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, softCount } from '../../utils/fields.ts';
import { withCamelKeys } from './wire.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Fresh output of both kinds; what the upstream did not say is taken from the total, or stays absent. */
function outputOf(wire: JsonObject, input: number | undefined, thoughts: number | undefined): number | undefined {
  const candidates = softCount(wire['candidatesTokenCount']);
  if (candidates !== undefined) return candidates + (thoughts ?? 0);
  const total = softCount(wire['totalTokenCount']);
  return total === undefined || input === undefined ? thoughts : Math.max(0, total - input);
}

/**
 * `usageMetadata` to disjoint buckets. The prompt count includes what was read from a cache, and the candidate
 * count excludes thoughts. Google leaves zeros out of its JSON, so a missing candidate count is taken from the
 * total where there is one; without both it stays absent. Runs once for every chunk of a stream.
 */
export function decodeUsage(wire: Json): Usage {
  if (!isObject(wire)) return {};
  const counts = wire['prompt_token_count'] === undefined ? wire : withCamelKeys(wire);
  const prompt = softCount(counts['promptTokenCount']);
  const cached = softCount(counts['cachedContentTokenCount']);
  const thoughts = softCount(counts['thoughtsTokenCount']);
  const input = prompt === undefined ? undefined : prompt + (softCount(counts['toolUsePromptTokenCount']) ?? 0);
  const output = outputOf(counts, input, thoughts);
  const usage: Writable<Usage> = {};
  if (input !== undefined) usage.inputTokens = Math.max(0, input - (cached ?? 0));
  if (cached !== undefined) usage.cacheReadTokens = cached;
  if (output !== undefined) usage.outputTokens = output;
  if (thoughts !== undefined) usage.reasoningTokens = thoughts;
  return usage;
}

function sum(...counts: readonly (number | undefined)[]): number | undefined {
  const given = counts.filter((count) => count !== undefined);
  return given.length === 0 ? undefined : given.reduce((total, count) => total + count, 0);
}

/** Buckets to `usageMetadata`, or absent when nothing is known. */
export function encodeUsage(usage: Usage): JsonObject | undefined {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, cacheWriteLongTokens, outputTokens, reasoningTokens } = usage;
  const prompt = sum(inputTokens, cacheReadTokens, cacheWriteTokens, cacheWriteLongTokens);
  const total = prompt === undefined || outputTokens === undefined ? undefined : prompt + outputTokens;
  const wire: JsonObject = {
    ...(prompt !== undefined && { promptTokenCount: prompt }),
    ...(cacheReadTokens !== undefined && { cachedContentTokenCount: cacheReadTokens }),
    ...(outputTokens !== undefined && { candidatesTokenCount: Math.max(0, outputTokens - (reasoningTokens ?? 0)) }),
    ...(reasoningTokens !== undefined && { thoughtsTokenCount: reasoningTokens }),
    ...(total !== undefined && { totalTokenCount: total }),
  };
  return Object.keys(wire).length === 0 ? undefined : wire;
}
