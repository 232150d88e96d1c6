import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../types/errors.ts';
import type { StopReason, StreamEvent } from '../../types/ir/stream-event.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { openProof, sealProof } from '../proof.ts';
import { decodeReply } from './decode-stream.ts';
import { encodeReply } from './encode-reply.ts';
import { streamEncoder } from './encode-stream.ts';
import {
  answerContext,
  decodeEvents,
  encodeEvents,
  folded,
  normalised,
  readSse,
  replyContext,
  request,
  wireOf,
} from './test-kit.ts';
import { assemble, lint } from './test-wire.ts';

const head = (usage: JsonObject = { input_tokens: 5, output_tokens: 1 }): JsonObject => ({
  type: 'message_start',
  message: { id: 'msg_a', type: 'message', role: 'assistant', model: 'claude', content: [], stop_reason: null, usage },
});
const open = (index: number, content_block: JsonObject): JsonObject => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, type: string, key: string, value: Json): JsonObject => ({
  type: 'content_block_delta',
  index,
  delta: { type, [key]: value },
});
const stop = (index: number): JsonObject => ({ type: 'content_block_stop', index });
const end = (stop_reason: string, usage: JsonObject = { output_tokens: 9 }, more: JsonObject = {}): JsonObject[] => [
  { type: 'message_delta', delta: { stop_reason, stop_sequence: null, ...more }, usage },
  { type: 'message_stop' },
];
const texts = (index: number, ...parts: string[]): JsonObject[] => [
  open(index, { type: 'text', text: '' }),
  ...parts.map((part) => delta(index, 'text_delta', 'text', part)),
  stop(index),
];

describe('a stream and the whole reply give the same answer', () => {
  const rows: { name: string; stream: Json[]; reply: JsonObject }[] = [
    {
      name: 'thinking, text and two calls',
      stream: [
        head(),
        open(0, { type: 'thinking', thinking: '', signature: '' }),
        delta(0, 'thinking_delta', 'thinking', 'H'),
        delta(0, 'thinking_delta', 'thinking', 'm'),
        delta(0, 'signature_delta', 'signature', 'c2ln'),
        stop(0),
        { type: 'ping' },
        ...texts(1, 'One', ' moment'),
        open(2, { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }),
        delta(2, 'input_json_delta', 'partial_json', ''),
        delta(2, 'input_json_delta', 'partial_json', '{"a":'),
        delta(2, 'input_json_delta', 'partial_json', '1}'),
        stop(2),
        open(3, { type: 'tool_use', id: 'toolu_2', name: 'look', input: {} }),
        stop(3),
        ...end('tool_use', { output_tokens: 9 }),
      ],
      reply: {
        content: [
          { type: 'thinking', thinking: 'Hm', signature: 'c2ln' },
          { type: 'text', text: 'One moment' },
          { type: 'tool_use', id: 'toolu_1', name: 'look', input: { a: 1 } },
          { type: 'tool_use', id: 'toolu_2', name: 'look', input: {} },
        ],
        stop_reason: 'tool_use',
        stop_sequence: null,
      },
    },
    {
      name: 'omitted and redacted thinking',
      stream: [
        head(),
        open(0, { type: 'thinking', thinking: '' }),
        delta(0, 'signature_delta', 'signature', 'b21pdA=='),
        stop(0),
        open(1, { type: 'redacted_thinking', data: 'ZGF0YQ==' }),
        stop(1),
        ...texts(2, 'Done'),
        ...end('end_turn'),
      ],
      reply: {
        content: [
          { type: 'thinking', thinking: '', signature: 'b21pdA==' },
          { type: 'redacted_thinking', data: 'ZGF0YQ==' },
          { type: 'text', text: 'Done' },
        ],
        stop_reason: 'end_turn',
      },
    },
    {
      name: 'a server tool, its result and a citation',
      stream: [
        head(),
        open(0, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }),
        delta(0, 'input_json_delta', 'partial_json', '{"query":'),
        delta(0, 'input_json_delta', 'partial_json', '"x"}'),
        stop(0),
        open(1, {
          type: 'web_search_tool_result',
          tool_use_id: 'srvtoolu_1',
          content: [{ type: 'web_search_result', url: 'u' }],
        }),
        stop(1),
        open(2, { type: 'text', text: '', citations: [] }),
        delta(2, 'citations_delta', 'citation', {
          type: 'web_search_result_location',
          url: 'u',
          title: 'T',
          cited_text: 'c',
          encrypted_index: 'e',
        }),
        delta(2, 'text_delta', 'text', 'So.'),
        stop(2),
        ...end('end_turn'),
      ],
      reply: {
        content: [
          { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'x' } },
          {
            type: 'web_search_tool_result',
            tool_use_id: 'srvtoolu_1',
            content: [{ type: 'web_search_result', url: 'u' }],
          },
          {
            type: 'text',
            text: 'So.',
            citations: [
              { type: 'web_search_result_location', url: 'u', title: 'T', cited_text: 'c', encrypted_index: 'e' },
            ],
          },
        ],
        stop_reason: 'end_turn',
      },
    },
    {
      name: 'a compaction block, which is unknown to the neutral form',
      stream: [
        head(),
        open(0, { type: 'compaction', content: null }),
        delta(0, 'compaction_delta', 'content', 'Sum'),
        delta(0, 'compaction_delta', 'content', 'mary'),
        stop(0),
        ...texts(1, 'Go on'),
        ...end('max_tokens'),
      ],
      reply: {
        content: [
          { type: 'compaction', content: 'Summary' },
          { type: 'text', text: 'Go on' },
        ],
        stop_reason: 'max_tokens',
      },
    },
    {
      name: 'a refusal with its explanation',
      stream: [
        head(),
        ...end(
          'refusal',
          { output_tokens: 9 },
          { stop_details: { type: 'refusal', category: 'cyber', explanation: 'No.' } },
        ),
      ],
      reply: {
        content: [],
        stop_reason: 'refusal',
        stop_details: { type: 'refusal', category: 'cyber', explanation: 'No.' },
      },
    },
    {
      name: 'a stop sequence',
      stream: [head(), ...texts(0, 'A'), ...end('stop_sequence', { output_tokens: 9 }, { stop_sequence: 'END' })],
      reply: { content: [{ type: 'text', text: 'A' }], stop_reason: 'stop_sequence', stop_sequence: 'END' },
    },
    { name: 'an empty answer', stream: [head(), ...end('end_turn')], reply: { content: [], stop_reason: 'end_turn' } },
  ];
  test.each(rows)('$name', ({ stream, reply }) => {
    const whole: JsonObject = {
      id: 'msg_a',
      type: 'message',
      role: 'assistant',
      model: 'claude',
      usage: { input_tokens: 5, output_tokens: 9 },
      ...reply,
    };
    const fromStream = folded(decodeEvents(stream));
    const fromWhole = folded(decodeReply(whole, replyContext()));
    expect(fromStream).toEqual(fromWhole);
    expect(encodeReply(fromStream, answerContext())).toEqual(encodeReply(fromWhole, answerContext()));
    // What we would send on decodes to the same answer once more.
    expect(folded(decodeEvents(wireOf(encodeEvents(decodeEvents(stream))))).reason).toBe(fromWhole.reason);
  });
});

describe('sloppy and broken upstreams', () => {
  const failures: { name: string; stream: Json[]; code: string }[] = [
    {
      name: 'a stream without a stop reason is cut off',
      stream: [head(), ...texts(0, 'Half')],
      code: 'upstream_truncated',
    },
    {
      name: 'an open block at the last byte is cut off',
      stream: [head(), open(0, { type: 'text', text: '' })],
      code: 'upstream_truncated',
    },
    { name: 'no bytes at all are cut off', stream: [], code: 'upstream_truncated' },
    {
      name: 'an empty answer without a stop reason is garbled',
      stream: [head(), { type: 'message_stop' }],
      code: 'upstream_garbled',
    },
    { name: 'text that is not JSON is garbled', stream: [head(), 'oops'], code: 'upstream_garbled' },
    {
      name: 'an error event is a failure of its type',
      stream: [head(), { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
      code: 'upstream_overloaded',
    },
    {
      name: 'an error object without a type is a failure',
      stream: [{ error: { message: 'boom' } }],
      code: 'upstream_failed',
    },
    {
      name: 'arguments outside a call are garbled',
      stream: [head(), delta(0, 'input_json_delta', 'partial_json', '{}')],
      code: 'upstream_garbled',
    },
    {
      name: 'a second answer inside the first is garbled',
      stream: [head(), open(0, { type: 'text', text: 'a' }), head(), ...end('end_turn')],
      code: 'upstream_garbled',
    },
    {
      name: 'a call of more than 4 MiB that must be held is garbled',
      stream: [
        head(),
        open(0, { type: 'server_tool_use', id: 's', name: 'x', input: {} }),
        delta(0, 'input_json_delta', 'partial_json', 'x'.repeat(5_000_000)),
      ],
      code: 'upstream_garbled',
    },
  ];
  test.each(failures)('$name', ({ stream, code }) => {
    const last = decodeEvents(stream).at(-1);
    expect(last?.type).toBe('message-failure');
    expect(last?.type === 'message-failure' && last.error.code).toBe(code as never);
  });

  const mended: { name: string; stream: Json[]; blocks: JsonObject[]; reason?: StopReason }[] = [
    {
      name: 'a missing message_stop after the stop reason is no failure',
      stream: [head(), ...texts(0, 'A'), ...end('end_turn').slice(0, 1)],
      blocks: [{ kind: 'text', text: 'A' }],
    },
    {
      name: 'a missing content_block_stop closes with the finish',
      stream: [head(), open(0, { type: 'text', text: '' }), delta(0, 'text_delta', 'text', 'A'), ...end('end_turn')],
      blocks: [{ kind: 'text', text: 'A' }],
    },
    {
      name: 'a thinking delta in a text block opens thinking',
      stream: [
        head(),
        open(0, { type: 'text', text: '' }),
        delta(0, 'thinking_delta', 'thinking', 'T'),
        delta(0, 'text_delta', 'text', 'A'),
        stop(0),
        ...end('end_turn'),
      ],
      blocks: [
        { kind: 'text', text: '' },
        { kind: 'reasoning', text: 'T' },
        { kind: 'text', text: 'A' },
      ],
    },
    {
      name: 'arguments that stand in the start only are told once',
      stream: [
        head(),
        open(0, { type: 'tool_use', id: 'x', name: 'look', input: { a: 1 } }),
        stop(0),
        ...end('tool_use'),
      ],
      blocks: [{ kind: 'call', id: 'x', argsText: '{"a":1}' }],
      reason: 'tool',
    },
    {
      name: 'fragments win over arguments in the start',
      stream: [
        head(),
        open(0, { type: 'tool_use', id: 'x', name: 'look', input: { a: 1 } }),
        delta(0, 'input_json_delta', 'partial_json', '{"a":1}'),
        stop(0),
        ...end('end_turn'),
      ],
      blocks: [{ kind: 'call', id: 'x', argsText: '{"a":1}' }],
      reason: 'tool',
    },
    {
      name: 'a delta without a start, unknown events and [DONE] do no harm',
      stream: [head(), { type: 'novel' }, delta(0, 'text_delta', 'text', 'A'), stop(0), ...end('end_turn'), '[DONE]'],
      blocks: [{ kind: 'text', text: 'A' }],
    },
    {
      name: 'a whole message in place of a stream is taken',
      stream: [
        { type: 'message', id: 'm', content: [{ type: 'text', text: 'A' }], stop_reason: 'end_turn', usage: {} },
      ],
      blocks: [{ kind: 'text', text: 'A' }],
    },
    {
      name: 'interleaved blocks keep their fragments',
      stream: [
        head(),
        open(0, { type: 'tool_use', id: 'x', name: 'look', input: {} }),
        open(1, { type: 'tool_use', id: 'y', name: 'look', input: {} }),
        delta(1, 'input_json_delta', 'partial_json', '{"b"'),
        delta(0, 'input_json_delta', 'partial_json', '{"a"'),
        delta(1, 'input_json_delta', 'partial_json', ':2}'),
        delta(0, 'input_json_delta', 'partial_json', ':1}'),
        stop(0),
        stop(1),
        ...end('tool_use'),
      ],
      blocks: [
        { kind: 'call', id: 'x', argsText: '{"a":1}' },
        { kind: 'call', id: 'y', argsText: '{"b":2}' },
      ],
      reason: 'tool',
    },
  ];
  test.each(mended)('$name', ({ stream, blocks, reason = 'stop' }) => {
    const reply = folded(decodeEvents(stream));
    expect(reply.blocks).toMatchObject(blocks as never);
    expect(reply.reason).toBe(reason);
  });

  test('a renamed tool gets its name back, a custom call its text, a missing id a unique one', () => {
    const context = replyContext({ toolNames: new Map([['a_1', 'a.b']]), customTools: new Set(['a.b']) });
    const reply = folded(
      decodeEvents(
        [
          head(),
          open(0, { type: 'tool_use', name: 'a_1', input: {} }),
          delta(0, 'input_json_delta', 'partial_json', '{"input":"ls'),
          delta(0, 'input_json_delta', 'partial_json', ' -l"}'),
          stop(0),
          ...end('tool_use'),
        ],
        context,
      ),
    );
    expect(reply.blocks).toEqual([
      { kind: 'call', id: 'toolu_msga_0', name: 'a.b', argsText: 'ls -l', custom: true, proof: undefined },
    ]);
  });

  test.each([
    { name: 'a body that is a list', reply: [] as Json },
    { name: 'a body without content', reply: { id: 'x' } as Json },
    { name: 'an error body', reply: { type: 'error', error: { type: 'api_error', message: 'x' } } as Json },
  ])('$name is a failure, never a throw', ({ reply }) => {
    expect(decodeReply(reply, replyContext()).map(({ type }) => type)).toEqual(['message-failure']);
  });
});

describe('usage', () => {
  test('later numbers overwrite, a total without its split is divided as before, absent stays absent', () => {
    const split = { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 100 };
    const started = {
      input_tokens: 5,
      cache_creation_input_tokens: 100,
      cache_creation: split,
      cache_read_input_tokens: 7,
      output_tokens: 1,
    };
    const last = {
      input_tokens: 6,
      cache_creation_input_tokens: 120,
      output_tokens: 9,
      output_tokens_details: { thinking_tokens: 4 },
    };
    const reply = folded(decodeEvents([head(started), ...texts(0, 'A'), ...end('end_turn', last)]));
    expect(reply.usage).toEqual({
      inputTokens: 6,
      cacheReadTokens: 7,
      cacheWriteTokens: 0,
      cacheWriteLongTokens: 120,
      outputTokens: 9,
      reasoningTokens: 4,
    });
    expect(encodeReply(reply, answerContext())['usage']).toEqual({
      input_tokens: 6,
      cache_creation_input_tokens: 120,
      cache_read_input_tokens: 7,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 120 },
      output_tokens: 9,
      output_tokens_details: { thinking_tokens: 4 },
    });
  });

  test('usage that nobody gave is unknown inside and 0 on the wire, where clients need a number', () => {
    const reply = folded(decodeEvents([head({}), ...end('end_turn', {})]));
    expect(reply.usage).toEqual({});
    expect(encodeReply(reply, answerContext())['usage']).toEqual({ input_tokens: 0, output_tokens: 0 });
  });

  test('the first event tells input tokens when they are known, and no output', () => {
    const [first] = wireOf(
      encodeEvents([
        { type: 'message-start' },
        { type: 'usage-update', usage: { inputTokens: 5, outputTokens: 1 } },
        { type: 'message-end', reason: 'stop' },
      ]),
    );
    expect(first).toMatchObject({ message: { usage: { input_tokens: 5, output_tokens: 0 } } });
  });
});

type Script = StreamEvent[];
const begin = (block: number, kind: 'text' | 'reasoning' | 'call' | 'refusal', id?: string): StreamEvent => ({
  type: 'block-start',
  block,
  kind,
  ...(id !== undefined && { id, name: 'look' }),
});
const say = (block: number, text: string): StreamEvent => ({ type: 'text-delta', block, text });
const args = (block: number, text: string): StreamEvent => ({ type: 'args-delta', block, text });
const close = (block: number): StreamEvent => ({ type: 'block-end', block });
const finish = (reason: StopReason = 'stop'): StreamEvent => ({ type: 'message-end', reason });
const start: StreamEvent = { type: 'message-start', id: 'chatcmpl-1' };

describe('the encoder keeps the grammar', () => {
  const rows: { name: string; events: Script; content: JsonObject[]; stop?: string }[] = [
    {
      name: 'three interleaved calls become three whole blocks',
      events: [
        start,
        begin(0, 'call', 'a'),
        begin(1, 'call', 'b'),
        begin(2, 'call', 'c'),
        args(2, '{"c":'),
        args(0, '{"a":'),
        args(1, '{"b":'),
        args(0, '1}'),
        args(2, '3}'),
        args(1, '2}'),
        finish(),
      ],
      content: [
        { type: 'tool_use', id: 'a', name: 'look', input: { a: 1 } },
        { type: 'tool_use', id: 'b', name: 'look', input: { b: 2 } },
        { type: 'tool_use', id: 'c', name: 'look', input: { c: 3 } },
      ],
      stop: 'tool_use',
    },
    {
      name: 'text gives way to a call and loses nothing',
      events: [
        start,
        begin(0, 'text'),
        say(0, 'Look'),
        begin(1, 'call', 'a'),
        args(1, '{}'),
        say(0, ' here'),
        close(1),
        finish(),
      ],
      content: [
        { type: 'text', text: 'Look' },
        { type: 'tool_use', id: 'a', name: 'look', input: {} },
        { type: 'text', text: ' here' },
      ],
      stop: 'tool_use',
    },
    {
      name: 'thinking that stays open does not hold the text back',
      events: [start, begin(0, 'reasoning'), say(0, 'Hm'), begin(1, 'text'), say(1, 'A'), finish()],
      content: [
        { type: 'thinking', thinking: 'Hm' },
        { type: 'text', text: 'A' },
      ],
    },
    {
      name: 'thinking and text in turns open a block each time',
      events: [
        start,
        begin(0, 'reasoning'),
        say(0, 'x'),
        close(0),
        begin(1, 'text'),
        say(1, 'A'),
        close(1),
        begin(2, 'reasoning'),
        say(2, 'y'),
        close(2),
        begin(3, 'text'),
        say(3, 'B'),
        finish(),
      ],
      content: [
        { type: 'thinking', thinking: 'x' },
        { type: 'text', text: 'A' },
        { type: 'thinking', thinking: 'y' },
        { type: 'text', text: 'B' },
      ],
    },
    {
      name: 'empty texts give no block',
      events: [start, begin(0, 'text'), say(0, ''), close(0), finish('length')],
      content: [],
      stop: 'max_tokens',
    },
    {
      name: 'a refusal is text, stop reason and explanation',
      events: [start, begin(0, 'refusal'), say(0, 'I will not'), finish()],
      content: [{ type: 'text', text: 'I will not' }],
      stop: 'refusal',
    },
    {
      name: 'a custom call is an object with one string',
      events: [
        start,
        { type: 'block-start', block: 0, kind: 'call', id: 'a', name: 'look', custom: true },
        args(0, 'ls "'),
        args(0, 'x"\n'),
        finish(),
      ],
      content: [{ type: 'tool_use', id: 'a', name: 'look', input: { input: 'ls "x"\n' } }],
      stop: 'tool_use',
    },
    {
      name: 'ids that the API would not take are replaced, a missing one is made',
      events: [
        start,
        begin(0, 'call', 'functions.look:0'),
        close(0),
        { type: 'block-start', block: 1, kind: 'call', name: 'look' },
        finish(),
      ],
      content: [
        { type: 'tool_use', id: expect.stringMatching(/^toolu_[0-9a-f]{24}$/) as never },
        { type: 'tool_use', id: 'toolu_req1_1' },
      ],
      stop: 'tool_use',
    },
  ];
  test.each(rows)('$name', ({ events, content, stop: reason = 'end_turn' }) => {
    const wire = wireOf(encodeEvents(events));
    expect(lint(wire)).toEqual([]);
    expect(assemble(wire)).toMatchObject({ content, stop_reason: reason });
  });

  const same: { name: string; events: Script }[] = [
    {
      name: 'text with a foreign citation',
      events: [
        start,
        begin(0, 'text'),
        say(0, 'A'),
        { type: 'citation', block: 0, citation: { url: 'https://a.test', title: 'T' } },
        finish(),
      ],
    },
    {
      name: 'a call that ends with a proof',
      events: [
        start,
        begin(0, 'reasoning'),
        say(0, 'x'),
        close(0),
        begin(1, 'call', 'a'),
        args(1, '{}'),
        { type: 'block-end', block: 1, proof: { format: 'gemini', family: 'g', data: 's' } },
        finish(),
      ],
    },
    {
      name: 'a text that ends with a proof',
      events: [
        start,
        begin(0, 'text'),
        say(0, 'x'),
        { type: 'block-end', block: 0, proof: { format: 'gemini', family: 'g', data: 's' } },
        finish(),
      ],
    },
    {
      name: 'an encrypted reasoning item',
      events: [
        start,
        begin(0, 'reasoning'),
        { type: 'block-end', block: 0, proof: { format: 'openai-responses', data: 'enc', id: 'rs_1' } },
        begin(1, 'text'),
        say(1, 'A'),
        finish(),
      ],
    },
    {
      name: 'a picture',
      events: [
        start,
        { type: 'block-start', block: 0, kind: 'media', media: { mime: 'image/png', data: 'aGVsbG8=' } },
        close(0),
        finish(),
      ],
    },
    {
      name: 'a block that only another API understands',
      events: [
        start,
        { type: 'block-start', block: 0, kind: 'opaque', raw: { format: 'gemini', value: {} } },
        close(0),
        begin(1, 'text'),
        say(1, 'A'),
        finish(),
      ],
    },
    {
      name: 'a stop at a word',
      events: [
        start,
        begin(0, 'text'),
        say(0, 'A'),
        { type: 'message-end', reason: 'stop-sequence', stopSequence: 'END' },
      ],
    },
    ...(['stop', 'length', 'context', 'filter', 'refusal', 'pause', 'other'] as const).map((reason) => ({
      name: `an end for the reason ${reason}`,
      events: [start, begin(0, 'text'), say(0, 'A'), finish(reason)],
    })),
  ];
  test.each(same)('unary and stream agree on $name', ({ events }) => {
    const wire = wireOf(encodeEvents(events));
    expect(lint(wire)).toEqual([]);
    expect(assemble(wire)).toEqual(JSON.parse(JSON.stringify(encodeReply(folded(events), answerContext()))));
  });

  test('nothing stands behind the last text: some clients take the last block for the whole answer', () => {
    const proof = { format: 'gemini', family: 'g', data: 's' } as const;
    const events: StreamEvent[] = [start, begin(0, 'text'), say(0, 'A'), { type: 'block-end', block: 0, proof }];
    const types = (more: StreamEvent[]): unknown[] => {
      const { content } = assemble(wireOf(encodeEvents([...events, ...more, finish()])));
      return (content as JsonObject[]).map(({ type }) => type);
    };
    expect(types([])).toEqual(['text']);
    expect(types([begin(1, 'call', 'a'), args(1, '{}'), close(1)])).toEqual(['text', 'redacted_thinking', 'tool_use']);
  });

  test('a proof of thinking that gave way still reaches the client', () => {
    const proof = { format: 'anthropic-messages', family: 'f', data: 'sig' } as const;
    const wire = wireOf(
      encodeEvents([
        start,
        begin(0, 'reasoning'),
        say(0, 'x'),
        begin(1, 'text'),
        say(1, 'A'),
        { type: 'block-end', block: 0, proof },
        finish(),
      ]),
    );
    expect(lint(wire)).toEqual([]);
    expect(assemble(wire)['content']).toMatchObject([
      { thinking: 'x' },
      { text: 'A' },
      { thinking: '', signature: 'sig' },
    ]);
  });

  test('a client that wants no thinking text gets it sealed in the signature', () => {
    const context = answerContext({ reasoning: { mode: 'on', visible: false } });
    const events: Script = [
      start,
      begin(0, 'reasoning'),
      say(0, 'secret'),
      close(0),
      begin(1, 'text'),
      say(1, 'A'),
      finish(),
    ];
    const wire = wireOf(encodeEvents(events, context));
    expect(assemble(wire)).toEqual(JSON.parse(JSON.stringify(encodeReply(folded(events), context))));
    const block = (assemble(wire)['content'] as JsonObject[])[0];
    expect(block?.['thinking']).toBe('');
    expect(openProof(String(block?.['signature']))?.data).toBe('secret');
  });

  test('thinking without a proof has an empty envelope as signature, never an empty text', () => {
    const wire = wireOf(encodeEvents([start, begin(0, 'reasoning'), say(0, 'x'), finish()]));
    expect((assemble(wire)['content'] as JsonObject[])[0]?.['signature']).toBe(
      sealProof({ format: 'openai-chat', data: '' }),
    );
  });

  test('event lines name their type, a ping waits for the start, nothing follows the end', () => {
    const encoder = streamEncoder(answerContext());
    expect(encoder.push({ type: 'keep-alive' })).toBe(': keep-alive\n\n');
    expect(encoder.push(start)).toBe('');
    const first = readSse(encoder.push({ type: 'keep-alive' }));
    expect(first.map(({ event }) => event)).toEqual(['message_start', 'ping']);
    const rest = readSse(encoder.push(finish()));
    expect(rest.map(({ event }) => event)).toEqual(['message_delta', 'message_stop']);
    expect(encoder.push({ type: 'keep-alive' }) + encoder.push({ type: 'usage-update', usage: {} })).toBe('');
  });

  test('a failure is one error event, and overlapping calls beyond the cap are one', () => {
    const failure = wireOf(
      encodeEvents([start, { type: 'message-failure', error: new GatewayError('upstream_stalled', 'silent') }]),
    );
    expect(failure.at(-1)).toEqual({
      type: 'error',
      error: { type: 'timeout_error', message: 'silent' },
      request_id: 'req_1',
    });
    const big = 'x'.repeat(3_000_000);
    const events = normalised([
      start,
      begin(0, 'call', 'a'),
      begin(1, 'call', 'b'),
      args(1, big),
      args(1, big),
      finish(),
    ]);
    const encoder = streamEncoder(answerContext({ ...request() }));
    const text = events.map((event) => encoder.push(event)).join('');
    expect(wireOf(text).at(-1)?.['type']).toBe('error');
  });
});
