import { expect, test } from 'bun:test';
import type { Usage } from '../../types/ir/usage.ts';
import type { Json } from '../../types/json.ts';
import { decodeUsage, encodeUsage } from './usage.ts';

const rows: { name: string; wire: Json; usage: Usage }[] = [
  { name: 'null is no usage', wire: null, usage: {} },
  { name: 'what the wire does not say stays absent', wire: { input_tokens: 7 }, usage: { inputTokens: 7 } },
  {
    name: 'an explicit zero is a zero',
    wire: { input_tokens: 7, output_tokens: 0, input_tokens_details: { cached_tokens: 0 } },
    usage: { inputTokens: 7, cacheReadTokens: 0, outputTokens: 0 },
  },
  {
    name: 'cache reads and writes are taken out of the input',
    wire: {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
      output_tokens: 9,
      output_tokens_details: { reasoning_tokens: 4 },
      total_tokens: 109,
    },
    usage: { inputTokens: 10, cacheReadTokens: 60, cacheWriteTokens: 30, outputTokens: 9, reasoningTokens: 4 },
  },
  {
    name: 'writes of both lives are told apart',
    wire: {
      input_tokens: 100,
      input_tokens_details: {
        cached_tokens: 0,
        cache_write_tokens: 30,
        cache_write_tokens_details: { ttl_30m_tokens: 10, ttl_12h_tokens: 20 },
      },
      output_tokens: 1,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 101,
    },
    usage: {
      inputTokens: 70,
      cacheReadTokens: 0,
      cacheWriteTokens: 10,
      cacheWriteLongTokens: 20,
      outputTokens: 1,
      reasoningTokens: 0,
    },
  },
  {
    name: 'a cached count above the input gives no negative number',
    wire: { input_tokens: 5, input_tokens_details: { cached_tokens: 9 } },
    usage: { inputTokens: 0, cacheReadTokens: 9 },
  },
];

test.each(rows)('decode: $name', ({ wire, usage }) => {
  expect(decodeUsage(wire)).toEqual(usage);
});

test.each(rows.slice(3, 5))('encode gives the wire back: $name', ({ wire, usage }) => {
  expect(encodeUsage(usage)).toEqual(wire as never);
});

test('unknown usage is null, not zeros', () => {
  expect(encodeUsage({ cacheReadTokens: 5 })).toBeNull();
});
