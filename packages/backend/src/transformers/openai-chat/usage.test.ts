import { expect, test } from 'bun:test';
import type { Usage } from '../../types/ir/usage.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { decodeUsage, encodeUsage } from './usage.ts';

const reads: { name: string; wire: Json; gives: Usage }[] = [
  { name: 'null is nothing', wire: null, gives: {} },
  { name: 'an empty object is nothing', wire: {}, gives: {} },
  {
    name: 'zero is zero, missing is absent',
    wire: { prompt_tokens: 0, completion_tokens: null },
    gives: { inputTokens: 0 },
  },
  {
    name: 'cache reads and writes are taken out of the prompt',
    wire: {
      prompt_tokens: 100,
      completion_tokens: 5,
      prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
    },
    gives: { inputTokens: 10, cacheReadTokens: 60, cacheWriteTokens: 30, outputTokens: 5 },
  },
  {
    name: 'DeepSeek counts hits beside the prompt count',
    wire: { prompt_tokens: 100, completion_tokens: 5, prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 },
    gives: { inputTokens: 36, cacheReadTokens: 64, outputTokens: 5 },
  },
  {
    name: 'Moonshot names cached tokens at the top',
    wire: { prompt_tokens: 10, completion_tokens: 5, cached_tokens: 4 },
    gives: { inputTokens: 6, cacheReadTokens: 4, outputTokens: 5 },
  },
  {
    name: 'cached tokens that do not fit in the prompt were counted beside it',
    wire: { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 90 } },
    gives: { inputTokens: 10, cacheReadTokens: 90 },
  },
  {
    name: 'thoughts inside the output stay there',
    wire: {
      prompt_tokens: 1,
      completion_tokens: 9,
      total_tokens: 10,
      completion_tokens_details: { reasoning_tokens: 4 },
    },
    gives: { inputTokens: 1, outputTokens: 9, reasoningTokens: 4 },
  },
  {
    name: 'xAI leaves thoughts out of the output, as its total shows',
    wire: {
      prompt_tokens: 12,
      completion_tokens: 1,
      total_tokens: 241,
      completion_tokens_details: { reasoning_tokens: 228 },
    },
    gives: { inputTokens: 12, outputTokens: 229, reasoningTokens: 228 },
  },
];

test.each(reads)('$name', ({ wire, gives }) => expect(decodeUsage(wire)).toEqual(gives));

const writes: { name: string; usage: Usage; gives: JsonObject | undefined }[] = [
  { name: 'nothing known is no usage', usage: {}, gives: undefined },
  {
    name: 'the prompt count holds all three kinds of cache token',
    usage: { inputTokens: 1, cacheReadTokens: 2, cacheWriteTokens: 3, cacheWriteLongTokens: 4, outputTokens: 5 },
    gives: {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 15,
      prompt_tokens_details: { cached_tokens: 2, cache_write_tokens: 7 },
    },
  },
  { name: 'a side that is not known is left out', usage: { outputTokens: 0 }, gives: { completion_tokens: 0 } },
];

test.each(writes)('$name', ({ usage, gives }) => expect(encodeUsage(usage)).toEqual(gives));

test('buckets survive the way to the wire and back', () => {
  const usage = { inputTokens: 7, cacheReadTokens: 0, cacheWriteTokens: 2, outputTokens: 9, reasoningTokens: 3 };
  expect(decodeUsage(encodeUsage(usage) ?? null)).toEqual(usage);
});
