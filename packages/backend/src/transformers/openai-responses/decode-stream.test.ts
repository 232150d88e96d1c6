import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { DecodeReplyContext } from '../../types/format.ts';
import type { StreamEvent } from '../../types/ir/stream-event.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { foldReply } from '../fold.ts';
import { createNormaliser } from '../normalise.ts';
import { openaiResponses } from './index.ts';

const context: DecodeReplyContext = {
  target: {
    format: 'openai-responses',
    providerId: 'openai',
    model: 'gpt-5',
    family: 'gpt-5',
    thinking: 'effort',
    sampling: true,
    lateSystem: true,
    quirks: {},
  },
};

function raw(events: readonly (JsonObject | string)[], given = context): StreamEvent[] {
  const seen: StreamEvent[] = [];
  const decoder = openaiResponses.streamDecoder(given);
  for (const event of events)
    decoder.push({ data: typeof event === 'string' ? event : JSON.stringify(event) }, (one) => seen.push(one));
  decoder.end((one) => seen.push(one));
  return seen;
}

function normal(events: readonly (JsonObject | string)[], given = context): StreamEvent[] {
  const seen: StreamEvent[] = [];
  const normaliser = createNormaliser((one) => seen.push(one));
  for (const event of raw(events, given)) normaliser.push(event);
  normaliser.end();
  return seen;
}

const fold = (events: readonly (JsonObject | string)[], given = context) => foldReply(normal(events, given));

const created: JsonObject = {
  type: 'response.created',
  response: { id: 'resp_1', model: 'gpt-5-2026', status: 'in_progress' },
};
const added = (output_index: number, item: JsonObject): JsonObject => ({
  type: 'response.output_item.added',
  output_index,
  item,
});
const done = (output_index: number, item: JsonObject): JsonObject => ({
  type: 'response.output_item.done',
  output_index,
  item,
});
const completed = (...output: JsonObject[]): JsonObject => ({
  type: 'response.completed',
  response: { id: 'resp_1', status: 'completed', output },
});
const text = (output_index: number, delta: string): JsonObject => ({
  type: 'response.output_text.delta',
  item_id: `m${output_index}`,
  output_index,
  content_index: 0,
  delta,
});
const args = (output_index: number, delta: string): JsonObject => ({
  type: 'response.function_call_arguments.delta',
  item_id: `f${output_index}`,
  output_index,
  delta,
});
const call = (at: number, argumentsText: string): JsonObject => ({
  type: 'function_call',
  id: `f${at}`,
  call_id: `call_${at}`,
  name: `tool${at}`,
  arguments: argumentsText,
});

const message = (id: string, said: string): JsonObject => ({
  type: 'message',
  id,
  content: [{ type: 'output_text', text: said, annotations: [] }],
});

describe('sloppy servers lose nothing', () => {
  const oneCall = (argsText: string) => [
    { kind: 'call', id: 'call_0', name: 'tool0', argsText, custom: false, proof: undefined },
  ];
  const oneText = (said: string) => [{ kind: 'text', text: said, citations: [], proof: undefined }];
  const rows: { name: string; events: (JsonObject | string)[]; blocks: unknown[]; reason?: string }[] = [
    {
      name: 'three parallel calls interleave',
      events: [
        created,
        added(0, call(0, '')),
        added(1, call(1, '')),
        added(2, call(2, '')),
        args(1, '{"b"'),
        args(0, '{"a"'),
        args(2, '{}'),
        args(1, ':1}'),
        args(0, ':0}'),
        completed(),
      ],
      reason: 'tool',
      blocks: ['{"a":0}', '{"b":1}', '{}'].map((argsText, at) => ({
        kind: 'call',
        id: `call_${at}`,
        name: `tool${at}`,
        argsText,
        custom: false,
        proof: undefined,
      })),
    },
    {
      name: 'arguments before the call is announced',
      events: [args(0, '{"a"'), added(0, call(0, '')), args(0, ':1}'), completed()],
      blocks: oneCall('{"a":1}'),
      reason: 'tool',
    },
    {
      name: 'arguments only in their done event',
      events: [
        added(0, call(0, '')),
        { type: 'response.function_call_arguments.done', output_index: 0, item_id: 'f0', arguments: '{"a":1}' },
        completed(),
      ],
      blocks: oneCall('{"a":1}'),
      reason: 'tool',
    },
    {
      name: 'a call only in its item',
      events: [done(0, call(0, '{"a":1}')), completed()],
      blocks: oneCall('{"a":1}'),
      reason: 'tool',
    },
    {
      name: 'whole arguments at the announcement are not doubled',
      events: [added(0, call(0, '{"a":1}')), done(0, call(0, '{"a":1}')), completed()],
      blocks: oneCall('{"a":1}'),
      reason: 'tool',
    },
    {
      name: 'everything only in the final response',
      events: [completed(call(0, '{}'))],
      blocks: oneCall('{}'),
      reason: 'tool',
    },
    {
      name: 'a cut-off delta is completed from the whole text',
      events: [
        added(0, { type: 'message', id: 'm0' }),
        text(0, 'Hel'),
        { type: 'response.output_text.done', output_index: 0, content_index: 0, text: 'Hello' },
        completed(),
      ],
      blocks: oneText('Hello'),
    },
    {
      name: 'the final response repeats what was said',
      events: [
        text(0, 'Hi'),
        completed({ type: 'message', id: 'm0', content: [{ type: 'output_text', text: 'Hi', annotations: [] }] }),
      ],
      blocks: oneText('Hi'),
    },
    {
      name: 'text without any announcement, index or content index',
      events: [
        { type: 'response.output_text.delta', delta: 'a' },
        { type: 'response.output_text.delta', delta: 'b' },
        completed(),
      ],
      blocks: oneText('ab'),
    },
    {
      name: 'deltas are routed by item id when the index is missing',
      events: [
        added(0, call(0, '')),
        added(1, call(1, '')),
        { type: 'response.function_call_arguments.delta', item_id: 'f0', delta: '{}' },
        completed(),
      ],
      reason: 'tool',
      blocks: [
        ...oneCall('{}'),
        { kind: 'call', id: 'call_1', name: 'tool1', argsText: '', custom: false, proof: undefined },
      ],
    },
    {
      name: 'hidden items leave gaps in the count of the stream, not in that of the response',
      events: [
        added(0, { type: 'message', id: 'm0' }),
        text(0, 'a'),
        done(0, message('m0', 'a')),
        added(2, { type: 'message', id: 'm2' }),
        text(2, 'b'),
        done(2, message('m2', 'b')),
        completed(message('m0', 'a'), message('m2', 'b')),
      ],
      blocks: [...oneText('a'), ...oneText('b')],
    },
    {
      name: 'the final response has other ids, and an item that was not streamed',
      events: [
        added(0, { type: 'message', id: 'm0' }),
        text(0, 'a'),
        done(0, message('m0', 'a')),
        completed(message('other', 'a'), call(0, '{}')),
      ],
      blocks: [...oneText('a'), ...oneCall('{}')],
      reason: 'tool',
    },
    {
      name: 'all items are counted as the first',
      events: [
        added(0, { type: 'message', id: 'm0' }),
        text(0, 'a'),
        done(0, message('m0', 'a')),
        added(0, call(0, '')),
        args(0, '{}'),
        done(0, call(0, '{}')),
        completed(message('m0', 'a'), call(0, '{}')),
      ],
      blocks: [...oneText('a'), ...oneCall('{}')],
      reason: 'tool',
    },
    {
      name: 'whole items without any index',
      events: [
        { type: 'response.output_item.done', item: message('m0', 'a') },
        { type: 'response.output_item.done', item: call(0, '{}') },
        completed(),
      ],
      blocks: [...oneText('a'), ...oneCall('{}')],
      reason: 'tool',
    },
    { name: 'an empty answer', events: [created, completed()], blocks: [] },
    {
      name: '[DONE], unknown events and null deltas are passed over',
      events: [
        created,
        { type: 'response.vendor.extra', x: 1 },
        { type: 'response.output_text.delta', delta: null, output_index: 0 },
        text(0, 'a'),
        completed(),
        '[DONE]',
      ],
      blocks: oneText('a'),
    },
    {
      name: 'content after the end is ignored',
      events: [text(0, 'a'), completed(), text(0, 'b'), completed()],
      blocks: oneText('a'),
    },
    {
      name: 'a refusal',
      events: [
        { type: 'response.refusal.delta', output_index: 0, content_index: 0, delta: 'No' },
        { type: 'response.refusal.done', output_index: 0, content_index: 0, refusal: 'No.' },
        completed(),
      ],
      blocks: [{ kind: 'refusal', text: 'No.' }],
      reason: 'refusal',
    },
    {
      name: 'a custom call',
      events: [
        added(0, { type: 'custom_tool_call', id: 'c0', call_id: 'call_0', name: 'patch', input: '' }),
        { type: 'response.custom_tool_call_input.delta', output_index: 0, item_id: 'c0', delta: '***' },
        done(0, { type: 'custom_tool_call', id: 'c0', call_id: 'call_0', name: 'patch', input: '*** End' }),
        completed(),
      ],
      reason: 'tool',
      blocks: [{ kind: 'call', id: 'call_0', name: 'patch', argsText: '*** End', custom: true, proof: undefined }],
    },
    {
      name: 'a call in a namespace',
      events: [done(0, { ...call(0, '{}'), namespace: 'files' }), completed()],
      reason: 'tool',
      blocks: [{ kind: 'call', id: 'call_0', name: 'files__tool0', argsText: '{}', custom: false, proof: undefined }],
    },
    {
      name: 'raw reasoning text',
      events: [
        added(0, { type: 'reasoning', id: 'rs_1' }),
        { type: 'response.reasoning_text.delta', item_id: 'rs_1', output_index: 0, content_index: 0, delta: 'hm' },
        done(0, { type: 'reasoning', id: 'rs_1', summary: [], content: [{ type: 'reasoning_text', text: 'hmm' }] }),
        completed(),
      ],
      blocks: [{ kind: 'reasoning', id: 'rs_1', text: 'hmm', redacted: false, proof: undefined }],
    },
    {
      name: 'a hosted tool call stays opaque and is no call of ours',
      events: [done(0, { type: 'web_search_call', id: 'ws_1', status: 'completed' }), text(1, 'x'), completed()],
      blocks: [
        {
          kind: 'opaque',
          format: 'openai-responses',
          value: { type: 'web_search_call', id: 'ws_1', status: 'completed' },
        },
        ...oneText('x'),
      ],
    },
    {
      name: 'a generated image',
      events: [
        done(0, { type: 'image_generation_call', id: 'ig_1', result: 'iVBORw0KGgo=', output_format: 'webp' }),
        completed(),
      ],
      blocks: [{ kind: 'media', mime: 'image/webp', data: 'iVBORw0KGgo=' }],
    },
    {
      name: 'the output limit',
      events: [
        text(0, 'a'),
        { type: 'response.incomplete', response: { incomplete_details: { reason: 'max_output_tokens' }, output: [] } },
      ],
      blocks: oneText('a'),
      reason: 'length',
    },
    {
      name: 'a filter',
      events: [{ type: 'response.incomplete', response: { incomplete_details: { reason: 'content_filter' } } }],
      blocks: [],
      reason: 'filter',
    },
  ];
  test.each(rows)('$name', ({ events, blocks, reason }) => {
    const reply = fold(events);
    expect(reply).not.toBeInstanceOf(Error);
    expect(reply).toMatchObject({ reason: reason ?? 'stop' });
    expect('blocks' in reply ? reply.blocks : undefined).toEqual(blocks as never);
  });
});

test('summary parts are paragraphs, and the proof closes their block', () => {
  const delta = (summary_index: number, delta: string): JsonObject => ({
    type: 'response.reasoning_summary_text.delta',
    item_id: 'rs_1',
    output_index: 0,
    summary_index,
    delta,
  });
  const item = {
    type: 'reasoning',
    id: 'rs_1',
    summary: [
      { type: 'summary_text', text: 'a' },
      { type: 'summary_text', text: 'bc' },
    ],
    encrypted_content: 'gAAA',
  };
  const reply = fold([
    added(0, { type: 'reasoning', id: 'rs_1', summary: [] }),
    delta(0, 'a'),
    delta(1, 'b'),
    delta(1, 'c'),
    done(0, item),
    completed(item),
  ]);
  const proof = { format: 'openai-responses', family: 'gpt-5', data: 'gAAA', id: 'rs_1' } as const;
  expect(reply).toMatchObject({ blocks: [{ kind: 'reasoning', id: 'rs_1', text: 'a\n\nbc', redacted: false, proof }] });
});

test('renamed tools get their own names back', () => {
  const given = { ...context, toolNames: new Map([['tool0', 'my.tool']]) };
  expect(fold([done(0, call(0, '{}')), completed()], given)).toMatchObject({ blocks: [{ name: 'my.tool' }] });
});

test('citations come once, from their event or from the whole part', () => {
  const annotation = { type: 'url_citation', url: 'https://a.b', title: 'A', start_index: 0, end_index: 1 };
  const second = { ...annotation, url: 'https://c.d' };
  const reply = fold([
    text(0, 'a'),
    { type: 'response.output_text.annotation.added', output_index: 0, content_index: 0, annotation },
    done(0, {
      type: 'message',
      id: 'm0',
      content: [{ type: 'output_text', text: 'a', annotations: [annotation, second] }],
    }),
    completed(),
  ]);
  expect(reply).toMatchObject({
    blocks: [{ citations: [{ url: 'https://a.b', title: 'A', start: 0, end: 1 }, { url: 'https://c.d' }] }],
  });
});

test('a citation before its text is kept', () => {
  const annotation = { type: 'file_citation', file_id: 'f', filename: 'a.pdf', index: 0 };
  const event = { type: 'response.output_text.annotation.added', output_index: 0, content_index: 0, annotation };
  expect(fold([event, text(0, 'a'), completed()])).toMatchObject({
    blocks: [{ kind: 'text', text: 'a', citations: [{ title: 'a.pdf', raw: { value: annotation } }] }],
  });
});

describe('failures', () => {
  const rows: { name: string; events: (JsonObject | string)[]; code: string; retryAfterMs?: number }[] = [
    {
      name: 'an error event',
      events: [created, { type: 'error', code: 'server_error', message: 'boom' }],
      code: 'upstream_failed',
    },
    {
      name: 'a nested error event',
      events: [
        {
          type: 'error',
          error: { type: 'invalid_request_error', code: 'context_length_exceeded', message: 'too long' },
        },
      ],
      code: 'upstream_context_length',
    },
    {
      name: 'a bare error object in a 200 stream',
      events: [{ error: { message: 'Rate limit. Please try again in 2s.', code: 'rate_limit_exceeded' } }],
      code: 'upstream_limited',
      retryAfterMs: 2000,
    },
    {
      name: 'a failed response',
      events: [
        created,
        {
          type: 'response.failed',
          response: { status: 'failed', error: { code: 'insufficient_quota', message: 'no' }, output: [] },
        },
      ],
      code: 'upstream_funds',
    },
    {
      name: 'a failed response without a reason',
      events: [{ type: 'response.failed', response: { status: 'failed' } }],
      code: 'upstream_failed',
    },
    { name: 'an event that is no JSON', events: ['<html>'], code: 'upstream_garbled' },
    { name: 'an end without a finish', events: [created, text(0, 'a')], code: 'upstream_truncated' },
    { name: 'a final event without its response', events: [{ type: 'response.completed' }], code: 'upstream_garbled' },
    {
      name: 'a call that never gets a name',
      events: [done(0, { type: 'function_call', id: 'f', arguments: '{}' })],
      code: 'upstream_garbled',
    },
    { name: 'arguments that never get a name', events: [args(0, '{}'), completed()], code: 'upstream_garbled' },
    {
      name: 'endless arguments without a name',
      events: [args(0, 'x'.repeat(5 * 1024 * 1024))],
      code: 'upstream_garbled',
    },
  ];
  test.each(rows)('$name is $code', ({ events, code, retryAfterMs }) => {
    const seen = normal(events);
    const last = seen.at(-1);
    expect(last?.type).toBe('message-failure');
    expect(last?.type === 'message-failure' ? last.error : undefined).toMatchObject({
      code,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
    expect(seen.filter(({ type }) => type === 'message-failure' || type === 'message-end')).toHaveLength(1);
  });

  const whole: { name: string; wire: Json; code: string }[] = [
    { name: 'a body that is no object', wire: [], code: 'upstream_garbled' },
    { name: 'an object without output', wire: { id: 'x' }, code: 'upstream_garbled' },
    {
      name: 'an error object with status 200',
      wire: { error: { message: 'no', code: 'slow_down' } },
      code: 'upstream_overloaded',
    },
    { name: 'a response still in progress', wire: { status: 'in_progress', output: [] }, code: 'upstream_garbled' },
    { name: 'a cancelled response', wire: { status: 'cancelled', output: [] }, code: 'upstream_failed' },
  ];
  test.each(whole)('unary: $name is $code', ({ wire, code }) => {
    expect(foldReply(openaiResponses.decodeReply(wire, context))).toMatchObject({ code });
  });
});

test('no event, however odd, makes the decoder throw', () => {
  const names = [
    'created',
    'output_item.added',
    'output_item.done',
    'output_text.delta',
    'output_text.annotation.added',
    'content_part.done',
    'function_call_arguments.delta',
    'reasoning_summary_text.delta',
    'completed',
    'failed',
  ];
  const item = fc.oneof(
    fc.record({
      type: fc.constantFrom('message', 'reasoning', 'function_call', 'x'),
      id: fc.string(),
      content: fc.jsonValue(),
    }),
    fc.jsonValue(),
  );
  const event = fc.record(
    {
      type: fc.constantFrom(...names.map((name) => `response.${name}`), 'error'),
      item,
      part: fc.jsonValue(),
      delta: fc.jsonValue(),
      annotation: fc.jsonValue(),
      response: fc.oneof(fc.record({ output: fc.array(item) }), fc.jsonValue()),
      output_index: fc.jsonValue(),
      error: fc.jsonValue(),
    },
    { requiredKeys: ['type'] },
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 12 }), (events) => {
      const seen = normal(events.map((one) => JSON.stringify(one)));
      expect(seen.filter(({ type }) => type === 'message-end' || type === 'message-failure')).toHaveLength(1);
    }),
  );
});
