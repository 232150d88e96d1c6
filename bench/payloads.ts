/** Bodies and answers of the workloads, made once and the same in every run. */

const LOREM =
  'export function total(rows: readonly Row[]): number {\n  // Rows without an amount are unknown, not zero.\n' +
  '  return rows.reduce((sum, { amount }) => sum + (amount ?? 0), 0);\n}\nThe gateway reads "meters" before it routes. ';

/** Text of about `chars` characters that reads like source code and prose, quotes and line ends included. */
export function prose(chars: number): string {
  return LOREM.repeat(Math.ceil(chars / LOREM.length)).slice(0, chars);
}

const messages = (count: number, charsEach: number) =>
  Array.from({ length: count }, (_, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content: `${index}: ${prose(charsEach)}`,
  }));

const schema = (index: number) => ({
  type: 'object',
  properties: {
    path: { type: 'string', description: `File that tool ${index} works on, relative to the project root.` },
    pattern: { type: 'string', description: 'Regular expression to look for.' },
    limit: { type: 'integer', minimum: 1, maximum: 500, default: 50 },
    mode: { type: 'string', enum: ['content', 'files', 'count'] },
    edits: {
      type: 'array',
      items: {
        type: 'object',
        properties: { from: { type: 'string' }, to: { type: 'string' } },
        required: ['from', 'to'],
      },
    },
  },
  required: ['path'],
  additionalProperties: false,
});

const chatTools = Array.from({ length: 8 }, (_, index) => ({
  type: 'function',
  function: { name: `tool_${index}`, description: prose(300), parameters: schema(index) },
}));

const messagesTools = chatTools.map(({ function: { name, description, parameters } }) => ({
  name,
  description,
  input_schema: parameters,
}));

/** The client's bodies. `model` is an alias of the gateway under test; the bare relay passes it on. */
export const bodies = {
  A: JSON.stringify({ model: 'bench', messages: [{ role: 'user', content: prose(120) }] }),
  B: JSON.stringify({ model: 'bench', messages: messages(20, 1150), tools: chatTools, tool_choice: 'auto' }),
  C: JSON.stringify({ model: 'bench', messages: messages(20, 19_500) }),
  D: JSON.stringify({
    model: 'bench',
    messages: [{ role: 'user', content: prose(120) }],
    stream: true,
    stream_options: { include_usage: true },
  }),
  E: JSON.stringify({
    model: 'bench-chat',
    max_tokens: 4096,
    messages: [{ role: 'user', content: prose(120) }],
    stream: true,
    tools: messagesTools.slice(0, 1),
  }),
  F: JSON.stringify({
    model: 'bench-messages',
    messages: [{ role: 'user', content: prose(120) }],
    stream: true,
    stream_options: { include_usage: true },
    tools: chatTools.slice(0, 1),
  }),
} as const;

export type Workload = keyof typeof bodies;

export const paths: Readonly<Record<Workload, string>> = {
  A: '/v1/chat/completions',
  B: '/v1/chat/completions',
  C: '/v1/chat/completions',
  D: '/v1/chat/completions',
  E: '/v1/messages',
  F: '/v1/chat/completions',
};

/** What the assembled answer must hold: the mock's words, wherever the translation puts them. */
export const wanted = {
  thinking: Array.from({ length: 40 }, (_, index) => `step ${index} of the thought, `).join(''),
  text: Array.from({ length: 120 }, (_, index) => `word ${index} with "quotes" `).join(''),
  plain: Array.from({ length: 200 }, (_, index) => `word ${index} with "quotes" `).join(''),
  args: `{"path":"${Array.from({ length: 38 }, (_, index) => `dir${index}/`).join('')}file.ts"}`,
} as const;

const argsPieces = ['{"path":"', ...Array.from({ length: 38 }, (_, index) => `dir${index}/`), 'file.ts"}'];

const usageChat = {
  prompt_tokens: 1200,
  completion_tokens: 300,
  total_tokens: 1500,
  prompt_tokens_details: { cached_tokens: 1000 },
  completion_tokens_details: { reasoning_tokens: 60 },
};

const chatUnary = (message: object, finish: string) =>
  JSON.stringify({
    id: 'chatcmpl-mock000000000000000000000001',
    object: 'chat.completion',
    created: 1_790_000_000,
    model: 'mock-large-2026-10-01',
    choices: [{ index: 0, message: { role: 'assistant', ...message }, logprobs: null, finish_reason: finish }],
    usage: usageChat,
    system_fingerprint: 'fp_0123456789',
  });

const chatChunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-mock000000000000000000000001',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model: 'mock-large-2026-10-01',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    usage: null,
  })}\n\n`;

const chatTail = (finish: string) => [
  chatChunk({}, finish),
  `data: ${JSON.stringify({
    id: 'chatcmpl-mock000000000000000000000001',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model: 'mock-large-2026-10-01',
    choices: [],
    usage: usageChat,
  })}\n\n`,
  'data: [DONE]\n\n',
];

const event = (name: string, value: object) => `event: ${name}\ndata: ${JSON.stringify({ type: name, ...value })}\n\n`;
const deltaEvent = (index: number, delta: object) => event('content_block_delta', { index, delta });
const tool = { id: 'call_mock0000000000000001', name: 'tool_0' };

/** The mock's answers, as text that is ready to send: whole replies and lists of server-sent events. */
export const answers = {
  chatShort: chatUnary({ content: prose(600) }, 'stop'),
  chatTool: chatUnary(
    {
      content: null,
      tool_calls: [
        { id: tool.id, type: 'function', function: { name: tool.name, arguments: `{"path":"${'x'.repeat(500)}"}` } },
      ],
    },
    'tool_calls',
  ),
  chatStream: [
    chatChunk({ role: 'assistant', content: '' }),
    ...Array.from({ length: 200 }, (_, index) => chatChunk({ content: `word ${index} with "quotes" ` })),
    ...chatTail('stop'),
  ],
  chatMixed: [
    chatChunk({ role: 'assistant', content: '' }),
    ...Array.from({ length: 40 }, (_, index) => chatChunk({ reasoning_content: `step ${index} of the thought, ` })),
    ...Array.from({ length: 120 }, (_, index) => chatChunk({ content: `word ${index} with "quotes" ` })),
    chatChunk({
      tool_calls: [{ index: 0, id: tool.id, type: 'function', function: { name: tool.name, arguments: '' } }],
    }),
    ...argsPieces.map((text) => chatChunk({ tool_calls: [{ index: 0, function: { arguments: text } }] })),
    ...chatTail('tool_calls'),
  ],
  messagesMixed: [
    event('message_start', {
      message: {
        id: 'msg_mock0001',
        type: 'message',
        role: 'assistant',
        model: 'claude-mock',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 200, cache_read_input_tokens: 1000, cache_creation_input_tokens: 0, output_tokens: 1 },
      },
    }),
    event('content_block_start', { index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }),
    ...Array.from({ length: 40 }, (_, index) =>
      deltaEvent(0, { type: 'thinking_delta', thinking: `step ${index} of the thought, ` }),
    ),
    deltaEvent(0, { type: 'signature_delta', signature: 'c2lnbmF0dXJl' }),
    event('content_block_stop', { index: 0 }),
    event('content_block_start', { index: 1, content_block: { type: 'text', text: '' } }),
    ...Array.from({ length: 120 }, (_, index) =>
      deltaEvent(1, { type: 'text_delta', text: `word ${index} with "quotes" ` }),
    ),
    event('content_block_stop', { index: 1 }),
    event('content_block_start', {
      index: 2,
      content_block: { type: 'tool_use', id: 'toolu_mock01', name: tool.name, input: {} },
    }),
    ...argsPieces.map((text) => deltaEvent(2, { type: 'input_json_delta', partial_json: text })),
    event('content_block_stop', { index: 2 }),
    event('message_delta', {
      delta: { stop_reason: 'tool_use', stop_sequence: null },
      usage: { input_tokens: 200, cache_read_input_tokens: 1000, output_tokens: 300 },
    }),
    event('message_stop', {}),
  ],
} as const;
