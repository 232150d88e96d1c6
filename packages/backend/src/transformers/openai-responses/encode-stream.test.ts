import { describe, expect, test } from 'bun:test';
import OpenAI from 'openai';
import { GatewayError } from '../../types/errors.ts';
import type { AnswerContext } from '../../types/format.ts';
import type { Proof } from '../../types/ir/request.ts';
import type { BlockStart, StreamEvent } from '../../types/ir/stream-event.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import { foldReply } from '../fold.ts';
import { createNormaliser } from '../normalise.ts';
import { sealProof } from '../proof.ts';
import { openaiResponses } from './index.ts';

const namespace = { type: 'namespace', name: 'files', description: 'd', tools: [{ type: 'function', name: 'read' }] };
const context: AnswerContext = {
  requestId: 'req_0192-ab',
  model: 'fast',
  createdAtMs: 1_700_000_000_500,
  framing: 'sse',
  request: openaiResponses.decodeRequest(
    { model: 'fast', input: 'x', instructions: 'Be brief.', tools: [namespace] },
    {},
  ),
};
const family = 'claude-opus-5';
const signature: Proof = { format: 'anthropic-messages', family, data: 'sig' };

const open = (block: number, kind: BlockStart['kind'], fields: Partial<BlockStart> = {}): BlockStart => ({
  type: 'block-start',
  block,
  kind,
  ...fields,
});
const say = (block: number, text: string): StreamEvent => ({ type: 'text-delta', block, text });
const args = (block: number, text: string): StreamEvent => ({ type: 'args-delta', block, text });
const close = (block: number, proof?: Proof): StreamEvent => ({ type: 'block-end', block, proof });
const end = (reason: Extract<StreamEvent, { type: 'message-end' }>['reason']): StreamEvent => ({
  type: 'message-end',
  reason,
});
const usage: StreamEvent = {
  type: 'usage-update',
  usage: { inputTokens: 5, cacheReadTokens: 2, outputTokens: 3, reasoningTokens: 1 },
};

/** The wire of these events, through the normaliser, as in the gateway. */
function wireOf(events: readonly StreamEvent[]): { wire: string; seen: StreamEvent[] } {
  const encoder = openaiResponses.streamEncoder(context);
  const seen: StreamEvent[] = [];
  let wire = '';
  const normaliser = createNormaliser((event) => {
    seen.push(event);
    wire += encoder.push(event);
  });
  normaliser.push({ type: 'message-start' });
  for (const event of events) normaliser.push(event);
  normaliser.end();
  return { wire, seen };
}

function parse(wire: string): JsonObject[] {
  return wire
    .trim()
    .split('\n\n')
    .filter((block) => !block.startsWith(':'))
    .map((block) => {
      const [name = '', data = ''] = block.split('\n');
      const event = JSON.parse(data.slice(6)) as JsonObject;
      expect(`event: ${String(event['type'])}`).toBe(name);
      return event;
    });
}

/** The whole response of the last event. */
function lastResponse(wire: string): JsonObject {
  const response = parse(wire).at(-1)?.['response'];
  if (!isObject(response)) throw new Error('the last event has no response');
  return response;
}

const types = (wire: string): unknown[] => parse(wire).map(({ type }) => String(type).replace('response.', ''));

/** Serves the text once, as the official client would get it from the gateway. */
function clientOf(body: string, status = 200, type = 'text/event-stream'): OpenAI {
  const answer = (): Promise<Response> =>
    Promise.resolve(new Response(body, { status, headers: { 'content-type': type } }));
  return new OpenAI({ apiKey: 'k', baseURL: 'http://127.0.0.1/v1', maxRetries: 0, fetch: answer });
}

const scenes: { name: string; events: StreamEvent[]; output: unknown[]; status?: string }[] = [
  {
    name: 'text',
    events: [open(0, 'text'), say(0, 'Hel'), say(0, 'lo "\u2028😀'), close(0), usage, end('stop')],
    output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hello "\u2028😀' }] }],
  },
  {
    name: 'reasoning, then text',
    events: [
      open(0, 'reasoning'),
      say(0, 'let me '),
      say(0, 'think'),
      close(0, signature),
      open(1, 'text'),
      say(1, 'ok'),
      close(1),
      end('stop'),
    ],
    output: [
      {
        type: 'reasoning',
        summary: [{ type: 'summary_text', text: 'let me think' }],
        encrypted_content: sealProof(signature),
      },
      { type: 'message' },
    ],
  },
  {
    name: 'hidden reasoning',
    events: [open(0, 'reasoning', { redacted: true }), close(0, signature), open(1, 'text'), say(1, 'ok'), end('stop')],
    output: [{ type: 'reasoning', summary: [], encrypted_content: sealProof(signature) }, { type: 'message' }],
  },
  {
    name: 'one tool',
    events: [open(0, 'call', { id: 'call_a', name: 'get' }), args(0, '{"a"'), args(0, ':1}'), close(0), end('stop')],
    output: [{ type: 'function_call', call_id: 'call_a', name: 'get', arguments: '{"a":1}' }],
  },
  {
    name: 'a tool without arguments',
    events: [open(0, 'call', { id: 'call_a', name: 'get' }), close(0), end('tool')],
    output: [{ type: 'function_call', arguments: '{}' }],
  },
  {
    name: 'a tool in a namespace',
    events: [open(0, 'call', { id: 'call_a', name: 'files__read' }), args(0, '{}'), end('tool')],
    output: [{ type: 'function_call', name: 'read', namespace: 'files' }],
  },
  {
    name: 'a custom tool',
    events: [open(0, 'call', { id: 'call_a', name: 'patch', custom: true }), args(0, '*** Begin'), end('tool')],
    output: [{ type: 'custom_tool_call', call_id: 'call_a', name: 'patch', input: '*** Begin' }],
  },
  {
    name: 'three interleaved parallel tools',
    events: [
      ...[0, 1, 2].map((block) => open(block, 'call', { id: `call_${block}`, name: `t${block}` })),
      args(1, '{"b"'),
      args(0, '{"a"'),
      args(2, '{"c"'),
      args(0, ':0}'),
      args(2, ':2}'),
      args(1, ':1}'),
      end('tool'),
    ],
    output: [0, 1, 2].map((at) => ({
      type: 'function_call',
      call_id: `call_${at}`,
      name: `t${at}`,
      arguments: `{"${'abc'[at]}":${at}}`,
    })),
  },
  {
    name: 'a refusal',
    events: [open(0, 'refusal'), say(0, 'I cannot.'), end('refusal')],
    output: [{ type: 'message', content: [{ type: 'refusal', refusal: 'I cannot.' }] }],
  },
  {
    name: 'the output limit',
    events: [open(0, 'text'), say(0, 'cut'), usage, end('length')],
    output: [{ type: 'message' }],
    status: 'incomplete',
  },
  { name: 'a filter', events: [end('filter')], output: [], status: 'incomplete' },
  { name: 'an empty answer', events: [end('stop')], output: [] },
  {
    name: 'citations, offsets or not',
    events: [
      open(0, 'text'),
      say(0, 'abc'),
      { type: 'citation', block: 0, citation: { url: 'https://a.b', title: 'A', start: 0, end: 2 } },
      { type: 'citation', block: 0, citation: { url: 'https://c.d' } },
      { type: 'citation', block: 0, citation: { text: 'no address' } },
      end('stop'),
    ],
    output: [
      {
        content: [
          {
            annotations: [
              { type: 'url_citation', url: 'https://a.b', title: 'A', start_index: 0, end_index: 2 },
              { url: 'https://c.d', title: 'https://c.d', start_index: 0, end_index: 3 },
            ],
          },
        ],
      },
    ],
  },
  {
    name: 'a generated image',
    events: [open(0, 'media', { media: { mime: 'image/png', data: 'iVBORw0KGgo=' } }), close(0), end('stop')],
    output: [{ type: 'image_generation_call', result: 'iVBORw0KGgo=' }],
  },
  {
    name: 'a hosted call of this API, and one of another',
    events: [
      open(0, 'opaque', { raw: { format: 'gemini', value: { executableCode: {} } } }),
      close(0),
      open(1, 'opaque', {
        raw: { format: 'openai-responses', value: { type: 'web_search_call', id: 'ws_1', status: 'completed' } },
      }),
      close(1),
      end('stop'),
    ],
    output: [{ type: 'web_search_call', id: 'ws_1' }],
  },
];

describe('the official SDK takes the stream', () => {
  test.each(scenes)('$name', async ({ events, output, status }) => {
    const { wire, seen } = wireOf(events);
    const final = await clientOf(wire).responses.stream({ model: 'fast', input: 'x' }).finalResponse();
    expect(final).toMatchObject({ status: status ?? 'completed', model: 'fast', id: 'resp_0192ab', output });
    expect(final.output).toHaveLength(output.length);
    const items = parse(wire);
    expect(items.map(({ sequence_number: at }) => at)).toEqual(items.map((_, at) => at));
    const reply = foldReply(seen);
    if (reply instanceof GatewayError) throw reply;
    expect(items.at(-1)?.['response']).toEqual(openaiResponses.encodeReply(reply, context) as Json);
  });

  test.each(scenes)('unary: $name', async ({ events, output, status }) => {
    const reply = foldReply(wireOf(events).seen);
    if (reply instanceof GatewayError) throw reply;
    const body = JSON.stringify(openaiResponses.encodeReply(reply, context));
    const answer = await clientOf(body, 200, 'application/json').responses.create({ model: 'fast', input: 'x' });
    expect(answer).toMatchObject({ status: status ?? 'completed', output });
  });

  test('an error in the middle of a stream reaches the caller as an exception', async () => {
    const error = new GatewayError('upstream_stalled', 'the provider fell silent');
    const { wire } = wireOf([open(0, 'text'), say(0, 'par'), { type: 'message-failure', error }]);
    expect(types(wire).slice(-2)).toEqual(['error', 'failed']);
    expect(parse(wire).at(-1)).toMatchObject({ response: { status: 'failed', error: { code: 'upstream_stalled' } } });
    await expect(clientOf(wire).responses.stream({ model: 'fast', input: 'x' }).finalResponse()).rejects.toThrow(
      'fell silent',
    );
  });

  test('an upstream that just stops is an exception too', async () => {
    const { wire } = wireOf([open(0, 'text'), say(0, 'par')]);
    await expect(clientOf(wire).responses.stream({ model: 'fast', input: 'x' }).finalResponse()).rejects.toThrow(
      'without a finish',
    );
  });

  test('an error before the first byte keeps its class', async () => {
    const { status, body } = openaiResponses.encodeError(
      new GatewayError('route_limited', 'resting', { retryAfterMs: 5000 }),
      'req_1',
    );
    const client = clientOf(JSON.stringify(body), status, 'application/json');
    const failing = async (): Promise<unknown> => await client.responses.create({ model: 'fast', input: 'x' });
    await expect(failing()).rejects.toBeInstanceOf(OpenAI.RateLimitError);
  });
});

test('the grammar of a text block, event by event', () => {
  const { wire } = wireOf([open(0, 'text'), say(0, 'a'), { type: 'keep-alive' }, close(0), end('stop')]);
  expect(types(wire)).toEqual([
    'created',
    'in_progress',
    'output_item.added',
    'content_part.added',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done',
    'completed',
  ]);
  expect(wire).toContain('\n\n: keep-alive\n\n');
});

test('the grammar of reasoning and calls, event by event', () => {
  const { wire } = wireOf([
    open(0, 'reasoning'),
    say(0, 'a'),
    close(0),
    open(1, 'call', { id: 'c', name: 'n' }),
    args(1, '{}'),
    close(1),
    end('stop'),
  ]);
  expect(types(wire)).toEqual([
    'created',
    'in_progress',
    'output_item.added',
    'reasoning_summary_part.added',
    'reasoning_summary_text.delta',
    'reasoning_summary_text.done',
    'reasoning_summary_part.done',
    'output_item.done',
    'output_item.added',
    'function_call_arguments.delta',
    'function_call_arguments.done',
    'output_item.done',
    'completed',
  ]);
});

test('every copy of the response has the fields that clients expect', () => {
  const events = parse(wireOf([usage, end('stop')]).wire);
  const first = events[0]?.['response'] as JsonObject;
  const last = events.at(-1)?.['response'] as JsonObject;
  expect(first).toMatchObject({
    object: 'response',
    created_at: 1_700_000_000,
    status: 'in_progress',
    instructions: 'Be brief.',
    output: [],
    usage: null,
    error: null,
    incomplete_details: null,
    metadata: {},
    parallel_tool_calls: true,
    tool_choice: 'auto',
    tools: [namespace],
    text: { format: { type: 'text' } },
    temperature: null,
    top_p: null,
  });
  expect(last['usage']).toEqual({
    input_tokens: 7,
    input_tokens_details: { cached_tokens: 2 },
    output_tokens: 3,
    output_tokens_details: { reasoning_tokens: 1 },
    total_tokens: 10,
  });
});

test('proofs of calls and texts ride on items of their own, and find their way back', () => {
  const thought: Proof = { format: 'gemini', family: 'gemini-3-pro', data: 'c2ln' };
  const { wire } = wireOf([
    open(0, 'text'),
    say(0, 'a'),
    close(0, thought),
    open(1, 'call', { id: 'call_a', name: 'get' }),
    args(1, '{}'),
    close(1, thought),
    end('tool'),
  ]);
  const output = lastResponse(wire)['output'] as JsonObject[];
  expect(output.map(({ type }) => type)).toEqual(['message', 'reasoning', 'function_call', 'reasoning']);
  const input = [
    { role: 'user', content: 'q' },
    ...output,
    { type: 'function_call_output', call_id: 'call_a', output: 'r' },
  ];
  const { turns } = openaiResponses.decodeRequest({ model: 'm', input }, {});
  expect(turns[1]?.parts).toEqual([
    { type: 'text', text: 'a', proof: thought },
    { type: 'call', id: 'call_a', name: 'get', argsText: '{}', proof: thought },
  ]);
});

test('own proofs go out as plain native text with their native id', () => {
  const proof: Proof = { format: 'openai-responses', family: 'gpt-5', data: 'gAAA', id: 'rs_native' };
  const { wire } = wireOf([open(0, 'reasoning', { id: 'rs_native' }), say(0, 't'), close(0, proof), end('stop')]);
  expect(lastResponse(wire)['output']).toEqual([
    { id: 'rs_native', type: 'reasoning', summary: [{ type: 'summary_text', text: 't' }], encrypted_content: 'gAAA' },
  ]);
});

test('an answer beyond the cap ends as a failure', () => {
  const big = 'x'.repeat(5 * 1024 * 1024);
  const { wire } = wireOf([open(0, 'call', { id: 'c', name: 'n' }), args(0, big), end('stop')]);
  expect(wire).toContain('"code":"upstream_garbled"');
  expect(wire).not.toContain('response.completed');
});
