import { describe, expect, test } from 'bun:test';
import OpenAI from 'openai';
import { GatewayError } from '../../types/errors.ts';
import type { UnifiedChatRequest } from '../../types/ir/request.ts';
import type { StreamEvent } from '../../types/ir/stream-event.ts';
import type { JsonObject } from '../../types/json.ts';
import { foldReply } from '../fold.ts';
import { openProof } from '../proof.ts';
import { encodeReply } from './reply.ts';
import { answerContext, chunksOf, encodeStreamText, needReply, normalised, rawEvents } from './test-kit.ts';

const start: StreamEvent = { type: 'message-start', id: 'up', model: 'up-model' };
const end = (reason: 'stop' | 'tool' | 'length' | 'refusal' | 'filter' | 'pause' = 'stop'): StreamEvent => ({
  type: 'message-end',
  reason,
});
const usage: StreamEvent = {
  type: 'usage-update',
  usage: { inputTokens: 5, cacheReadTokens: 3, cacheWriteTokens: 2, outputTokens: 7, reasoningTokens: 4 },
};
const block = (number: number, kind: 'text' | 'refusal' | 'reasoning', ...words: string[]): StreamEvent[] => [
  { type: 'block-start', block: number, kind },
  ...words.map((text): StreamEvent => ({ type: 'text-delta', block: number, text })),
  { type: 'block-end', block: number },
];
const open = (number: number, id: string, name: string): StreamEvent => ({
  type: 'block-start',
  block: number,
  kind: 'call',
  id,
  name,
});
const args = (number: number, text: string): StreamEvent => ({ type: 'args-delta', block: number, text });
const close = (number: number): StreamEvent => ({ type: 'block-end', block: number });

/** Each scene is sent once as a stream and once whole; the vendor's client must see the same message. */
const scenes: {
  name: string;
  events: StreamEvent[];
  message: JsonObject;
  finish: string;
  request?: Partial<UnifiedChatRequest>;
}[] = [
  {
    name: 'text in pieces, with quotes, line ends and a code point in two halves',
    events: [start, ...block(0, 'text', 'He said "', 'hi"\n', '\u2028', '🎉'), usage, end()],
    message: { role: 'assistant', content: 'He said "hi"\n\u2028🎉' },
    finish: 'stop',
  },
  {
    name: 'thinking, then text',
    events: [start, ...block(0, 'reasoning', 'h', 'm'), ...block(1, 'text', 'Yes'), usage, end()],
    message: { content: 'Yes', reasoning_content: 'hm' },
    finish: 'stop',
  },
  {
    name: 'one tool, its arguments in pieces',
    events: [
      start,
      ...block(0, 'text', 'Let me see.'),
      open(1, 'call_a', 'look'),
      args(1, '{"n":'),
      args(1, '1}'),
      close(1),
      usage,
      end('tool'),
    ],
    message: {
      content: 'Let me see.',
      tool_calls: [{ id: 'call_a', type: 'function', function: { name: 'look', arguments: '{"n":1}' } }],
    },
    finish: 'tool_calls',
  },
  {
    name: 'three parallel tools with interleaved fragments, one without arguments',
    events: [
      start,
      open(0, 'a', 'f'),
      open(1, 'b', 'g'),
      args(0, '{"x"'),
      open(2, 'c', 'f'),
      args(2, '{}'),
      args(0, ':1}'),
      close(0),
      close(1),
      close(2),
      usage,
      end('tool'),
    ],
    message: {
      content: null,
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
        { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
        { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } },
      ],
    },
    finish: 'tool_calls',
  },
  {
    name: 'a refusal in words',
    events: [start, ...block(0, 'refusal', 'No', '.'), usage, end('refusal')],
    message: { content: null, refusal: 'No.' },
    finish: 'stop',
  },
  {
    name: 'a refusal without words',
    events: [start, ...block(0, 'text', 'Well'), usage, end('refusal')],
    message: { content: 'Well' },
    finish: 'content_filter',
  },
  {
    name: 'the output limit',
    events: [start, ...block(0, 'text', 'One two'), usage, end('length')],
    message: { content: 'One two' },
    finish: 'length',
  },
  {
    name: 'an empty answer',
    events: [start, usage, end()],
    message: { content: '' },
    finish: 'stop',
  },
  {
    name: 'citations, counted from the start of the content',
    events: [
      start,
      ...block(0, 'text', 'One. '),
      { type: 'block-start', block: 1, kind: 'text' },
      { type: 'text-delta', block: 1, text: 'Two.' },
      { type: 'citation', block: 1, citation: { url: 'https://x', title: 'X' } },
      { type: 'citation', block: 1, citation: { text: 'a document without an address' } },
      { type: 'block-end', block: 1 },
      usage,
      end(),
    ],
    message: {
      content: 'One. Two.',
      annotations: [
        { type: 'url_citation', url_citation: { url: 'https://x', title: 'X', start_index: 5, end_index: 9 } },
      ],
    },
    finish: 'stop',
  },
  {
    name: 'a call of a custom tool',
    events: [
      start,
      { type: 'block-start', block: 0, kind: 'call', id: 'a', name: 'apply', custom: true },
      args(0, 'ls'),
      close(0),
      usage,
      end('tool'),
    ],
    message: { content: null, tool_calls: [{ id: 'a', type: 'custom', custom: { name: 'apply', input: 'ls' } }] },
    finish: 'tool_calls',
  },
  {
    name: 'a call for a client of the older functions',
    request: { legacyCalls: true },
    events: [start, open(0, 'a', 'f'), args(0, '{"x":1}'), close(0), usage, end('tool')],
    message: { content: null, function_call: { name: 'f', arguments: '{"x":1}' } },
    finish: 'function_call',
  },
];

type Serve = (body: JsonObject) => Response;

async function withClient<T>(serve: Serve, use: (client: OpenAI) => Promise<T>): Promise<T> {
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: async (request) => serve((await request.json()) as JsonObject),
  });
  try {
    const baseURL = `http://127.0.0.1:${server.port}/v1`;
    return await use(new OpenAI({ apiKey: 'test', baseURL, maxRetries: 0 }));
  } finally {
    await server.stop(true);
  }
}

const sse = (text: string): Response => new Response(text, { headers: { 'content-type': 'text/event-stream' } });
const question: { model: string; messages: OpenAI.ChatCompletionMessageParam[] } = {
  model: 'alias',
  messages: [{ role: 'user', content: 'Hi' }],
};
const wireUsage = {
  prompt_tokens: 10,
  completion_tokens: 7,
  total_tokens: 17,
  prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 2 },
  completion_tokens_details: { reasoning_tokens: 4 },
};

describe.each(scenes)('$name', ({ events, message, finish, request }) => {
  test('the official client reads the stream', async () => {
    const text = encodeStreamText(events, { ...request, wantUsage: true });
    let thought = '';
    const completion = await withClient(
      () => sse(text),
      (client) =>
        client.chat.completions
          .stream({ ...question, stream_options: { include_usage: true } })
          .on('chunk', ({ choices }) => {
            thought += (choices[0]?.delta as { reasoning_content?: string } | undefined)?.reasoning_content ?? '';
          })
          .finalChatCompletion(),
    );
    const [choice] = completion.choices;
    expect(completion.id).toBe('chatcmpl-0198');
    expect(completion.model).toBe('alias');
    expect(choice?.finish_reason as string).toBe(finish);
    expect(completion.usage as unknown).toEqual(wireUsage);
    // The client's accumulator adds up the fields that it knows; thinking is not among them.
    const { reasoning_content: thinking = '', ...known } = message;
    expect(thought).toBe(String(thinking));
    // It starts from our opening chunk, so "no words" is an empty text there.
    expect(choice?.message as unknown).toMatchObject({ ...known, content: known['content'] ?? '' });
  });

  test('the official client reads the whole answer, and it is the fold of the stream', async () => {
    const reply = needReply(foldReply(events));
    const whole = encodeReply(reply, answerContext(request));
    const completion = await withClient(
      () => Response.json(whole),
      (client) => client.chat.completions.create(question),
    );
    const [choice] = completion.choices;
    expect(choice?.message as unknown).toMatchObject(message);
    expect(choice?.finish_reason as string).toBe(finish);
    expect(completion.usage as unknown).toEqual(wireUsage);
  });

  test('our own decoder reads both alike', () => {
    const chunks = chunksOf(encodeStreamText(events, { ...request, wantUsage: true }));
    const again = needReply(foldReply(normalised(rawEvents(chunks))));
    const whole = encodeReply(needReply(foldReply(events)), answerContext(request));
    const context = answerContext(request);
    if (request?.legacyCalls === true) expect(again.blocks).toMatchObject([{ kind: 'call', name: 'f' }]);
    else expect(encodeReply(again, context)).toEqual(whole);
  });
});

test('a stream has one id, a role first, dense indexes, one finish, usage last and [DONE]', () => {
  for (const { events } of scenes) {
    const chunks = chunksOf(encodeStreamText(events, { wantUsage: true }));
    const objects = chunks.filter((chunk): chunk is JsonObject => typeof chunk !== 'string');
    expect(chunks.at(-1)).toBe('[DONE]');
    expect(
      new Set(objects.map(({ id, created, model, object }) => JSON.stringify([id, created, model, object]))).size,
    ).toBe(1);
    expect(objects[0]).toMatchObject({ created: 1_700_000_000, choices: [{ delta: { role: 'assistant' } }] });
    const finishes = objects.filter(({ choices }) => JSON.stringify(choices).includes('"finish_reason":"'));
    expect(finishes).toHaveLength(1);
    expect(objects.at(-1)).toMatchObject({ choices: [], usage: wireUsage });
    for (const chunk of objects.slice(0, -1)) expect(chunk['usage']).toBeNull();
  }
});

test('usage is not shown to a client that did not ask, and not invented for one that did', () => {
  const [scene] = scenes;
  const events = scene?.events ?? [];
  expect(encodeStreamText(events)).not.toContain('usage');
  const silent = encodeStreamText([start, end()], { wantUsage: true });
  expect(chunksOf(silent).every((chunk) => typeof chunk === 'string' || chunk['usage'] === null)).toBe(true);
  expect(encodeReply(needReply(foldReply([start, end()])), answerContext())).not.toHaveProperty('usage');
});

test('a keep-alive is a comment, which the official client passes over', async () => {
  const events: StreamEvent[] = [start, { type: 'keep-alive' }, ...block(0, 'text', 'Hi'), end()];
  const text = encodeStreamText(events);
  expect(text).toContain(': keep-alive\n\n');
  const completion = await withClient(
    () => sse(text),
    (client) => client.chat.completions.stream(question).finalChatCompletion(),
  );
  expect(completion.choices[0]?.message.content).toBe('Hi');
});

test('an error in the middle of a stream reaches the official client as an exception, without [DONE]', async () => {
  const error = new GatewayError('upstream_stalled', 'the provider fell silent');
  const text = encodeStreamText([start, ...block(0, 'text', 'Hi'), { type: 'message-failure', error }]);
  expect(text).not.toContain('[DONE]');
  expect(text).not.toContain('"finish_reason":"');
  const failed = withClient(
    () => sse(text),
    (client) => client.chat.completions.stream(question).finalChatCompletion(),
  );
  expect(failed).rejects.toThrow('the provider fell silent');
  await failed.catch(() => undefined);
});

describe('proofs', () => {
  const proofs: { name: string; events: StreamEvent[]; check: (message: JsonObject) => void }[] = [
    {
      name: 'a proof of another API is sealed in the details, beside the words it proves',
      events: [
        { type: 'block-start', block: 0, kind: 'reasoning' },
        { type: 'text-delta', block: 0, text: 'hm' },
        { type: 'block-end', block: 0, proof: { format: 'anthropic-messages', family: 'claude', data: 'SIG' } },
      ],
      check: ({ reasoning_details: details }) => {
        const [detail] = details as JsonObject[];
        expect(detail).toMatchObject({ type: 'reasoning.text', text: 'hm', index: 0 });
        const proof = openProof(String(detail?.['signature']));
        expect(proof).toEqual({ format: 'anthropic-messages', family: 'claude', data: 'SIG' });
      },
    },
    {
      name: 'a redacted block is encrypted data',
      events: [
        { type: 'block-start', block: 0, kind: 'reasoning', redacted: true },
        { type: 'block-end', block: 0, proof: { format: 'anthropic-messages', data: 'DATA' } },
      ],
      check: ({ reasoning_details: details }) => {
        expect(details).toMatchObject([{ type: 'reasoning.encrypted', index: 0 }]);
      },
    },
    {
      name: 'a proof of this API goes out as it came',
      events: [
        { type: 'block-start', block: 0, kind: 'reasoning' },
        { type: 'text-delta', block: 0, text: 'hm' },
        {
          type: 'block-end',
          block: 0,
          proof: {
            format: 'openai-chat',
            family: 'm',
            data: '[{"type":"reasoning.text","text":"hm","signature":"S"}]',
          },
        },
      ],
      check: ({ reasoning_details: details }) => {
        expect(details).toEqual([{ type: 'reasoning.text', text: 'hm', signature: 'S' }]);
      },
    },
    {
      name: 'a proof without data shows nothing',
      events: [
        { type: 'block-start', block: 0, kind: 'reasoning' },
        { type: 'text-delta', block: 0, text: 'hm' },
        { type: 'block-end', block: 0, proof: { format: 'openai-chat', family: 'm', data: '' } },
      ],
      check: (message) => expect(message).not.toHaveProperty('reasoning_details'),
    },
    {
      name: 'a signature of Gemini rides on its call',
      events: [
        open(0, 'a', 'f'),
        args(0, '{}'),
        { type: 'block-end', block: 0, proof: { format: 'gemini', data: 'G' } },
      ],
      check: ({ tool_calls: calls }) => {
        const [wire] = calls as { extra_content: { google: { thought_signature: string } } }[];
        expect(openProof(wire?.extra_content.google.thought_signature ?? '')).toEqual({ format: 'gemini', data: 'G' });
      },
    },
  ];
  test.each(proofs)('$name', async ({ events, check }) => {
    const all = [start, ...events, end()];
    const whole = encodeReply(needReply(foldReply(all)), answerContext());
    const [choice] = whole['choices'] as { message: JsonObject }[];
    check(choice?.message ?? {});
    const streamed = await withClient(
      () => sse(encodeStreamText(all)),
      (client) => client.chat.completions.stream(question).finalChatCompletion(),
    );
    check(streamed.choices[0]?.message as unknown as JsonObject);
  });
});

describe('a signature of a call in a stream', () => {
  const proof = { format: 'gemini', data: 'G' } as const;
  const fragments = (events: readonly StreamEvent[]): JsonObject[] =>
    chunksOf(encodeStreamText([start, ...events, end('tool')])).flatMap((chunk) => {
      const { choices } = chunk as { choices?: { delta: { tool_calls?: JsonObject[] } }[] };
      return choices?.[0]?.delta.tool_calls ?? [];
    });

  test('rides on the fragment that opens the call where it is known by then: some clients look at no other', () => {
    const told = fragments([
      { type: 'block-start', block: 0, kind: 'call', id: 'a', name: 'f', proof },
      args(0, '{}'),
      { type: 'block-end', block: 0, proof },
    ]);
    expect(told.map((one) => 'extra_content' in one)).toEqual([true, false]);
  });

  test('comes last otherwise, in a fragment that has a function like every other', () => {
    const told = fragments([open(0, 'a', 'f'), args(0, '{}'), { type: 'block-end', block: 0, proof }]);
    expect(told.map((one) => 'extra_content' in one)).toEqual([false, false, true]);
    expect(told.every((one) => typeof one['function'] === 'object')).toBe(true);
  });
});
