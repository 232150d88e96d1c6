import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../types/errors.ts';
import type { Reply } from '../../types/ir/reply.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { delta, foldStream, foldUnary, needReply, normalised, rawEvents, type Upstream } from './test-kit.ts';

const call = (fields: JsonObject): JsonObject => ({ tool_calls: [fields] });
const usage = { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 };
const buckets = { inputTokens: 10, outputTokens: 3 };
const mine = { format: 'openai-chat', family: 'm', data: '' };
const asCall = (id: string, name: string, argsText: string, custom = false): object => ({
  kind: 'call',
  id,
  name,
  argsText,
  custom,
});
const asText = (text: string): object => ({ kind: 'text', text, citations: [] });
const asThought = (text: string): object => ({ kind: 'reasoning', text, redacted: false, proof: mine });

interface Row {
  name: string;
  chunks: (Json | string)[];
  upstream?: Upstream;
  gives: object;
}

const rows: Row[] = [
  {
    name: 'text, finish, usage in a chunk of its own, [DONE]',
    chunks: [
      delta({ role: 'assistant', content: '' }),
      delta({ content: 'Hel' }),
      delta({ content: 'lo' }),
      delta({}, 'stop'),
      { choices: [], usage },
      '[DONE]',
    ],
    gives: {
      id: 'up-1',
      model: 'up-model',
      blocks: [asText('Hello')],
      reason: 'stop',
      rawReason: 'stop',
      usage: buckets,
    },
  },
  {
    name: 'content, finish and usage in one chunk lose nothing',
    chunks: [{ ...delta({ content: 'Hi' }, 'length'), usage }],
    gives: { blocks: [asText('Hi')], reason: 'length', usage: buckets },
  },
  {
    name: 'no [DONE] and no usage is fine after a finish, and usage stays absent',
    chunks: [delta({ content: 'Hi' }, 'stop')],
    gives: { blocks: [asText('Hi')], reason: 'stop', usage: {} },
  },
  {
    name: 'content and a second finish behind the finish are ignored',
    chunks: [delta({ content: 'Hi' }, 'stop'), delta({ content: ' there' }, 'length'), '[DONE]'],
    gives: { blocks: [asText('Hi')], reason: 'stop' },
  },
  {
    name: 'an opening chunk without choices, empty lists and nulls are nothing',
    chunks: [
      { choices: [], prompt_filter_results: [] },
      delta({ role: 'assistant', content: null, tool_calls: [], reasoning_content: null, refusal: null }),
      delta({ content: 'Hi', tool_calls: [] }),
      { ...delta({ content: '', tool_calls: null }, 'stop'), usage: null },
    ],
    gives: { blocks: [asText('Hi')], reason: 'stop', usage: {} },
  },
  {
    name: 'usage of every chunk is a snapshot, the last one wins',
    chunks: [
      { ...delta({ content: 'a' }), usage: { ...usage, completion_tokens: 1 } },
      { ...delta({ content: 'b' }, 'stop'), usage },
    ],
    gives: { blocks: [asText('ab')], usage: buckets },
  },
  {
    name: 'usage inside the choice is read',
    chunks: [{ choices: [{ index: 0, delta: { content: 'a' }, finish_reason: 'stop', usage }] }],
    gives: { usage: buckets },
  },
  {
    name: 'thinking, answer and thinking again are three blocks',
    chunks: [
      delta({ reasoning_content: 'a' }),
      delta({ reasoning_content: 'b' }),
      delta({ content: 'C' }),
      delta({ reasoning: 'd' }),
      delta({ content: 'E' }, 'stop'),
    ],
    gives: { blocks: [asThought('ab'), asText('C'), asThought('d'), asText('E')] },
  },
  {
    name: 'thinking that is sent under two names is read once',
    chunks: [
      delta(
        { reasoning_content: 'a', reasoning: 'a', reasoning_details: [{ type: 'reasoning.text', text: 'a' }] },
        'stop',
      ),
    ],
    gives: {
      blocks: [
        {
          kind: 'reasoning',
          text: 'a',
          redacted: false,
          proof: { ...mine, data: '[{"type":"reasoning.text","text":"a"}]' },
        },
      ],
    },
  },
  {
    name: 'details in pieces become one proof, with the signature that came last',
    chunks: [
      delta({ reasoning: 'a', reasoning_details: [{ type: 'reasoning.text', text: 'a', index: 0 }] }),
      delta({ reasoning: 'b', reasoning_details: [{ type: 'reasoning.text', text: 'b', index: 0 }] }),
      delta({ reasoning_details: [{ type: 'reasoning.text', signature: 'S', index: 0 }] }),
      delta({ content: 'C' }, 'stop'),
    ],
    gives: {
      blocks: [
        {
          kind: 'reasoning',
          text: 'ab',
          redacted: false,
          proof: { ...mine, data: '[{"type":"reasoning.text","text":"ab","index":0,"signature":"S"}]' },
        },
        asText('C'),
      ],
    },
  },
  {
    name: 'encrypted reasoning alone is a redacted block',
    chunks: [
      delta({ content: 'C' }),
      delta({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'X' }] }, 'stop'),
    ],
    gives: {
      blocks: [
        asText('C'),
        {
          kind: 'reasoning',
          text: '',
          redacted: true,
          proof: { ...mine, data: '[{"type":"reasoning.encrypted","data":"X"}]' },
        },
      ],
    },
  },
  {
    name: "Mistral's thinking parts",
    chunks: [
      delta({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] }),
      delta({ content: [{ type: 'text', text: 'Yes' }] }, 'stop'),
    ],
    gives: { blocks: [asThought('hm'), asText('Yes')] },
  },
  {
    name: 'think tags, cut anywhere',
    upstream: { target: { quirks: { thinkTags: true } } },
    chunks: [
      delta({ content: '\n<th' }),
      delta({ content: 'ink>\nhm</thi' }),
      delta({ content: 'nk>\n\nYes' }, 'stop'),
    ],
    gives: { blocks: [asThought('hm'), asText('Yes')] },
  },
  {
    name: 'a refusal in words',
    chunks: [delta({ role: 'assistant', refusal: 'No' }), delta({ refusal: '.' }), delta({}, 'stop')],
    gives: { blocks: [{ kind: 'refusal', text: 'No.' }], reason: 'refusal', rawReason: 'stop' },
  },
  {
    name: 'three parallel calls with interleaved fragments',
    chunks: [
      delta(call({ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } })),
      delta(call({ index: 1, id: 'b', type: 'function', function: { name: 'g', arguments: '{' } })),
      delta({
        tool_calls: [
          { index: 0, function: { arguments: '{"x"' } },
          { index: 2, id: 'c', function: { name: 'f', arguments: '' } },
        ],
      }),
      delta(call({ index: 1, function: { arguments: '}' } })),
      delta(call({ index: 2, function: { arguments: '{}' } })),
      delta(call({ index: 0, function: { arguments: ':1}' } })),
      delta({}, 'tool_calls'),
    ],
    gives: { blocks: [asCall('a', 'f', '{"x":1}'), asCall('b', 'g', '{}'), asCall('c', 'f', '{}')], reason: 'tool' },
  },
  {
    name: 'the first fragment of a call behind text is not lost',
    chunks: [
      delta({ content: 'Let me see.' }),
      delta(call({ index: 0, id: 'a', function: { name: 'f', arguments: '{"x":' } })),
      delta(call({ index: 0, id: '', function: { name: '', arguments: '1}' } })),
      delta({}, 'tool_calls'),
    ],
    gives: { blocks: [asText('Let me see.'), asCall('a', 'f', '{"x":1}')], reason: 'tool' },
  },
  {
    name: 'a whole call without index and with the finish "stop"',
    chunks: [delta(call({ id: 'a', function: { name: 'f', arguments: '{}' } }), 'stop')],
    gives: { blocks: [asCall('a', 'f', '{}')], reason: 'tool', rawReason: 'stop' },
  },
  {
    name: 'arguments before id and name, and arguments as an object',
    chunks: [
      delta(call({ index: 0, function: { arguments: '{"x":' } })),
      delta(call({ index: 0, function: { name: 'f', arguments: '1}' } })),
      delta(call({ index: 0, id: 'a' })),
      delta(call({ index: 1, id: 'b', function: { name: 'g', arguments: { y: 2 } } })),
      delta({}, 'tool_calls'),
    ],
    gives: { blocks: [asCall('a', 'f', '{"x":1}'), asCall('b', 'g', '{"y":2}')] },
  },
  {
    name: 'parallel calls that are all numbered 0',
    chunks: [
      delta(call({ index: 0, id: 'a', function: { name: 'f', arguments: '{"n":1}' } })),
      delta(call({ index: 0, id: 'b', function: { name: 'f', arguments: '{"n":' } })),
      delta(call({ index: 0, function: { arguments: '2}' } })),
      delta({}, 'tool_calls'),
    ],
    gives: { blocks: [asCall('a', 'f', '{"n":1}'), asCall('b', 'f', '{"n":2}')] },
  },
  {
    name: 'indexes from 1',
    chunks: [delta(call({ index: 1, id: 'a', function: { name: 'f', arguments: '{}' } })), delta({}, 'tool_calls')],
    gives: { blocks: [asCall('a', 'f', '{}')] },
  },
  {
    name: 'the older function_call gets an id',
    chunks: [
      delta({ function_call: { name: 'f', arguments: '{"a"' } }),
      delta({ function_call: { arguments: ':1}' } }),
      delta({}, 'function_call'),
    ],
    gives: {
      blocks: [{ kind: 'call', id: expect.stringMatching(/^call_[0-9a-f]{24}$/), name: 'f', argsText: '{"a":1}' }],
      reason: 'tool',
    },
  },
  {
    name: 'a renamed tool gets its own name back',
    upstream: { toolNames: new Map([['wire', 'mcp.tool:x']]) },
    chunks: [delta(call({ index: 0, id: 'a', function: { name: 'wire', arguments: '{}' } }), 'tool_calls')],
    gives: { blocks: [asCall('a', 'mcp.tool:x', '{}')] },
  },
  {
    name: 'a custom tool that was declared as a function gives its free text',
    upstream: { customTools: new Set(['apply']) },
    chunks: [
      delta(call({ index: 0, id: 'a', function: { name: 'apply', arguments: '{"inp' } })),
      delta(call({ index: 0, function: { arguments: 'ut":"ls \\"x\\""}' } })),
      delta({}, 'tool_calls'),
    ],
    gives: { blocks: [asCall('a', 'apply', 'ls "x"', true)] },
  },
  {
    name: "a custom call in OpenAI's own shape",
    chunks: [
      delta(call({ index: 0, id: 'a', type: 'custom', custom: { name: 'apply', input: '' } })),
      delta(call({ index: 0, custom: { input: 'ls' } })),
      delta({}, 'tool_calls'),
    ],
    gives: { blocks: [asCall('a', 'apply', 'ls', true)] },
  },
  {
    name: "Google's thought signatures on a call and on the text",
    chunks: [
      delta({ content: 'Hi', extra_content: { google: { thought_signature: 'T' } } }),
      delta(
        call({
          index: 0,
          id: 'a',
          function: { name: 'f', arguments: '{}' },
          extra_content: { google: { thought_signature: 'C' } },
        }),
        'tool_calls',
      ),
    ],
    gives: {
      blocks: [
        { kind: 'text', text: 'Hi', proof: { ...mine, data: 'T' } },
        { kind: 'call', id: 'a', proof: { ...mine, data: 'C' } },
      ],
    },
  },
  {
    name: 'length with a call stays length: its arguments may be cut',
    chunks: [delta(call({ index: 0, id: 'a', function: { name: 'f', arguments: '{"x' } }), 'length')],
    gives: { reason: 'length' },
  },
  {
    name: 'the finish tool_calls without a call is an ordinary end',
    chunks: [delta({ content: 'Hi' }, 'tool_calls')],
    gives: { reason: 'stop', rawReason: 'tool_calls' },
  },
  { name: 'content_filter', chunks: [delta({ content: 'x' }, 'content_filter')], gives: { reason: 'filter' } },
  {
    name: 'a finish without a word here',
    chunks: [delta({ content: 'x' }, 'moon')],
    gives: { reason: 'other', rawReason: 'moon' },
  },
  {
    name: 'annotations are citations of the text',
    chunks: [
      delta({ content: 'Hi' }),
      delta({
        annotations: [
          { type: 'url_citation', url_citation: { url: 'https://x', title: 'X', start_index: 0, end_index: 2 } },
        ],
      }),
      delta({}, 'stop'),
    ],
    gives: { blocks: [{ kind: 'text', text: 'Hi', citations: [{ url: 'https://x', title: 'X', start: 0, end: 2 }] }] },
  },
  {
    name: "Perplexity's sources are cited once",
    chunks: [
      { ...delta({ content: 'a' }), citations: ['https://x'] },
      { ...delta({ content: 'b' }, 'stop'), citations: ['https://x'] },
    ],
    gives: { blocks: [{ kind: 'text', text: 'ab', citations: [{ url: 'https://x' }] }] },
  },
  {
    name: 'an image as data URL',
    chunks: [delta({ images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }] }, 'stop')],
    gives: { blocks: [{ kind: 'media', mime: 'image/png', data: 'AA==' }] },
  },
  {
    name: 'log probabilities and audio stay in a form of their own',
    chunks: [
      { choices: [{ index: 0, delta: { content: 'a' }, logprobs: { content: [{ token: 'a' }] } }] },
      delta({ audio: { id: 'au', data: 'AA==' } }, 'stop'),
    ],
    gives: {
      blocks: [
        asText('a'),
        { kind: 'opaque', format: 'openai-chat', value: { logprobs: { content: [{ token: 'a' }] } } },
        { kind: 'opaque', format: 'openai-chat', value: { audio: { id: 'au', data: 'AA==' } } },
      ],
    },
  },
];

test.each(rows)('$name', ({ chunks, upstream, gives }) => {
  expect(needReply(foldStream(chunks, upstream))).toMatchObject(gives as Partial<Reply>);
});

describe('failures are events, whatever the status was', () => {
  const failures: { name: string; chunks: (Json | string)[]; code: string; message?: string }[] = [
    {
      name: 'an error object with empty choices',
      chunks: [{ choices: [], error: { message: 'The server is busy', code: 503 } }],
      code: 'upstream_overloaded',
      message: 'The server is busy',
    },
    { name: 'an error in words only', chunks: [{ error: 'rate limit reached' }], code: 'upstream_limited' },
    {
      name: 'an error behind content',
      chunks: [delta({ content: 'Hi' }), { error: { message: 'boom', type: 'server_error' } }],
      code: 'upstream_failed',
    },
    { name: 'an error of vLLM', chunks: [{ object: 'error', message: 'no', code: 500 }], code: 'upstream_failed' },
    { name: 'text that is not JSON', chunks: ['<html>'], code: 'upstream_garbled' },
    { name: 'JSON that is no object', chunks: ['[1]'], code: 'upstream_garbled' },
    { name: 'a stream without a finish', chunks: [delta({ content: 'Hi' })], code: 'upstream_truncated' },
    { name: '[DONE] without a finish', chunks: [delta({ content: 'Hi' }), '[DONE]'], code: 'upstream_truncated' },
    { name: 'no event at all', chunks: [], code: 'upstream_truncated' },
    { name: "Mistral's finish error", chunks: [delta({}, 'error')], code: 'upstream_failed' },
    {
      name: "DeepSeek's lack of machines",
      chunks: [delta({}, 'insufficient_system_resource')],
      code: 'upstream_overloaded',
    },
    {
      name: 'a call without a name',
      chunks: [delta(call({ index: 0, id: 'a', function: { arguments: '{}' } }), 'tool_calls')],
      code: 'upstream_garbled',
    },
    {
      name: 'a call that is held past 4 MiB',
      chunks: [delta(call({ index: 0, function: { arguments: 'x'.repeat(4 * 1024 * 1024 + 1) } }))],
      code: 'upstream_garbled',
    },
  ];
  test.each(failures)('$name', ({ chunks, code, message }) => {
    const events = normalised(rawEvents(chunks));
    const last = events.at(-1);
    expect(last?.type).toBe('message-failure');
    expect(events.filter(({ type }) => type === 'message-failure' || type === 'message-end')).toHaveLength(1);
    const error = last?.type === 'message-failure' ? last.error : undefined;
    expect(error).toBeInstanceOf(GatewayError);
    expect(error?.code).toBe(code as GatewayError['code']);
    if (message !== undefined) expect(error?.message).toBe(message);
  });
});

test('the finish waits for usage, which comes before it', () => {
  const types = rawEvents([delta({ content: 'Hi' }, 'stop'), { choices: [], usage }, '[DONE]']).map(({ type }) => type);
  expect(types).toEqual(['message-start', 'block-start', 'text-delta', 'block-end', 'usage-update', 'message-end']);
});

test('no block is used after its end, and none is opened twice', () => {
  for (const { chunks, upstream } of rows) {
    const open = new Set<number>();
    const seen = new Set<number>();
    for (const event of rawEvents(chunks, upstream)) {
      if (event.type === 'block-start') {
        expect(seen.has(event.block)).toBe(false);
        seen.add(event.block);
        open.add(event.block);
      } else if (event.type === 'block-end') expect(open.delete(event.block)).toBe(true);
      else if ('block' in event) expect(open.has(event.block)).toBe(true);
    }
    expect(open.size).toBe(0);
  }
});

describe('a whole completion', () => {
  const message = (fields: JsonObject, finish: string | null = 'stop'): JsonObject => ({
    id: 'up-1',
    model: 'up-model',
    choices: [{ index: 0, message: { role: 'assistant', ...fields }, finish_reason: finish }],
    usage,
  });
  const wholes: { name: string; wire: Json; gives: object }[] = [
    {
      name: 'tells thinking first, then text, then calls',
      wire: message({
        content: 'Hi',
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
        reasoning_content: 'hm',
      }),
      gives: { blocks: [asThought('hm'), asText('Hi'), asCall('a', 'f', '{}')], reason: 'tool', usage: buckets },
    },
    {
      name: 'keeps calls without index and id apart',
      wire: message({ tool_calls: [{ function: { name: 'f', arguments: { n: 1 } } }, { function: { name: 'f' } }] }),
      gives: {
        blocks: [
          { kind: 'call', name: 'f', argsText: '{"n":1}' },
          { kind: 'call', name: 'f', argsText: '' },
        ],
      },
    },
    {
      name: 'without a finish is complete all the same',
      wire: message({ content: 'Hi' }, null),
      gives: { reason: 'other' },
    },
    {
      name: 'with an empty answer is an answer',
      wire: message({ content: '' }),
      gives: { blocks: [], reason: 'stop' },
    },
  ];
  test.each(wholes)('$name', ({ wire, gives }) => {
    expect(needReply(foldUnary(wire))).toMatchObject(gives as Partial<Reply>);
  });

  test('that is something else is a failure', () => {
    for (const wire of [null, [], 'x', {}, { choices: [] }, { choices: 'x' }] as Json[]) {
      expect(foldUnary(wire)).toMatchObject({ code: 'upstream_garbled' });
    }
    expect(foldUnary({ error: { message: 'context_length_exceeded' } })).toMatchObject({
      code: 'upstream_context_length',
    });
  });
});
