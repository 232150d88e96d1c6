import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../types/errors.ts';
import type { Part, Turn, UnifiedChatRequest } from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeRequest } from './encode-request.ts';
import { decoded, encoded, PIXEL, profile } from './test-kit.ts';

const text = (words: string): Part => ({ type: 'text', text: words });
const said = (role: Turn['role'], ...parts: Part[]): Turn => ({ role, parts });
const call = (id: string, name = 'f', argsText = '{}'): Part => ({ type: 'call', id, name, argsText });
const result = (id: string, words: string, isError = false): Part => ({
  type: 'result',
  id,
  parts: words === '' ? [] : [{ type: 'text', text: words }],
  isError,
});
const image: Part = { type: 'media', kind: 'image', mime: 'image/png', source: { type: 'data', data: PIXEL } };
const foreign = { format: 'anthropic-messages', fields: {} } as const;
const f = { kind: 'function', name: 'f' } as const;

const kept: JsonObject[] = [
  { model: 'm-large', messages: [{ role: 'user', content: 'Hi' }] },
  {
    model: 'm-large',
    messages: [
      { role: 'system', content: 'Be kind.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
        name: 'ann',
      },
      {
        role: 'assistant',
        content: 'Let me see.',
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"n": 9007199254740993}' } },
          { id: 'call_2', type: 'function', function: { name: 'look', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'one' },
      { role: 'tool', tool_call_id: 'call_2', content: '' },
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'And?' },
    ],
    tools: [
      {
        type: 'function',
        function: { name: 'look', description: 'looks', parameters: { type: 'object', properties: {} }, strict: true },
      },
      { type: 'function', function: { name: 'bare' } },
    ],
    tool_choice: { type: 'function', function: { name: 'look' } },
    parallel_tool_calls: false,
  },
  {
    model: 'm-large',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}`, detail: 'high' } },
          { type: 'image_url', image_url: { url: 'https://a.example/x.png' } },
          { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'mp3' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg==' } },
          { type: 'file', file: { file_id: 'file-1' } },
          { type: 'video_url', video_url: { url: 'https://a.example/x.mp4' } },
        ],
      },
    ],
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' }, strict: false } },
    max_tokens: 10,
    temperature: 0,
    top_p: 1,
    seed: -1,
    frequency_penalty: 0,
    presence_penalty: 0,
    logprobs: true,
    top_logprobs: 0,
    logit_bias: { '5': -1 },
    top_k: 40,
    stop: ['a', 'b'],
    reasoning_effort: 'low',
    verbosity: 'high',
    prompt_cache_key: 'k',
    user: 'u',
    service_tier: 'on_demand',
    metadata: { a: '1' },
    store: true,
    prediction: { type: 'content', content: 'x' },
    modalities: ['text', 'audio'],
    audio: { voice: 'alloy', format: 'wav' },
    stream: true,
    stream_options: { include_usage: true },
  },
  {
    model: 'm-large',
    messages: [{ role: 'user', content: 'Hi' }],
    tools: [
      { type: 'function', function: { name: 'a' } },
      { type: 'function', function: { name: 'b' } },
    ],
    tool_choice: {
      type: 'allowed_tools',
      allowed_tools: {
        mode: 'auto',
        tools: [
          { type: 'function', function: { name: 'a' } },
          { type: 'function', function: { name: 'b' } },
        ],
      },
    },
    web_search_options: { search_context_size: 'low' },
    response_format: { type: 'json_object' },
  },
  {
    model: 'm-large',
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: null, refusal: 'No.' },
      { role: 'user', content: 'Please' },
      {
        role: 'assistant',
        content: 'Fine',
        reasoning_details: [
          { type: 'reasoning.text', text: 'Hm', signature: 'S', format: 'anthropic-claude-v1', index: 0 },
        ],
        reasoning: 'Hm',
        extra_content: { google: { thought_signature: 'T' } },
        tool_calls: [
          {
            id: 'c',
            type: 'function',
            function: { name: 'f', arguments: '{}' },
            extra_content: { google: { thought_signature: 'C' } },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'c', content: 'ok' },
      { role: 'assistant', content: null, audio: { id: 'audio_1' } },
    ],
  },
];

test.each(kept.map((body, index) => [index, body] as const))(
  'body %i comes back equal, with nothing lost',
  (_, body) => {
    const losses: string[] = [];
    const target = profile({ quirks: { reasoningField: 'reasoning' } });
    const encodedBody = encodeRequest(decodeRequest(body, {}), target, (rule) => losses.push(rule)).body;
    expect(encodedBody).toEqual(body);
    expect(losses).toEqual([]);
    expect(JSON.stringify(encodeRequest(decodeRequest(structuredClone(body), {}), target, () => undefined).body)).toBe(
      JSON.stringify(encodedBody),
    );
  },
);

interface MessageCase {
  name: string;
  turns: Turn[];
  target?: Partial<TargetProfile>;
  messages: Json[];
  losses?: string[];
}

const toolMessage = (id: string, content: string): JsonObject => ({ role: 'tool', tool_call_id: id, content });
const wireCall = (id: string, args = '{}', name = 'f'): JsonObject => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
const calls = (...list: JsonObject[]): JsonObject => ({ role: 'assistant', content: null, tool_calls: list });

const messageCases: MessageCase[] = [
  {
    name: 'results in another order than the calls are matched by id and put in the order of the calls',
    turns: [said('assistant', call('a'), call('b')), said('user', result('b', 'B'), result('a', 'A'))],
    messages: [calls(wireCall('a'), wireCall('b')), toolMessage('a', 'A'), toolMessage('b', 'B')],
  },
  {
    name: 'a late result stands right behind its call, the text between behind it',
    turns: [said('assistant', call('a')), said('user', text('wait')), said('user', result('a', 'A'))],
    messages: [calls(wireCall('a')), toolMessage('a', 'A'), { role: 'user', content: 'wait' }],
  },
  {
    name: 'a missing result becomes an error result',
    turns: [said('assistant', call('a'), call('b')), said('user', result('a', 'A'))],
    messages: [
      calls(wireCall('a'), wireCall('b')),
      toolMessage('a', 'A'),
      toolMessage('b', 'Error: there is no result for this call.'),
    ],
    losses: ['openai-chat.result-missing'],
  },
  {
    name: 'ids that repeat in a long history keep their own results',
    turns: [
      said('assistant', call('a', 'f', '{"n":1}')),
      said('user', result('a', 'one')),
      said('assistant', call('a', 'f', '{"n":2}')),
      said('user', result('a', 'two')),
    ],
    messages: [
      calls(wireCall('a', '{"n":1}')),
      toolMessage('a', 'one'),
      calls(wireCall('a', '{"n":2}')),
      toolMessage('a', 'two'),
    ],
  },
  {
    name: 'images of results follow all tool messages in one user message',
    turns: [
      said('assistant', call('a'), call('b')),
      said(
        'user',
        { type: 'result', id: 'a', parts: [{ type: 'text', text: 'A' }, image], isError: false },
        { type: 'result', id: 'b', parts: [image], isError: false },
        text('go on'),
      ),
    ],
    messages: [
      calls(wireCall('a'), wireCall('b')),
      toolMessage('a', 'A'),
      toolMessage('b', 'The output is in the next user message.'),
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Output of the tool call a:' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } },
          { type: 'text', text: 'Output of the tool call b:' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } },
        ],
      },
      { role: 'user', content: 'go on' },
    ],
  },
  {
    name: 'a failed result says so in words, once',
    turns: [
      said('assistant', call('a'), call('b')),
      said('user', result('a', 'boom', true), result('b', 'error: boom', true)),
    ],
    messages: [calls(wireCall('a'), wireCall('b')), toolMessage('a', 'Error: boom'), toolMessage('b', 'error: boom')],
  },
  {
    name: 'arguments of nothing are an empty object',
    turns: [said('assistant', call('a', 'f', '')), said('user', result('a', ''))],
    messages: [calls(wireCall('a', '{}')), toolMessage('a', '')],
  },
  {
    name: 'a long id is replaced by the same short one at call and result',
    turns: [said('assistant', call('toolu_'.padEnd(50, 'x'))), said('user', result('toolu_'.padEnd(50, 'x'), 'A'))],
    messages: [calls(wireCall('call_6beab56a43e0e0aa632b4089')), toolMessage('call_6beab56a43e0e0aa632b4089', 'A')],
  },
  {
    name: 'Mistral gets ids of nine letters or digits',
    target: { quirks: { toolIdRule: 'mistral' } },
    turns: [said('assistant', call('call_abc')), said('user', result('call_abc', 'A'))],
    messages: [calls(wireCall('ed01972d3')), toolMessage('ed01972d3', 'A')],
  },
  {
    name: 'a call of a custom tool is replayed as a function with one text',
    turns: [
      said('assistant', { type: 'call', id: 'a', name: 'f', argsText: 'ls "x"', custom: true }),
      said('user', result('a', 'A')),
    ],
    messages: [calls(wireCall('a', '{"input":"ls \\"x\\""}')), toolMessage('a', 'A')],
  },
  {
    name: 'empty assistant turns are left out',
    turns: [said('user', text('Hi')), said('assistant'), said('assistant', text('')), said('user', text('there'))],
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'user', content: 'there' },
    ],
  },
  {
    name: 'a late system message becomes marked user text where the model takes none',
    target: { lateSystem: false },
    turns: [said('user', text('Hi')), said('system', text('Be brief.'))],
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'user', content: '[System message]\nBe brief.' },
    ],
  },
  {
    name: 'thinking with a proof of this API and family goes back, other thinking does not',
    target: { quirks: { reasoningField: 'reasoning_content' } },
    turns: [
      said(
        'assistant',
        { type: 'reasoning', text: 'mine', proof: { format: 'openai-chat', family: 'm', data: '' } },
        { type: 'reasoning', text: 'theirs', proof: { format: 'anthropic-messages', data: 'S' } },
        { type: 'reasoning', text: 'old', proof: { format: 'openai-chat', family: 'other', data: '' } },
        text('Yes'),
      ),
    ],
    messages: [{ role: 'assistant', content: 'Yes', reasoning_content: 'mine' }],
    losses: ['openai-chat.reasoning-history', 'openai-chat.reasoning-history'],
  },
  {
    name: 'thinking without a proof is not sent to a server that is not known to take it',
    turns: [said('assistant', { type: 'reasoning', text: 'hm' }, text('Yes'))],
    messages: [{ role: 'assistant', content: 'Yes' }],
    losses: ['openai-chat.reasoning-history'],
  },
  {
    name: 'native details of unknown origin are not sent to a server that is not known to take them',
    turns: [
      said(
        'assistant',
        {
          type: 'reasoning',
          text: 'hm',
          proof: { format: 'openai-chat', data: '[{"type":"reasoning.text","text":"hm"}]' },
        },
        text('Yes'),
      ),
    ],
    messages: [{ role: 'assistant', content: 'Yes' }],
    losses: ['openai-chat.reasoning-history'],
  },
  {
    name: 'a turn with calls carries an empty thought where the server insists on one',
    target: { quirks: { needsReasoningBack: true } },
    turns: [said('assistant', call('a')), said('user', result('a', 'A')), said('assistant', text('Yes'))],
    messages: [
      { role: 'assistant', content: null, reasoning_content: '', tool_calls: [wireCall('a')] },
      toolMessage('a', 'A'),
      { role: 'assistant', content: 'Yes' },
    ],
  },
  {
    name: 'a part of another API and an image of an assistant are noted losses',
    turns: [
      said('user', { type: 'opaque', format: 'gemini', raw: { executableCode: {} } }, text('Hi')),
      said('assistant', image, text('Here')),
    ],
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Here' },
    ],
    losses: ['openai-chat.opaque-part', 'openai-chat.assistant-media'],
  },
];

test.each(messageCases)('$name', ({ turns, target, messages, losses = [] }) => {
  const outcome = encoded({ turns }, target);
  expect(outcome.body['messages']).toEqual(messages as JsonObject[]);
  expect(outcome.losses.map(({ rule }) => rule)).toEqual(losses);
});

interface FieldCase {
  name: string;
  request: Partial<UnifiedChatRequest>;
  target?: Partial<TargetProfile>;
  gives: JsonObject;
  without?: string[];
  losses?: string[];
}

const fieldCases: FieldCase[] = [
  {
    name: 'the output limit takes the old name by default and the new one where sampling is refused',
    request: { maxOutputTokens: 9 },
    target: { sampling: false },
    gives: { max_completion_tokens: 9 },
    without: ['max_tokens'],
  },
  {
    name: "the provider's word for the output limit wins",
    request: { maxOutputTokens: 9 },
    target: { quirks: { maxTokensField: 'max_completion_tokens' } },
    gives: { max_completion_tokens: 9 },
  },
  {
    name: "the output limit is cut to the model's",
    request: { maxOutputTokens: 9000 },
    target: { maxOutputTokens: 4096 },
    gives: { max_tokens: 4096 },
    losses: ['openai-chat.max-tokens'],
  },
  {
    name: 'a model without sampling gets neither sampling nor stop, each noted',
    request: { sampling: { temperature: 1, topP: 1, logprobs: true, seed: 4 }, stop: ['x'] },
    target: { sampling: false },
    gives: { seed: 4 },
    without: ['temperature', 'top_p', 'logprobs', 'stop'],
    losses: ['openai-chat.sampling', 'openai-chat.sampling', 'openai-chat.sampling', 'openai-chat.stop'],
  },
  {
    name: 'four of five stop texts are sent, blank ones are not',
    request: { stop: ['a', '', 'b', 'c', 'd', 'e'] },
    gives: { stop: ['a', 'b', 'c', 'd'] },
    losses: ['openai-chat.stop-over-limit'],
  },
  {
    name: 'top_k of another API is a noted loss',
    request: { sampling: { topK: 3 }, ext: foreign },
    gives: {},
    without: ['top_k'],
    losses: ['openai-chat.top-k'],
  },
  {
    name: 'choice and parallel flag without tools are left out',
    request: { toolChoice: { mode: 'auto' }, parallelTools: false, tools: [] },
    gives: {},
    without: ['tools', 'tool_choice', 'parallel_tool_calls'],
  },
  {
    name: 'one allowed tool that must be called is a named choice',
    request: { tools: [f], toolChoice: { mode: 'allowed', names: ['f'], required: true } },
    gives: { tool_choice: { type: 'function', function: { name: 'f' } } },
  },
  {
    name: 'a hosted tool of another provider is left out beside functions that stay',
    request: {
      tools: [f, { kind: 'hosted', hosted: 'web-search', format: 'openai-responses', raw: { type: 'web_search' } }],
    },
    gives: { tools: [{ type: 'function', function: { name: 'f' } }] },
    losses: ['openai-chat.hosted-tool'],
  },
  {
    name: 'a custom tool is declared as a function with one text',
    request: { tools: [{ kind: 'custom', name: 'apply', description: 'applies' }] },
    gives: {
      tools: [
        {
          type: 'function',
          function: {
            name: 'apply',
            description: 'applies',
            parameters: {
              type: 'object',
              properties: { input: { type: 'string', description: 'The input of the tool, as free text.' } },
              required: ['input'],
              additionalProperties: false,
            },
          },
        },
      ],
    },
  },
  {
    name: 'a schema without a name gets one',
    request: { output: { type: 'json-schema', schema: { type: 'object' } } },
    gives: { response_format: { type: 'json_schema', json_schema: { name: 'response', schema: { type: 'object' } } } },
  },
  {
    name: 'JSON mode of another API brings the word that OpenAI wants to read',
    request: { output: { type: 'json' }, ext: foreign },
    gives: {
      response_format: { type: 'json_object' },
      messages: [
        { role: 'system', content: 'Answer with one JSON object.' },
        { role: 'user', content: 'Hi' },
      ],
    },
  },
  {
    name: 'a schema goes into the instructions where the server cannot enforce it',
    request: { output: { type: 'json-schema', schema: { type: 'object' } } },
    target: { quirks: { noJsonSchema: true } },
    gives: {
      response_format: { type: 'json_object' },
      messages: [
        { role: 'system', content: 'Answer with one JSON object that fits this JSON Schema:\n{"type":"object"}' },
        { role: 'user', content: 'Hi' },
      ],
    },
    losses: ['openai-chat.json-schema'],
  },
  {
    name: 'a stream asks for usage although the client did not',
    request: { stream: true, wantUsage: false },
    gives: { stream: true, stream_options: { include_usage: true } },
  },
  {
    name: 'a stream does not ask for usage where the server refuses the field',
    request: { stream: true },
    target: { quirks: { noStreamUsage: true } },
    gives: { stream: true },
    without: ['stream_options'],
  },
  {
    name: 'stream_options are never sent without stream',
    request: { wantUsage: true },
    gives: {},
    without: ['stream', 'stream_options'],
  },
  {
    name: 'fields that the server refuses are dropped and noted',
    request: { userId: 'u', sampling: { seed: 1 } },
    target: { quirks: { dropFields: ['seed', 'user', 'store'] } },
    gives: {},
    without: ['seed', 'user'],
    losses: ['openai-chat.field-refused', 'openai-chat.field-refused'],
  },
  {
    name: 'fields of another API are losses, one for each',
    request: { ext: { format: 'gemini', fields: { labels: {}, safetySettings: [] } } },
    gives: {},
    without: ['labels', 'safetySettings'],
    losses: ['openai-chat.field', 'openai-chat.field'],
  },
  {
    name: 'a user id that is too long for OpenAI is hashed',
    request: { userId: 'x'.repeat(65) },
    gives: { user: 'user_9537c5fdf120482f7d58d25e' },
  },
  {
    name: 'the tier standard is the default here, an unknown one a loss',
    request: { tier: 'standard', ext: foreign },
    gives: { service_tier: 'default' },
  },
  {
    name: 'a tier that only another API knows is a loss',
    request: { tier: 'standard_only', ext: foreign },
    gives: {},
    without: ['service_tier'],
    losses: ['openai-chat.tier'],
  },
  {
    name: 'developer prompts take the role that the server knows',
    request: { system: [{ role: 'developer', text: 'A' }] },
    gives: {
      messages: [
        { role: 'system', content: 'A' },
        { role: 'user', content: 'Hi' },
      ],
    },
  },
  {
    name: 'system prompts go as developer messages where the provider says so',
    request: { system: [{ role: 'system', text: 'A' }] },
    target: { quirks: { systemRole: 'developer' } },
    gives: {
      messages: [
        { role: 'developer', content: 'A' },
        { role: 'user', content: 'Hi' },
      ],
    },
  },
  {
    name: 'cache breakpoints are one loss, however many there are',
    request: {
      system: [{ role: 'system', text: 'A', cache: { ttl: '5m' } }],
      tools: [{ ...f, cache: { ttl: '1h' } }],
    },
    gives: {},
    losses: ['openai-chat.cache-mark'],
  },
];

test.each(fieldCases)('$name', ({ request, target, gives, without = [], losses = [] }) => {
  const outcome = encoded(request, target);
  expect(outcome.body).toMatchObject(gives);
  for (const key of without) expect(outcome.body).not.toHaveProperty(key);
  expect(outcome.losses.map(({ rule }) => rule)).toEqual(losses);
});

describe('wishes about thinking', () => {
  const wishes: {
    name: string;
    reasoning: UnifiedChatRequest['reasoning'];
    target?: Partial<TargetProfile>;
    gives: JsonObject;
    losses?: number;
  }[] = [
    { name: 'an effort', reasoning: { mode: 'on', effort: 'low' }, gives: { reasoning_effort: 'low' } },
    {
      name: 'a budget as effort',
      reasoning: { mode: 'on', budgetTokens: 20_000 },
      gives: { reasoning_effort: 'high' },
    },
    { name: 'off as none', reasoning: { mode: 'off' }, gives: { reasoning_effort: 'none' } },
    { name: 'auto says nothing', reasoning: { mode: 'auto' }, gives: {} },
    {
      name: 'a model that does not think gets no field',
      reasoning: { mode: 'on', effort: 'low' },
      target: { thinking: 'none' },
      gives: {},
      losses: 1,
    },
    {
      name: 'a model that always thinks cannot be switched off',
      reasoning: { mode: 'off' },
      target: { thinking: 'always' },
      gives: {},
      losses: 1,
    },
    {
      name: "OpenRouter's object takes effort or budget, never both",
      reasoning: { mode: 'on', effort: 'low', budgetTokens: 5, visible: false },
      target: { quirks: { reasoningWish: 'openrouter' } },
      gives: { reasoning: { effort: 'low', exclude: true } },
    },
    {
      name: "DeepSeek's switch",
      reasoning: { mode: 'on', effort: 'low' },
      target: { quirks: { reasoningWish: 'thinking-type' } },
      gives: { thinking: { type: 'enabled' } },
      losses: 1,
    },
    {
      name: "Qwen's switch with a budget",
      reasoning: { mode: 'on', effort: 'low' },
      target: { quirks: { reasoningWish: 'enable-thinking' } },
      gives: { enable_thinking: true, thinking_budget: 1024 },
    },
    {
      name: 'a server that takes no wish',
      reasoning: { mode: 'off' },
      target: { quirks: { reasoningWish: 'none' } },
      gives: {},
      losses: 1,
    },
  ];
  const keys = ['reasoning_effort', 'reasoning', 'thinking', 'enable_thinking', 'thinking_budget'];
  test.each(wishes)('$name', ({ reasoning, target, gives, losses = 0 }) => {
    const outcome = encoded({ reasoning }, target);
    const sent = Object.fromEntries(Object.entries(outcome.body).filter(([key]) => keys.includes(key)));
    expect(sent).toEqual(gives);
    expect(outcome.losses).toHaveLength(losses);
  });
});

describe('what cannot be sent is a 400 that names it', () => {
  const cases: { name: string; request: Partial<UnifiedChatRequest>; field: string }[] = [
    { name: 'several answers', request: { sampling: { candidates: 2 } }, field: 'n' },
    {
      name: 'video',
      request: { turns: [said('user', { type: 'media', kind: 'video', source: { type: 'url', url: 'https://x' } })] },
      field: 'turns[0].parts[0]',
    },
    {
      name: 'audio of another type',
      request: {
        turns: [
          said('user', text('x'), {
            type: 'media',
            kind: 'audio',
            mime: 'audio/ogg',
            source: { type: 'data', data: 'AA==' },
          }),
        ],
      },
      field: 'turns[0].parts[1]',
    },
    {
      name: 'a file of another store',
      request: {
        turns: [said('user', { type: 'media', kind: 'document', source: { type: 'file', id: 'x', format: 'gemini' } })],
      },
      field: 'turns[0].parts[0]',
    },
    {
      name: 'a forced tool that does not exist here',
      request: {
        toolChoice: { mode: 'named', name: 'web_search' },
        tools: [{ kind: 'hosted', hosted: 'web-search', format: 'openai-responses', raw: { type: 'web_search' } }],
      },
      field: 'tool_choice',
    },
  ];
  test.each(cases)('$name', ({ request, field }) => {
    let thrown: unknown;
    try {
      encoded(request);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(GatewayError);
    expect(thrown).toMatchObject({ code: 'request_unsupported', field });
  });
});

test('names out of bounds are renamed the same at tool, choice and call, and the table gives them back', () => {
  const name = `mcp.server:${'x'.repeat(70)}`;
  const { body, toolNames } = encoded({
    tools: [{ kind: 'function', name }],
    toolChoice: { mode: 'named', name },
    turns: [said('assistant', call('a', name)), said('user', result('a', 'A'))],
  });
  const wire = [...(toolNames ?? [])].find(([, original]) => original === name)?.[0] ?? '';
  expect(wire).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  expect(body['tools']).toEqual([{ type: 'function', function: { name: wire } }]);
  expect(body['tool_choice']).toEqual({ type: 'function', function: { name: wire } });
  expect(body['messages']).toMatchObject([{ tool_calls: [{ function: { name: wire } }] }, {}]);
});

test('the older functions go out as tools', () => {
  const request = decoded({ functions: [{ name: 'f' }], function_call: 'auto' });
  expect(encoded(request).body).toMatchObject({
    tools: [{ type: 'function', function: { name: 'f' } }],
    tool_choice: 'auto',
    parallel_tool_calls: false,
  });
});
