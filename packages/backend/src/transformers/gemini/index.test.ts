import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Part, Turn, UnifiedChatRequest } from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { Usage } from '../../types/ir/usage.ts';
import type { JsonObject } from '../../types/json.ts';
import { unitsOfBytes } from './grounding.ts';
import { gemini } from './index.ts';
import { encodeUsage } from './usage.ts';

test('every door stands below both versions', () => {
  const paths = gemini.endpoints.map(({ path, operation, streams }) => `${path} ${operation} ${streams}`);
  for (const version of ['/v1beta', '/v1']) {
    expect(paths).toContain(`${version}/models/{model}:generateContent generate never`);
    expect(paths).toContain(`${version}/models/{model}:streamGenerateContent generate always`);
    expect(paths).toContain(`${version}/models/{model}:countTokens count-tokens never`);
    expect(paths).toContain(`${version}/tunedModels/{model}:generateContent generate never`);
  }
});

test.each([
  { operation: 'generate', model: 'gemini-3-pro', stream: false, path: '/v1beta/models/gemini-3-pro:generateContent' },
  {
    operation: 'generate',
    model: 'models/gemini-3-pro',
    stream: true,
    path: '/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse',
  },
  {
    operation: 'generate',
    model: 'google/a b?',
    stream: false,
    path: '/v1beta/models/google/a%20b%3F:generateContent',
  },
  { operation: 'generate', model: 'tunedModels/x', stream: false, path: '/v1beta/tunedModels/x:generateContent' },
  { operation: 'count-tokens', model: 'm', stream: false, path: '/v1beta/models/m:countTokens' },
] as const)('the upstream path of $model is $path', ({ operation, model, stream, path }) => {
  expect(gemini.upstreamPath(operation, model, stream)).toBe(path);
});

const counts: { name: string; wire: JsonObject; usage: Usage; back?: JsonObject }[] = [
  {
    name: 'cached tokens leave the fresh ones, thoughts join the output',
    wire: {
      promptTokenCount: 10,
      toolUsePromptTokenCount: 2,
      cachedContentTokenCount: 4,
      candidatesTokenCount: 5,
      thoughtsTokenCount: 3,
      totalTokenCount: 20,
    },
    usage: { inputTokens: 8, cacheReadTokens: 4, outputTokens: 8, reasoningTokens: 3 },
    back: {
      promptTokenCount: 12,
      cachedContentTokenCount: 4,
      candidatesTokenCount: 5,
      thoughtsTokenCount: 3,
      totalTokenCount: 20,
    },
  },
  {
    name: 'a zero is a zero',
    wire: { promptTokenCount: 1, candidatesTokenCount: 0 },
    usage: { inputTokens: 1, outputTokens: 0 },
  },
  { name: 'what is not said stays absent', wire: { promptTokenCount: 3 }, usage: { inputTokens: 3 } },
  {
    name: 'a count that Google left out comes from the total',
    wire: { promptTokenCount: 3, thoughtsTokenCount: 2, totalTokenCount: 5 },
    usage: { inputTokens: 3, outputTokens: 2, reasoningTokens: 2 },
  },
  {
    name: 'words in place of numbers are nothing',
    wire: { promptTokenCount: '3', trafficType: 'ON_DEMAND' },
    usage: {},
  },
];

describe('usage', () => {
  test.each(counts)('$name', ({ wire, usage, back }) => {
    expect(gemini.tap.decodeUsage(wire)).toEqual(usage);
    if (back !== undefined) expect(encodeUsage(usage)).toEqual(back);
  });

  test('nothing known is no usage, a cache write counts as prompt', () => {
    expect(encodeUsage({})).toBeUndefined();
    expect(encodeUsage({ inputTokens: 1, cacheWriteTokens: 2, cacheWriteLongTokens: 3 })).toEqual({
      promptTokenCount: 6,
    });
  });
});

test('the tap finds usage, finish, blocks and errors by their marks', () => {
  const seen = (text: string): boolean => gemini.tap.marks.some((mark) => text.includes(mark));
  expect(seen('{"error":{"code":500}}')).toBe(true);
  expect(seen('{"usageMetadata":{}}')).toBe(true);
  expect(seen('{"candidates":[{"finishReason":"STOP"}]}')).toBe(true);
  expect(seen('{"candidates":[{"content":{}}]}')).toBe(false);
});

test('bytes of any text lead back to its units', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (before, after) => {
      expect(unitsOfBytes(before + after, Buffer.byteLength(before))).toBe(before.length);
    }),
  );
});

const target: TargetProfile = {
  format: 'gemini',
  providerId: 'google',
  model: 'm',
  family: 'gemini-3-flash',
  thinking: 'level',
  sampling: true,
  lateSystem: false,
  quirks: {},
};
const id = fc.constantFrom('a', 'b', 'c', 'd');
const text = fc.constantFrom('', 'x', 'yy').map((words): Part => ({ type: 'text', text: words }));
const call = fc
  .record({ id, name: fc.constantFrom('f', 'g.h', 'mcp tool') })
  .map((fields): Part => ({ type: 'call', argsText: '{}', ...fields }));
const result = id.map((of): Part => ({ type: 'result', id: of, parts: [], isError: false }));
const thought = fc.constant<Part>({
  type: 'reasoning',
  text: 'hm',
  proof: { format: 'gemini', family: 'gemini-3-flash', data: 'c2ln' },
});
const turn: fc.Arbitrary<Turn> = fc.oneof(
  fc.record({ role: fc.constant('user' as const), parts: fc.array(fc.oneof(text, result), { maxLength: 4 }) }),
  fc.record({
    role: fc.constant('assistant' as const),
    parts: fc.array(fc.oneof(text, call, thought), { maxLength: 4 }),
  }),
  fc.record({ role: fc.constant('system' as const), parts: fc.array(text, { maxLength: 1 }) }),
);

test('any history, however broken, becomes contents that alternate, with one response for each call right behind it', () => {
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 8 }), (turns) => {
      const request: UnifiedChatRequest = {
        model: 'm',
        system: [],
        turns,
        tools: [],
        sampling: {},
        stream: false,
        wantUsage: true,
        ext: { format: 'openai-chat', fields: {} },
      };
      const { body } = gemini.encodeRequest(request, target, () => undefined);
      const contents = body['contents'] as { role: string; parts: JsonObject[] }[];
      expect(contents.length).toBeGreaterThan(0);
      contents.forEach(({ role, parts }, at) => {
        expect(parts.length).toBeGreaterThan(0);
        if (at > 0) expect(contents[at - 1]?.role).not.toBe(role);
        const names = (key: string, list: JsonObject[] = []): unknown[] =>
          list.flatMap((part) => (part[key] === undefined ? [] : [(part[key] as JsonObject)['name']]));
        if (role === 'model')
          expect(names('functionResponse', contents[at + 1]?.parts)).toEqual(names('functionCall', parts));
      });
      const calls = contents.flatMap(({ parts }) => parts).filter((part) => part['functionCall'] !== undefined);
      const responses = contents.flatMap(({ parts }) => parts).filter((part) => part['functionResponse'] !== undefined);
      expect(responses).toHaveLength(calls.length);
      const [first] = contents;
      expect(first?.role === 'model' && first.parts.some((part) => part['functionCall'] !== undefined)).toBe(false);
    }),
  );
});
