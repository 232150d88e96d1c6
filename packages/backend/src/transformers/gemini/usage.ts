import type { Usage } from '../../types/ir/usage.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, softCount } from '../../utils/fields.ts';
import { fieldOf } from './wire.ts';

function sum(...counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter((count) => count !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, count) => total + count, 0);
}

/**
 * `usageMetadata` to disjoint buckets. The prompt count includes what was read from a cache, and the candidate
 * count excludes thoughts. Google leaves zeros out of its JSON, so a missing candidate count is taken from the
 * total where there is one; without both it stays absent.
 */
export function decodeUsage(wire: Json): Usage {
  if (!isObject(wire)) return {};
  const prompt = softCount(fieldOf(wire, 'promptTokenCount'));
  const toolPrompt = softCount(fieldOf(wire, 'toolUsePromptTokenCount'));
  const cached = softCount(fieldOf(wire, 'cachedContentTokenCount'));
  const thoughts = softCount(fieldOf(wire, 'thoughtsTokenCount'));
  const candidates = softCount(fieldOf(wire, 'candidatesTokenCount'));
  const total = softCount(fieldOf(wire, 'totalTokenCount'));
  const input = prompt === undefined ? undefined : prompt + (toolPrompt ?? 0);
  const rest = total === undefined || input === undefined ? undefined : Math.max(0, total - input);
  const output = candidates === undefined ? (rest ?? thoughts) : sum(candidates, thoughts);
  return {
    ...(input !== undefined && { inputTokens: Math.max(0, input - (cached ?? 0)) }),
    ...(cached !== undefined && { cacheReadTokens: cached }),
    ...(output !== undefined && { outputTokens: output }),
    ...(thoughts !== undefined && { reasoningTokens: thoughts }),
  };
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
