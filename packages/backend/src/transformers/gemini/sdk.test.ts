import { afterAll, beforeEach, describe, expect, test } from 'bun:test';
import { ApiError, type GenerateContentResponse, GoogleGenAI } from '@google/genai';
import { GatewayError } from '../../types/errors.ts';
import type { AnswerContext } from '../../types/format.ts';
import type { UnifiedChatRequest } from '../../types/ir/request.ts';
import type { StreamEvent } from '../../types/ir/stream-event.ts';
import type { Json } from '../../types/json.ts';
import { foldReply } from '../fold.ts';
import { createNormaliser } from '../normalise.ts';
import { gemini } from './index.ts';

/** What the upstream says to each request in turn; the server behind the SDK answers with it as the gateway would. */
let script: StreamEvent[][] = [];
let requests: UnifiedChatRequest[] = [];

function normalised(events: readonly StreamEvent[]): StreamEvent[] {
  const all: StreamEvent[] = [];
  const normaliser = createNormaliser((event) => all.push(event));
  for (const event of events) normaliser.push(event);
  normaliser.end();
  return all;
}

function unary(events: readonly StreamEvent[], context: AnswerContext): Response {
  const reply = foldReply(events);
  if (!(reply instanceof GatewayError)) return Response.json(gemini.encodeReply(reply, context));
  const { status, body, headers } = gemini.encodeError(reply, context.requestId);
  return Response.json(body, { status, headers: { ...headers } });
}

function stream(events: readonly StreamEvent[], context: AnswerContext): Response {
  const encoder = gemini.streamEncoder(context);
  const bytes = new TextEncoder().encode(events.map(encoder.push).join(''));
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    // Seven bytes at a time: the SDK must find the borders of the chunks itself.
    pull: (controller) => {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, at + 7));
      at += 7;
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: async (incoming) => {
    const match = /^\/v1(?:beta)?\/models\/(.+):(generateContent|streamGenerateContent)$/.exec(
      decodeURIComponent(new URL(incoming.url).pathname),
    );
    const [, pathModel, verb] = match ?? [];
    const pathStream = verb === 'streamGenerateContent';
    const request = gemini.decodeRequest((await incoming.json()) as Json, { pathModel, pathStream });
    requests.push(request);
    const context: AnswerContext = {
      requestId: 'req_1',
      model: request.model,
      createdAtMs: 0,
      request,
      framing: 'sse',
    };
    const events = normalised(script.shift() ?? []);
    return pathStream ? stream(events, context) : unary(events, context);
  },
});
const client = new GoogleGenAI({
  apiKey: 'k',
  httpOptions: { baseUrl: server.url.origin, retryOptions: { attempts: 1 } },
});

afterAll(() => server.stop(true));
beforeEach(() => {
  requests = [];
});

const start: StreamEvent = { type: 'message-start', id: 'r1' };
const usage: StreamEvent = { type: 'usage-update', usage: { inputTokens: 3, outputTokens: 5, reasoningTokens: 2 } };
const stop: StreamEvent = { type: 'message-end', reason: 'stop' };
const text = (block: number, words: string, kind: 'text' | 'reasoning' | 'refusal' = 'text'): StreamEvent[] => [
  { type: 'block-start', block, kind },
  ...words.split(/(?<= )/).map((word): StreamEvent => ({ type: 'text-delta', block, text: word })),
];
const open = (block: number, name: string): StreamEvent => ({
  type: 'block-start',
  block,
  kind: 'call',
  id: `call_${block}`,
  name,
});
const args = (block: number, piece: string): StreamEvent => ({ type: 'args-delta', block, text: piece });

interface Heard {
  text: string;
  thought: string;
  calls: unknown[];
  finish: string | undefined;
  total: number | undefined;
}

function hear(chunks: readonly GenerateContentResponse[]): Heard {
  const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
  const last = chunks.at(-1);
  const join = (isThought: boolean): string =>
    parts.flatMap((part) => ((part.thought ?? false) === isThought ? [part.text ?? ''] : [])).join('');
  return {
    text: join(false),
    thought: join(true),
    calls: chunks.flatMap((chunk) => chunk.functionCalls ?? []),
    finish: last?.candidates?.[0]?.finishReason,
    total: last?.usageMetadata?.totalTokenCount,
  };
}

const scenes: { name: string; events: StreamEvent[]; want: Partial<Heard> }[] = [
  {
    name: 'text',
    events: [start, ...text(0, 'Hello big world'), usage, stop],
    want: { text: 'Hello big world', finish: 'STOP', total: 8 },
  },
  {
    name: 'reasoning before text',
    events: [
      start,
      ...text(0, 'let me see', 'reasoning'),
      { type: 'block-end', block: 0, proof: { format: 'anthropic-messages', data: 'sig' } },
      ...text(1, 'yes'),
      stop,
    ],
    want: { thought: 'let me see', text: 'yes' },
  },
  {
    name: 'one tool',
    events: [start, open(0, 'f'), args(0, '{"a"'), args(0, ':1}'), usage, stop],
    want: { calls: [{ id: 'call_0', name: 'f', args: { a: 1 } }], finish: 'STOP', total: 8 },
  },
  {
    name: 'three interleaved tools behind a text',
    events: [
      start,
      ...text(0, 'calling'),
      open(1, 'f'),
      open(2, 'f'),
      open(3, 'g'),
      args(3, '{'),
      args(1, '{"a":'),
      args(2, '{}'),
      args(3, '"c":3}'),
      args(1, '1}'),
      stop,
    ],
    want: {
      text: 'calling',
      calls: [
        { id: 'call_1', name: 'f', args: { a: 1 } },
        { id: 'call_2', name: 'f', args: {} },
        { id: 'call_3', name: 'g', args: { c: 3 } },
      ],
    },
  },
  {
    name: 'a refusal',
    events: [start, ...text(0, 'I cannot', 'refusal'), { type: 'message-end', reason: 'refusal' }],
    want: { text: 'I cannot', finish: 'SAFETY' },
  },
  {
    name: 'the token limit',
    events: [start, ...text(0, 'and so'), { type: 'message-end', reason: 'length' }],
    want: { text: 'and so', finish: 'MAX_TOKENS' },
  },
  { name: 'an empty answer', events: [start, stop], want: { text: '', finish: 'STOP' } },
];

describe('the official SDK hears', () => {
  test.each(scenes)('$name in a stream', async ({ events, want }) => {
    script = [events];
    const chunks: GenerateContentResponse[] = [];
    for await (const chunk of await client.models.generateContentStream({ model: 'team/m:free', contents: 'hi' }))
      chunks.push(chunk);
    expect(hear(chunks)).toMatchObject(want);
    expect(requests[0]).toMatchObject({ model: 'team/m:free', stream: true });
  });

  test.each(scenes)('$name in one answer', async ({ events, want }) => {
    script = [events];
    const answer = await client.models.generateContent({
      model: 'm',
      contents: 'hi',
      config: { systemInstruction: 'be brief' },
    });
    expect(hear([answer])).toMatchObject(want);
    expect(requests[0]).toMatchObject({ stream: false, system: [{ role: 'system', text: 'be brief' }] });
  });

  test('an error in the middle of a stream as an exception', async () => {
    script = [
      [start, ...text(0, 'Hel'), { type: 'message-failure', error: new GatewayError('upstream_overloaded', 'busy') }],
    ];
    const heard: string[] = [];
    const listen = async (): Promise<void> => {
      for await (const chunk of await client.models.generateContentStream({ model: 'm', contents: 'hi' }))
        heard.push(chunk.text ?? '');
    };
    expect(await listen().catch((error: unknown) => error)).toMatchObject({ name: 'ApiError', status: 503 });
  });

  test('an error before the first byte with its status', async () => {
    script = [
      [{ type: 'message-failure', error: new GatewayError('upstream_limited', 'slow down', { retryAfterMs: 900 }) }],
    ];
    const failure = await client.models
      .generateContent({ model: 'm', contents: 'hi' })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject({ status: 429, message: expect.stringContaining('"retryDelay":"0.9s"') });
  });
});

test('a tool loop over the SDK’s own chat gives calls, ids and foreign proofs back unchanged', async () => {
  const proof = { format: 'anthropic-messages', family: 'claude-opus-4-8', data: 'EqRsig==' } as const;
  script = [
    [
      start,
      ...text(0, 'let me see', 'reasoning'),
      { type: 'block-end', block: 0, proof },
      ...text(1, 'I look it up'),
      open(2, 'f'),
      args(2, '{"a":1}'),
      open(3, 'f'),
      stop,
    ],
    [start, ...text(0, 'done'), stop],
  ];
  const chat = client.chats.create({
    model: 'm',
    config: { tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: { type: 'object' } }] }] },
  });
  const calls = [];
  for await (const chunk of await chat.sendMessageStream({ message: 'go' })) calls.push(...(chunk.functionCalls ?? []));
  const results = calls.map(({ id, name }) => ({
    functionResponse: { id: id ?? '', name: name ?? '', response: { output: `for ${id}` } },
  }));
  for await (const chunk of await chat.sendMessageStream({ message: results }))
    expect(chunk.candidates).toHaveLength(1);
  expect(requests[1]?.turns).toEqual([
    { role: 'user', parts: [{ type: 'text', text: 'go' }] },
    {
      role: 'assistant',
      parts: [
        { type: 'reasoning', text: 'let me see', proof },
        { type: 'text', text: 'I look it up' },
        { type: 'call', id: 'call_2', name: 'f', argsText: '{"a":1}' },
        { type: 'call', id: 'call_3', name: 'f', argsText: '{}' },
      ],
    },
    {
      role: 'user',
      parts: [
        { type: 'result', id: 'call_2', name: 'f', parts: [{ type: 'text', text: 'for call_2' }], isError: false },
        { type: 'result', id: 'call_3', name: 'f', parts: [{ type: 'text', text: 'for call_3' }], isError: false },
      ],
    },
  ]);
});
