import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../types/errors.ts';
import type { AnswerContext } from '../../types/format.ts';
import type { Proof, UnifiedChatRequest } from '../../types/ir/request.ts';
import type { StreamEvent } from '../../types/ir/stream-event.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { foldReply } from '../fold.ts';
import { createNormaliser } from '../normalise.ts';
import { sealProof } from '../proof.ts';
import { streamDecoder } from './decode-stream.ts';
import { streamEncoder } from './encode-stream.ts';
import { gemini } from './index.ts';
import { encodeReply } from './reply.ts';

const request: UnifiedChatRequest = {
  model: 'alias',
  system: [],
  turns: [],
  tools: [],
  sampling: {},
  stream: true,
  wantUsage: true,
  ext: { format: 'gemini', fields: {} },
};
const context: AnswerContext = { requestId: 'req_1', model: 'alias', createdAtMs: 0, request, framing: 'sse' };
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

function written(events: readonly StreamEvent[], framing: AnswerContext['framing'] = 'sse'): string {
  const encoder = streamEncoder({ ...context, framing });
  let text = '';
  const normaliser = createNormaliser((event) => {
    text += encoder.push(event);
  });
  for (const event of events) normaliser.push(event);
  normaliser.end();
  return text;
}

function chunksOf(text: string): JsonObject[] {
  return text.split('\r\n\r\n').flatMap((block) => {
    if (block === '') return [];
    expect(block).toMatch(/^data: \{[^\r\n]*\}$/);
    return [JSON.parse(block.slice(6)) as JsonObject];
  });
}

const partsOf = (chunks: readonly JsonObject[]): Json[] =>
  chunks.flatMap((chunk) => {
    const candidates = chunk['candidates'] as { content: { parts: Json[] } }[] | undefined;
    return candidates?.[0]?.content.parts ?? [];
  });

const start: StreamEvent = { type: 'message-start', id: 'r1', model: 'real' };
const stop: StreamEvent = { type: 'message-end', reason: 'stop' };
const block = (at: number, kind: 'text' | 'reasoning' | 'refusal', texts: string[], proof?: Proof): StreamEvent[] => [
  { type: 'block-start', block: at, kind },
  ...texts.map((text): StreamEvent => ({ type: 'text-delta', block: at, text })),
  { type: 'block-end', block: at, proof },
];
const callStart = (at: number, id: string, name: string): StreamEvent => ({
  type: 'block-start',
  block: at,
  kind: 'call',
  id,
  name,
});
const args = (at: number, text: string): StreamEvent => ({ type: 'args-delta', block: at, text });
const own: Proof = { format: 'gemini', data: 'c2ln' };
const foreign: Proof = { format: 'openai-responses', family: 'gpt-5', data: 'enc', id: 'rs_1' };
const LAST = { text: '' };

const rows: { name: string; events: StreamEvent[]; parts: Json[]; last: JsonObject }[] = [
  {
    name: 'texts go out as they come, usage and finish in the last chunk',
    events: [
      start,
      ...block(0, 'text', ['a', 'b\n\u2028"']),
      { type: 'usage-update', usage: { inputTokens: 3, cacheReadTokens: 1, outputTokens: 5, reasoningTokens: 2 } },
      stop,
    ],
    parts: [{ text: 'a' }, { text: 'b\n\u2028"' }, LAST],
    last: {
      candidates: [{ content: { parts: [LAST], role: 'model' }, finishReason: 'STOP', index: 0 }],
      usageMetadata: {
        promptTokenCount: 4,
        cachedContentTokenCount: 1,
        candidatesTokenCount: 3,
        thoughtsTokenCount: 2,
        totalTokenCount: 9,
      },
      modelVersion: 'alias',
      responseId: 'r1',
    },
  },
  {
    name: 'interleaved fragments of three calls go out whole, in the order of their start',
    events: [
      start,
      callStart(0, 'a', 'f'),
      callStart(1, 'b', 'g'),
      callStart(2, 'c', 'h'),
      args(1, '{"y"'),
      args(0, '{"x":'),
      args(1, ':2}'),
      { type: 'block-end', block: 1 },
      args(0, '7}'),
      { type: 'block-end', block: 0, proof: own },
      stop,
    ],
    parts: [
      { functionCall: { id: 'a', name: 'f', args: { x: 7 } }, thoughtSignature: 'c2ln' },
      { functionCall: { id: 'b', name: 'g', args: { y: 2 } } },
      { functionCall: { id: 'c', name: 'h', args: {} } },
      LAST,
    ],
    last: { candidates: [{ finishReason: 'STOP' }] },
  },
  {
    name: 'thoughts are marked, a proof of another API is enveloped and repeated on the call behind it',
    events: [start, ...block(0, 'reasoning', ['hm'], foreign), callStart(1, 'a', 'f'), args(1, '{}'), stop],
    parts: [
      { text: 'hm', thought: true },
      { text: '', thought: true, thoughtSignature: sealProof(foreign) },
      { functionCall: { id: 'a', name: 'f', args: {} }, thoughtSignature: sealProof(foreign) },
      LAST,
    ],
    last: { candidates: [{ finishReason: 'STOP' }] },
  },
  {
    name: 'a proof of its own goes out as it is',
    events: [start, ...block(0, 'text', ['a'], own), stop],
    parts: [{ text: 'a' }, { text: '', thoughtSignature: 'c2ln' }, LAST],
    last: {},
  },
  {
    name: 'arguments with line ends stay on one line',
    events: [start, callStart(0, 'a', 'f'), args(0, '{\n "x": 1\r\n}'), stop],
    parts: [{ functionCall: { id: 'a', name: 'f', args: { x: 1 } } }, LAST],
    last: {},
  },
  {
    name: 'arguments cut by the limit are left out, and the limit is told',
    events: [start, callStart(0, 'a', 'f'), args(0, '{"x":'), { type: 'message-end', reason: 'length' }],
    parts: [LAST],
    last: { candidates: [{ finishReason: 'MAX_TOKENS' }] },
  },
  {
    name: 'arguments that are no object end the answer as Gemini ends it',
    events: [start, callStart(0, 'a', 'f'), args(0, '[1]'), stop],
    parts: [LAST],
    last: { candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: 'Malformed function call: f' }] },
  },
  {
    name: 'a refusal is text that ends for safety',
    events: [start, ...block(0, 'refusal', ['no']), { type: 'message-end', reason: 'refusal' }],
    parts: [{ text: 'no' }, LAST],
    last: { candidates: [{ finishReason: 'SAFETY' }] },
  },
  {
    name: 'pictures and parts of its own go out whole, parts of others do not',
    events: [
      start,
      { type: 'block-start', block: 0, kind: 'media', media: { mime: 'image/png', data: 'AAAA' } },
      { type: 'block-end', block: 0, proof: own },
      {
        type: 'block-start',
        block: 1,
        kind: 'opaque',
        raw: { format: 'gemini', value: { executableCode: { code: '1' } } },
      },
      { type: 'block-start', block: 2, kind: 'opaque', raw: { format: 'openai-chat', value: {} } },
      stop,
    ],
    parts: [
      { inlineData: { mimeType: 'image/png', data: 'AAAA' }, thoughtSignature: 'c2ln' },
      { executableCode: { code: '1' } },
      LAST,
    ],
    last: {},
  },
  {
    name: 'sources become grounding with byte offsets in the whole answer',
    events: [
      start,
      ...block(0, 'text', ['ä']),
      { type: 'block-start', block: 1, kind: 'text' },
      { type: 'text-delta', block: 1, text: 'ö gut' },
      { type: 'citation', block: 1, citation: { url: 'https://a', title: 'A', start: 2, end: 5 } },
      stop,
    ],
    parts: [{ text: 'ä' }, { text: 'ö gut' }, LAST],
    last: {
      candidates: [
        {
          groundingMetadata: {
            groundingChunks: [{ web: { uri: 'https://a', title: 'A' } }],
            groundingSupports: [{ segment: { startIndex: 5, endIndex: 8, text: 'gut' }, groundingChunkIndices: [0] }],
          },
        },
      ],
    },
  },
  {
    name: 'a blocked prompt is one chunk with feedback and no candidates',
    events: [start, { type: 'message-end', reason: 'filter', raw: 'prompt:SAFETY' }],
    parts: [],
    last: { promptFeedback: { blockReason: 'SAFETY' } },
  },
];

describe('chunks of a stream', () => {
  test.each(rows)('$name', ({ events, parts, last }) => {
    const chunks = chunksOf(written(events));
    expect(partsOf(chunks)).toEqual(parts);
    expect(chunks.at(-1)).toMatchObject(last);
    expect(
      chunks.filter(
        (chunk) => JSON.stringify(chunk).includes('"finishReason"') || chunk['promptFeedback'] !== undefined,
      ),
    ).toHaveLength(1);
    expect(new Set(chunks.map((chunk) => `${chunk['responseId']} ${chunk['modelVersion']}`))).toEqual(
      new Set(['r1 alias']),
    );
  });

  test.each(rows)('without SSE the same is one JSON array: $name', ({ events }) => {
    expect(JSON.parse(written(events, 'json-array'))).toEqual(chunksOf(written(events)));
  });

  test.each(rows)('the unary answer says the same: $name', ({ events }) => {
    const all: StreamEvent[] = [];
    const normaliser = createNormaliser((event) => all.push(event));
    for (const event of events) normaliser.push(event);
    const reply = foldReply(all);
    if (reply instanceof GatewayError) throw reply;
    const unary = encodeReply(reply, context);
    // Read back, both must hold the same text, thoughts, calls, usage and end; only the cuts differ.
    const read = (chunks: readonly Json[]): unknown => {
      const back: StreamEvent[] = [];
      const reader = createNormaliser((event) => back.push(event));
      const decoder = streamDecoder({ target });
      for (const chunk of chunks) decoder.push({ data: JSON.stringify(chunk) }, reader.push);
      decoder.end(reader.push);
      reader.end();
      const outcome = foldReply(back);
      if (outcome instanceof GatewayError) return outcome.message;
      // Neighbouring text parts have no border in a stream.
      const text = outcome.blocks.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('');
      const others = outcome.blocks.filter(({ kind }) => kind !== 'text');
      return { ...outcome, blocks: others, text };
    };
    expect(read([unary])).toEqual(read(chunksOf(written(events))));
  });
});

test('a failure is an error with a number, and nothing follows it', () => {
  const failure: StreamEvent = { type: 'message-failure', error: new GatewayError('upstream_truncated', 'cut') };
  const text = written([start, ...block(0, 'text', ['a']), failure, stop]);
  expect(chunksOf(text).at(-1)).toMatchObject({ error: { code: 502, message: 'cut', status: 'UNAVAILABLE' } });
  expect(JSON.parse(written([start, ...block(0, 'text', ['a']), failure], 'json-array'))).toMatchObject([
    { candidates: [{}] },
    { error: { code: 502 } },
  ]);
  expect(JSON.parse(written([failure], 'json-array'))).toMatchObject([{ error: { code: 502 } }]);
});

test('the digits of a large number in arguments survive', () => {
  const text = written([start, callStart(0, 'a', 'f'), args(0, '{"x":12345678901234567890}'), stop]);
  expect(text).toContain('"args":{"x":12345678901234567890}');
});

test('arguments above the cap end the stream as a failure', () => {
  const encoder = streamEncoder(context);
  encoder.push(start);
  encoder.push(callStart(0, 'a', 'f'));
  const big = 'x'.repeat(3 * 1024 * 1024);
  expect(encoder.push(args(0, big))).toBe('');
  expect(encoder.push(args(0, big))).toContain('"code":502');
  expect(encoder.push(stop)).toBe('');
});

test('keep-alives are white space, since the SDK inside Gemini CLI breaks at a comment', () => {
  // How that SDK (@google/genai 1.x) finds the next event: anchored, past white space only.
  const nextEvent = /^\s*data: (.*)(?:\n\n|\r\r|\r\n\r\n)/;
  const asEvents = streamEncoder(context);
  const blank = asEvents.push({ type: 'keep-alive' });
  expect(blank.trim()).toBe('');
  expect(blank).toBe(gemini.keepAlive ?? '');
  expect(`${blank}${asEvents.push({ type: 'message-end', reason: 'stop' })}`).toMatch(nextEvent);
  const encoder = streamEncoder({ ...context, framing: 'json-array' });
  const text = [
    { type: 'keep-alive' } as const,
    start,
    ...block(0, 'text', ['a']),
    { type: 'keep-alive' } as const,
    stop,
  ].map(encoder.push);
  expect(JSON.parse(text.join(''))).toHaveLength(2);
});
