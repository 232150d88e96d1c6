import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../types/errors.ts';
import type { DecodeReplyContext } from '../../types/format.ts';
import type { Reply } from '../../types/ir/reply.ts';
import type { StreamEvent } from '../../types/ir/stream-event.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { foldReply } from '../fold.ts';
import { createNormaliser } from '../normalise.ts';
import { streamDecoder } from './decode-stream.ts';
import { decodeReply } from './reply.ts';
import { MADE_ID } from './wire.ts';

const target: TargetProfile = {
  format: 'gemini',
  providerId: 'google',
  model: 'gemini-3-flash',
  family: 'gemini-3-flash',
  thinking: 'level',
  sampling: true,
  lateSystem: false,
  quirks: {},
};
const proof = (data: string): { format: 'gemini'; family: string; data: string } => ({
  format: 'gemini',
  family: target.family,
  data,
});

function folded(feed: (emit: (event: StreamEvent) => void) => void): Reply | GatewayError {
  const events: StreamEvent[] = [];
  const normaliser = createNormaliser((event) => events.push(event));
  feed(normaliser.push);
  normaliser.end();
  return foldReply(events);
}

function streamed(chunks: readonly (Json | string)[], context: DecodeReplyContext = { target }): Reply | GatewayError {
  const decoder = streamDecoder(context);
  return folded((emit) => {
    for (const chunk of chunks) decoder.push({ data: typeof chunk === 'string' ? chunk : JSON.stringify(chunk) }, emit);
    decoder.end(emit);
  });
}

const whole = (wire: Json, context: DecodeReplyContext = { target }): Reply | GatewayError =>
  folded((emit) => decodeReply(wire, context).forEach(emit));

const usageMetadata = {
  promptTokenCount: 10,
  cachedContentTokenCount: 4,
  candidatesTokenCount: 5,
  thoughtsTokenCount: 2,
  totalTokenCount: 17,
};
const usage = { inputTokens: 6, cacheReadTokens: 4, outputTokens: 7, reasoningTokens: 2 };

function chunk(parts: Json[], finishReason?: string, more: JsonObject = {}): JsonObject {
  const candidate = {
    content: { role: 'model', parts },
    index: 0,
    ...(finishReason !== undefined && { finishReason }),
  };
  return {
    candidates: [candidate],
    ...(finishReason !== undefined && { usageMetadata }),
    responseId: 'r1',
    modelVersion: 'gemini-3-flash',
    ...more,
  };
}

const end = chunk([{ text: '' }], 'STOP');
const replies: { name: string; chunks: Json[]; want: Partial<Reply> }[] = [
  {
    name: 'texts are one block, the last usage holds',
    chunks: [chunk([{ text: 'Hel' }]), chunk([{ text: 'lo' }]), end],
    want: {
      id: 'r1',
      model: 'gemini-3-flash',
      reason: 'stop',
      rawReason: 'STOP',
      usage,
      blocks: [{ kind: 'text', text: 'Hello', citations: [] }],
    },
  },
  {
    name: 'content and finish in one chunk lose nothing, what follows the finish is ignored',
    chunks: [chunk([{ text: 'a' }], 'STOP'), chunk([{ text: 'b' }], 'MAX_TOKENS')],
    want: { reason: 'stop', blocks: [{ kind: 'text', text: 'a', citations: [] }] },
  },
  {
    name: 'thoughts, a text and another thought are blocks of their own',
    chunks: [
      chunk([{ text: 'h', thought: true }]),
      chunk([{ text: 'm', thought: true }, { text: 'a' }]),
      chunk([{ text: 'x', thought: true }]),
      end,
    ],
    want: {
      blocks: [
        { kind: 'reasoning', text: 'hm', redacted: false },
        { kind: 'text', text: 'a', citations: [] },
        { kind: 'reasoning', text: 'x', redacted: false },
      ],
    },
  },
  {
    name: 'a signature on an empty text closes the text before it',
    chunks: [chunk([{ text: 'a' }]), chunk([{ text: '', thoughtSignature: 'c2ln' }], 'STOP')],
    want: { blocks: [{ kind: 'text', text: 'a', citations: [], proof: proof('c2ln') }] },
  },
  {
    name: 'parallel calls without ids are kept apart, the signature stays on the first',
    chunks: [
      chunk([
        { functionCall: { name: 'f', args: { a: 1 } }, thoughtSignature: 'c2ln' },
        { functionCall: { name: 'f', args: { a: 1 } } },
      ]),
      chunk([{ functionCall: { id: 'own', name: 'g' } }]),
      end,
    ],
    want: {
      reason: 'tool',
      rawReason: 'STOP',
      blocks: [
        {
          kind: 'call',
          id: expect.stringMatching(MADE_ID),
          name: 'f',
          argsText: '{"a":1}',
          custom: false,
          proof: proof('c2ln'),
        },
        { kind: 'call', id: expect.stringMatching(MADE_ID), name: 'f', argsText: '{"a":1}', custom: false },
        { kind: 'call', id: 'own', name: 'g', argsText: '{}', custom: false },
      ],
    },
  },
  {
    name: 'a picture is a block, code that ran stays whole, an unsigned empty text is nothing',
    chunks: [
      chunk([{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }, { text: '' }]),
      chunk([{ executableCode: { code: '1' } }]),
      end,
    ],
    want: {
      blocks: [
        { kind: 'media', mime: 'image/png', data: 'AAAA' },
        { kind: 'opaque', format: 'gemini', value: { executableCode: { code: '1' } } },
      ],
    },
  },
  {
    name: 'empty lists, nulls and snake_case are read past or read',
    chunks: [
      { candidates: [], usageMetadata: null, responseId: 'r1' },
      { candidates: [{ content: { parts: null } }], promptFeedback: null },
      {
        candidates: [
          {
            content: { parts: [{ function_call: { name: 'f', args: {} }, thought_signature: 'c2ln' }] },
            finish_reason: 'STOP',
          },
        ],
      },
      { usage_metadata: { prompt_token_count: 3, total_token_count: 4 } },
    ],
    want: {
      reason: 'tool',
      usage: { inputTokens: 3, outputTokens: 1 },
      blocks: [
        {
          kind: 'call',
          id: expect.stringMatching(MADE_ID),
          name: 'f',
          argsText: '{}',
          custom: false,
          proof: proof('c2ln'),
        },
      ],
    },
  },
  {
    name: 'a blocked prompt is a filter without content',
    chunks: [
      {
        promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
        usageMetadata: { promptTokenCount: 3, totalTokenCount: 3 },
      },
    ],
    want: {
      reason: 'filter',
      rawReason: 'prompt:PROHIBITED_CONTENT',
      blocks: [],
      usage: { inputTokens: 3, outputTokens: 0 },
    },
  },
  {
    name: 'sources count in UTF-16 units though Google counts bytes',
    chunks: [
      chunk([{ text: 'Käse 🧀 ist' }]),
      chunk([{ text: ' gut.' }], 'STOP', {
        candidates: [
          {
            content: { parts: [{ text: ' gut.' }] },
            finishReason: 'STOP',
            groundingMetadata: {
              webSearchQueries: ['q'],
              groundingChunks: [{ web: { uri: 'https://a', title: 'A' } }, { web: { uri: 'https://b', title: 'B' } }],
              groundingSupports: [
                { segment: { startIndex: 6, endIndex: 14, text: '🧀 ist' }, groundingChunkIndices: [0] },
              ],
            },
          },
        ],
      }),
    ],
    want: {
      blocks: [
        {
          kind: 'text',
          text: 'Käse 🧀 ist gut.',
          citations: [
            { url: 'https://a', title: 'A', start: 5, end: 11, text: '🧀 ist', raw: expect.anything() },
            { url: 'https://b', title: 'B' },
          ],
        },
      ],
    },
  },
];

describe('a stream and the same chunks as a list fold to one reply', () => {
  test.each(replies)('$name', ({ chunks, want }) => {
    const reply = streamed(chunks);
    expect(reply).toMatchObject(want as JsonObject);
    expect(whole(chunks)).toEqual(reply);
  });
});

const FINISHES = {
  MAX_TOKENS: 'length',
  SAFETY: 'filter',
  RECITATION: 'filter',
  BLOCKLIST: 'filter',
  PROHIBITED_CONTENT: 'filter',
  SPII: 'filter',
  IMAGE_SAFETY: 'filter',
  LANGUAGE: 'other',
  CONTINUATION: 'pause',
  SOMETHING_NEW: 'other',
};
test.each(Object.entries(FINISHES))('the finish %s means %s', (finish, reason) => {
  expect(streamed([chunk([{ text: 'a' }], finish)])).toMatchObject({ reason, rawReason: finish });
});

const failures: { name: string; chunks: (Json | string)[]; code: string; details?: JsonObject }[] = [
  { name: 'no finish', chunks: [chunk([{ text: 'a' }])], code: 'upstream_truncated' },
  { name: 'nothing at all', chunks: [], code: 'upstream_truncated' },
  { name: 'half an event', chunks: [chunk([{ text: 'a' }]), '{"candidates":[{"con'], code: 'upstream_garbled' },
  { name: 'HTML', chunks: ['<html>'], code: 'upstream_garbled' },
  {
    name: 'a malformed call',
    chunks: [chunk([], 'MALFORMED_FUNCTION_CALL')],
    code: 'upstream_garbled',
    details: { upstreamCode: 'MALFORMED_FUNCTION_CALL' },
  },
  { name: 'an unexpected call', chunks: [chunk([], 'UNEXPECTED_TOOL_CALL')], code: 'upstream_garbled' },
  { name: 'a call without a name', chunks: [chunk([{ functionCall: { args: {} } }]), end], code: 'upstream_garbled' },
  {
    name: 'an error in a stream that began well',
    chunks: [
      chunk([{ text: 'a' }]),
      { error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Please retry in 2.5s.' } },
    ],
    code: 'upstream_limited',
    details: { retryAfterMs: 2500 },
  },
  {
    name: 'an error without a number',
    chunks: [{ error: { status: 'UNAVAILABLE', message: 'overloaded' } }],
    code: 'upstream_overloaded',
  },
];

describe('a failure, never a quiet success', () => {
  test.each(failures)('$name', ({ chunks, code, details }) => {
    const outcome = streamed(chunks);
    expect(outcome).toBeInstanceOf(GatewayError);
    expect(outcome).toMatchObject({ code, ...details });
  });

  test.each([
    { name: 'an answer without candidates', wire: { usageMetadata }, code: 'upstream_garbled' },
    { name: 'an answer without a finish', wire: chunk([{ text: 'a' }]), code: 'upstream_truncated' },
    { name: 'a text', wire: 'hello', code: 'upstream_garbled' },
  ])('unary: $name', ({ wire, code }) => {
    expect(decodeReply(wire, { target }).at(-1)).toMatchObject({ type: 'message-failure', error: { code } });
  });
});

describe('calls that arrive piece by piece', () => {
  const piece = (call: JsonObject): JsonObject => chunk([{ functionCall: call }]);
  const text = (jsonPath: string, stringValue: string, willContinue = false): JsonObject => ({
    jsonPath,
    stringValue,
    ...(willContinue && { willContinue }),
  });

  test('values go to their places, a text that goes on is joined, a missing end is no loss', () => {
    const reply = streamed([
      piece({ name: 'f', willContinue: true }),
      piece({ partialArgs: [text('$.a[0].b', 'x', true)], willContinue: true }),
      piece({ partialArgs: [text('$.a[0].b', 'y')], willContinue: true }),
      piece({
        partialArgs: [
          { jsonPath: "$.a[1]['c d']", numberValue: 0.5 },
          { jsonPath: '$.e', nullValue: 'NULL_VALUE' },
        ],
        willContinue: true,
      }),
      piece({ name: 'g', args: { ok: true } }),
      piece({ name: 'h', willContinue: true }),
      end,
    ]);
    expect(reply).toMatchObject({
      reason: 'tool',
      blocks: [
        { name: 'f', argsText: '{"a":[{"b":"xy"},{"c d":0.5}],"e":null}' },
        { name: 'g', argsText: '{"ok":true}' },
        { name: 'h', argsText: '{}' },
      ],
    });
  });

  test.each(['$.__proto__.x', '$.a[999999999]', 'a.b', '$', '$.a[', 7])('the place %p is refused', (jsonPath) => {
    const outcome = streamed([
      piece({ name: 'f', willContinue: true }),
      piece({ partialArgs: [{ jsonPath, stringValue: 'x' }] }),
      end,
    ]);
    expect(outcome).toMatchObject({ code: 'upstream_garbled' });
  });

  test('a call above the cap is refused', () => {
    const big = 'x'.repeat(1024 * 1024);
    const pieces = Array.from({ length: 5 }, () =>
      piece({ partialArgs: [text('$.a', big, true)], willContinue: true }),
    );
    expect(streamed([piece({ name: 'f', willContinue: true }), ...pieces, end])).toMatchObject({
      code: 'upstream_garbled',
    });
  });
});

test('renamed tools get their own name back, custom tools their free text', () => {
  const context: DecodeReplyContext = {
    target,
    toolNames: new Map([['f_1', 'mcp.f']]),
    customTools: new Set(['mcp.f']),
  };
  const reply = whole(chunk([{ functionCall: { name: 'f_1', args: { input: 'ls\n' } } }], 'STOP'), context);
  expect(reply).toMatchObject({ blocks: [{ kind: 'call', name: 'mcp.f', argsText: 'ls\n', custom: true }] });
});

test('ids of calls differ between answers and are the same for the same answer', () => {
  const idOf = (responseId: string): unknown => {
    const reply = whole(chunk([{ functionCall: { name: 'f', args: {} } }], 'STOP', { responseId }));
    return reply instanceof GatewayError || reply.blocks[0]?.kind !== 'call' ? undefined : reply.blocks[0].id;
  };
  expect(idOf('r1')).toBe(idOf('r1'));
  expect(idOf('r1')).not.toBe(idOf('r2'));
});

test('a call that arrives signed tells its signature at its start as well, for formats that have it there', () => {
  const events: StreamEvent[] = [];
  const part = { functionCall: { name: 'f', args: {} }, thoughtSignature: 'c2ln' };
  streamDecoder({ target }).push({ data: JSON.stringify(chunk([part])) }, (event) => events.push(event));
  expect(events).toContainEqual(expect.objectContaining({ type: 'block-start', kind: 'call', proof: proof('c2ln') }));
  expect(events).toContainEqual(expect.objectContaining({ type: 'block-end', proof: proof('c2ln') }));
});
