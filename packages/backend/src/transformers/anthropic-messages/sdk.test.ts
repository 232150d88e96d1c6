import { describe, expect, test } from 'bun:test';
import Anthropic from '@anthropic-ai/sdk';
import { GatewayError } from '../../types/errors.ts';
import type { StreamEvent } from '../../types/ir/stream-event.ts';
import { encodeReply } from './encode-reply.ts';
import { encodeError } from './errors.ts';
import { answerContext, encodeEvents, folded } from './test-kit.ts';

const ASKED = { model: 'alias', max_tokens: 64, messages: [{ role: 'user' as const, content: 'Hi' }] };

/** The official client, whose every call gets this answer. */
function client(text: string, { type = 'text/event-stream', status = 200, headers = {} } = {}): Anthropic {
  const answer = () => Promise.resolve(new Response(text, { status, headers: { 'content-type': type, ...headers } }));
  return new Anthropic({
    apiKey: 'k',
    baseURL: 'http://gateway.test',
    maxRetries: 0,
    fetch: answer as unknown as typeof fetch,
  });
}

const start: StreamEvent = { type: 'message-start', id: 'chatcmpl-1', model: 'gpt' };
const begin = (block: number, kind: 'text' | 'reasoning' | 'call' | 'refusal', id?: string): StreamEvent => ({
  type: 'block-start',
  block,
  kind,
  ...(id !== undefined && { id, name: 'look' }),
});
const say = (block: number, text: string): StreamEvent => ({ type: 'text-delta', block, text });
const args = (block: number, text: string): StreamEvent => ({ type: 'args-delta', block, text });
const usage: StreamEvent = { type: 'usage-update', usage: { inputTokens: 7, cacheReadTokens: 2, outputTokens: 5 } };

const answers: { name: string; events: StreamEvent[]; message: object }[] = [
  {
    name: 'text cut inside a code point',
    events: [
      start,
      begin(0, 'text'),
      say(0, 'caf\u00e9 \ud83d'),
      say(0, '\ude00'),
      usage,
      { type: 'message-end', reason: 'stop' },
    ],
    message: {
      content: [{ type: 'text', text: 'café 😀' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 7, cache_read_input_tokens: 2, output_tokens: 5 },
    },
  },
  {
    name: 'reasoning, then text',
    events: [
      start,
      begin(0, 'reasoning'),
      say(0, 'Hm'),
      begin(1, 'text'),
      say(1, 'Yes'),
      usage,
      { type: 'message-end', reason: 'stop' },
    ],
    message: {
      content: [
        { type: 'thinking', thinking: 'Hm', signature: expect.stringMatching(/.+/) },
        { type: 'text', text: 'Yes' },
      ],
    },
  },
  {
    name: 'one tool',
    events: [
      start,
      begin(0, 'text'),
      say(0, 'Let me'),
      begin(1, 'call', 'call_1'),
      args(1, '{"city":'),
      args(1, '"Oslo"}'),
      usage,
      { type: 'message-end', reason: 'stop' },
    ],
    message: {
      content: [
        { type: 'text', text: 'Let me' },
        { type: 'tool_use', id: 'call_1', name: 'look', input: { city: 'Oslo' } },
      ],
      stop_reason: 'tool_use',
    },
  },
  {
    name: 'three interleaved parallel tools',
    events: [
      start,
      begin(0, 'call', 'a'),
      begin(1, 'call', 'b'),
      begin(2, 'call', 'c'),
      args(1, '{"n"'),
      args(0, '{"n"'),
      args(2, '{"n"'),
      args(2, ':3}'),
      args(1, ':2}'),
      args(0, ':1}'),
      usage,
      { type: 'message-end', reason: 'tool' },
    ],
    message: { content: [1, 2, 3].map((n) => ({ type: 'tool_use', input: { n } })), stop_reason: 'tool_use' },
  },
  {
    name: 'a call without arguments',
    events: [start, begin(0, 'call', 'a'), usage, { type: 'message-end', reason: 'tool' }],
    message: { content: [{ type: 'tool_use', input: {} }] },
  },
  {
    name: 'a refusal',
    events: [start, begin(0, 'refusal'), say(0, 'I cannot'), usage, { type: 'message-end', reason: 'refusal' }],
    message: { stop_reason: 'refusal', stop_details: { type: 'refusal', explanation: 'I cannot' } },
  },
  {
    name: 'an answer cut at its limit',
    events: [start, begin(0, 'text'), say(0, 'Once upon'), usage, { type: 'message-end', reason: 'length' }],
    message: { content: [{ type: 'text', text: 'Once upon' }], stop_reason: 'max_tokens' },
  },
  {
    name: 'a server tool of this API',
    events: [
      start,
      {
        type: 'block-start',
        block: 0,
        kind: 'opaque',
        raw: {
          format: 'anthropic-messages',
          value: { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'x' } },
        },
      },
      usage,
      { type: 'message-end', reason: 'pause' },
    ],
    message: { content: [{ type: 'server_tool_use', input: { query: 'x' } }], stop_reason: 'pause_turn' },
  },
];

describe('the official SDK accepts our answers', () => {
  test.each(answers)('$name, as a stream', async ({ events, message }) => {
    const final = await client(encodeEvents(events)).messages.stream(ASKED).finalMessage();
    expect(final).toMatchObject({ id: 'msg_req1', role: 'assistant', model: 'alias', ...message });
  });

  test.each(answers)('$name, at once', async ({ events, message }) => {
    const whole = JSON.stringify(encodeReply(folded(events), answerContext()));
    const final = await client(whole, { type: 'application/json' }).messages.create(ASKED);
    expect(final).toMatchObject({ id: 'msg_req1', role: 'assistant', model: 'alias', ...message });
  });

  test('keep-alives do not disturb', async () => {
    const events: StreamEvent[] = [
      start,
      { type: 'keep-alive' },
      begin(0, 'text'),
      { type: 'keep-alive' },
      say(0, 'A'),
      { type: 'message-end', reason: 'stop' },
    ];
    const final = await client(`: keep-alive\n\n${encodeEvents(events)}`)
      .messages.stream(ASKED)
      .finalMessage();
    expect(final.content).toMatchObject([{ type: 'text', text: 'A' }]);
  });

  test('an error in the middle of a stream is thrown', async () => {
    const error = new GatewayError('upstream_overloaded', 'the provider is overloaded');
    const events: StreamEvent[] = [start, begin(0, 'text'), say(0, 'Half'), { type: 'message-failure', error }];
    const stream = client(encodeEvents(events)).messages.stream(ASKED);
    await expect(stream.finalMessage()).rejects.toThrow('the provider is overloaded');
  });

  const errors: { name: string; error: GatewayError; thrown: new (...given: never[]) => Error }[] = [
    { name: 'a wrong field', error: new GatewayError('request_invalid', 'no'), thrown: Anthropic.BadRequestError },
    { name: 'a wrong key', error: new GatewayError('key_invalid', 'no'), thrown: Anthropic.AuthenticationError },
    {
      name: 'an unknown model',
      error: new GatewayError('request_model_unknown', 'no'),
      thrown: Anthropic.NotFoundError,
    },
    {
      name: 'a limit',
      error: new GatewayError('route_limited', 'no', { retryAfterMs: 900 }),
      thrown: Anthropic.RateLimitError,
    },
    {
      name: 'a failed upstream',
      error: new GatewayError('upstream_failed', 'no'),
      thrown: Anthropic.InternalServerError,
    },
  ];
  test.each(errors)('$name before the first byte has the class that the SDK knows', async ({ error, thrown }) => {
    const { status, body, headers } = encodeError(error, 'req_1');
    const failing = client(JSON.stringify(body), { type: 'application/json', status, headers: { ...headers } });
    const failure = await failing.messages.create(ASKED).catch((caught: unknown) => caught);
    expect(failure).toBeInstanceOf(thrown);
    expect(failure).toMatchObject({ requestID: 'req_1', type: (body['error'] as { type: string }).type });
  });
});
