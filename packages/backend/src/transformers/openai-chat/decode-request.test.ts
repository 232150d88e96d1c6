import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../types/errors.ts';
import type { UnifiedChatRequest } from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { sealProof } from '../proof.ts';
import { decodeRequest } from './decode-request.ts';
import { decoded, PIXEL } from './test-kit.ts';

const user = { role: 'user', content: 'Hi' };
const part = (fields: JsonObject): JsonObject => ({ messages: [{ role: 'user', content: [fields] }] });
const call = (id: string, name = 'f'): JsonObject => ({ id, type: 'function', function: { name, arguments: '{}' } });

const refused: { name: string; fields: JsonObject; field: string }[] = [
  { name: 'no model', fields: { model: null }, field: 'model' },
  { name: 'an empty model', fields: { model: '' }, field: 'model' },
  { name: 'no messages', fields: { messages: null }, field: 'messages' },
  { name: 'empty messages', fields: { messages: [] }, field: 'messages' },
  { name: 'a message that is a text', fields: { messages: ['Hi'] }, field: 'messages[0]' },
  { name: 'an unknown role', fields: { messages: [user, { role: 'robot' }] }, field: 'messages[1].role' },
  { name: 'content of a number', fields: { messages: [{ role: 'user', content: 5 }] }, field: 'messages[0].content' },
  { name: 'a user without content', fields: { messages: [{ role: 'user' }] }, field: 'messages[0].content' },
  { name: 'a part without type', fields: part({ text: 'x' }), field: 'messages[0].content[0].type' },
  { name: 'text of a number', fields: part({ type: 'text', text: 1 }), field: 'messages[0].content[0].text' },
  {
    name: 'an image address of another scheme',
    fields: part({ type: 'image_url', image_url: { url: 'ftp://x' } }),
    field: 'messages[0].content[0].image_url.url',
  },
  {
    name: 'an empty image',
    fields: part({ type: 'image_url', image_url: { url: 'data:image/png;base64,' } }),
    field: 'messages[0].content[0].image_url.url',
  },
  {
    name: 'an image that does not decode',
    fields: part({ type: 'image_url', image_url: { url: 'data:image/png;base64,@@@@' } }),
    field: 'messages[0].content[0].image_url.url',
  },
  {
    name: 'audio that does not decode',
    fields: part({ type: 'input_audio', input_audio: { data: '%', format: 'wav' } }),
    field: 'messages[0].content[0].input_audio.data',
  },
  {
    name: 'a file without anything',
    fields: part({ type: 'file', file: {} }),
    field: 'messages[0].content[0].file.file_data',
  },
  {
    name: 'a result whose call is nowhere',
    fields: { messages: [user, { role: 'tool', tool_call_id: 'call_x', content: '1' }] },
    field: 'messages[1].tool_call_id',
  },
  {
    name: 'a call without a name',
    fields: { messages: [{ role: 'assistant', tool_calls: [{ id: 'a', function: {} }] }] },
    field: 'messages[0].tool_calls[0].function.name',
  },
  { name: 'tools of an object', fields: { tools: {} }, field: 'tools' },
  { name: 'a tool without function', fields: { tools: [{ type: 'function' }] }, field: 'tools[0].function' },
  { name: 'a choice of an unknown word', fields: { tool_choice: 'maybe' }, field: 'tool_choice' },
  { name: 'a temperature of text', fields: { temperature: '1' }, field: 'temperature' },
  { name: 'a limit of zero', fields: { max_tokens: 0 }, field: 'max_tokens' },
  { name: 'an unknown effort', fields: { reasoning_effort: 'huge' }, field: 'reasoning_effort' },
  { name: 'an unknown output type', fields: { response_format: { type: 'xml' } }, field: 'response_format.type' },
  { name: 'a stop of numbers', fields: { stop: [1] }, field: 'stop[0]' },
  { name: 'a stream of text', fields: { stream: 'yes' }, field: 'stream' },
];

test.each(refused)('refuses $name and names the field', ({ fields, field }) => {
  try {
    decoded(fields);
    throw new Error('was accepted');
  } catch (error) {
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ code: 'request_invalid', field });
    expect(String(error)).toContain(field);
  }
});

test('a body that is no object is refused', () => {
  for (const body of [null, [], 'x', 3] as Json[]) expect(() => decodeRequest(body, {})).toThrow(GatewayError);
});

const accepted: { name: string; fields: JsonObject; gives: Partial<UnifiedChatRequest> }[] = [
  {
    name: 'leading system and developer messages join in order, a later one keeps its place',
    fields: {
      messages: [
        { role: 'system', content: 'A' },
        { role: 'developer', content: [{ type: 'text', text: 'B' }] },
        user,
        { role: 'system', content: 'C' },
      ],
    },
    gives: {
      system: [
        { role: 'system', text: 'A' },
        { role: 'developer', text: 'B' },
      ],
      turns: [
        { role: 'user', parts: [{ type: 'text', text: 'Hi' }] },
        { role: 'system', parts: [{ type: 'text', text: 'C' }] },
      ],
    },
  },
  {
    name: 'history with empty and absent assistant content',
    fields: {
      messages: [user, { role: 'assistant', content: '' }, { role: 'assistant' }, { role: 'assistant', content: null }],
    },
    gives: {
      turns: [
        { role: 'user', parts: [{ type: 'text', text: 'Hi' }] },
        { role: 'assistant', parts: [] },
        { role: 'assistant', parts: [] },
        { role: 'assistant', parts: [] },
      ],
    },
  },
  {
    name: 'a data URL with parameters, in lower case and without them',
    fields: part({
      type: 'image_url',
      image_url: { url: `data:image/PNG;charset=utf-8;base64,${PIXEL}`, detail: 'low' },
    }),
    gives: {
      turns: [
        {
          role: 'user',
          parts: [
            { type: 'media', kind: 'image', detail: 'low', mime: 'image/png', source: { type: 'data', data: PIXEL } },
          ],
        },
      ],
    },
  },
  {
    name: 'an image by URL, a PDF, audio and a stored file',
    fields: {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: 'https://a.example/x.png' },
            { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg==' } },
            { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
            { type: 'file', file: { file_id: 'file-1' } },
          ],
        },
      ],
    },
    gives: {
      turns: [
        {
          role: 'user',
          parts: [
            { type: 'media', kind: 'image', source: { type: 'url', url: 'https://a.example/x.png' } },
            {
              type: 'media',
              name: 'a.pdf',
              kind: 'document',
              mime: 'application/pdf',
              source: { type: 'data', data: 'JVBERg==' },
            },
            { type: 'media', kind: 'audio', mime: 'audio/wav', source: { type: 'data', data: 'UklGRg==' } },
            { type: 'media', kind: 'document', source: { type: 'file', id: 'file-1', format: 'openai-chat' } },
          ],
        },
      ],
    },
  },
  {
    name: 'tool messages that follow each other as one turn, with the names of their calls',
    fields: {
      messages: [
        user,
        { role: 'assistant', content: null, tool_calls: [call('a', 'f'), call('b', 'g')] },
        { role: 'tool', tool_call_id: 'b', content: 'two' },
        { role: 'tool', tool_call_id: 'a', content: '' },
      ],
    },
    gives: {
      turns: [
        { role: 'user', parts: [{ type: 'text', text: 'Hi' }] },
        {
          role: 'assistant',
          parts: [
            { type: 'call', id: 'a', name: 'f', argsText: '{}' },
            { type: 'call', id: 'b', name: 'g', argsText: '{}' },
          ],
        },
        {
          role: 'user',
          parts: [
            { type: 'result', id: 'b', name: 'g', parts: [{ type: 'text', text: 'two' }], isError: false },
            { type: 'result', id: 'a', name: 'f', parts: [], isError: false },
          ],
        },
      ],
    },
  },
  {
    name: 'the older functions, their call and their result',
    fields: {
      functions: [{ name: 'f', parameters: { type: 'object' } }],
      function_call: { name: 'f' },
      messages: [
        user,
        { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{"a":1}' } },
        { role: 'function', name: 'f', content: 'one' },
      ],
    },
    gives: {
      legacyCalls: true,
      parallelTools: false,
      toolChoice: { mode: 'named', name: 'f' },
      tools: [{ kind: 'function', name: 'f', schema: { type: 'object' } }],
      turns: [
        { role: 'user', parts: [{ type: 'text', text: 'Hi' }] },
        { role: 'assistant', parts: [{ type: 'call', id: 'call_1_f', name: 'f', argsText: '{"a":1}' }] },
        {
          role: 'user',
          parts: [
            { type: 'result', id: 'call_1_f', name: 'f', parts: [{ type: 'text', text: 'one' }], isError: false },
          ],
        },
      ],
    },
  },
  {
    name: 'replayed thinking with a sealed proof of another API',
    fields: {
      messages: [
        user,
        {
          role: 'assistant',
          content: 'Yes',
          reasoning_content: 'Hm',
          reasoning_details: [
            {
              type: 'reasoning.text',
              text: 'Hm',
              signature: sealProof({ format: 'anthropic-messages', family: 'claude', data: 'SIG' }),
              index: 0,
            },
          ],
        },
      ],
    },
    gives: {
      turns: [
        { role: 'user', parts: [{ type: 'text', text: 'Hi' }] },
        {
          role: 'assistant',
          parts: [
            { type: 'reasoning', text: 'Hm', proof: { format: 'anthropic-messages', family: 'claude', data: 'SIG' } },
            { type: 'text', text: 'Yes' },
          ],
        },
      ],
    },
  },
  {
    name: 'a thought signature on a call, native and sealed',
    fields: {
      messages: [
        user,
        {
          role: 'assistant',
          tool_calls: [
            { ...call('a'), extra_content: { google: { thought_signature: 'NATIVE' } } },
            {
              ...call('b'),
              extra_content: { google: { thought_signature: sealProof({ format: 'gemini', data: 'G' }) } },
            },
          ],
        },
      ],
    },
    gives: {
      turns: [
        { role: 'user', parts: [{ type: 'text', text: 'Hi' }] },
        {
          role: 'assistant',
          parts: [
            { type: 'call', id: 'a', name: 'f', argsText: '{}', proof: { format: 'openai-chat', data: 'NATIVE' } },
            { type: 'call', id: 'b', name: 'f', argsText: '{}', proof: { format: 'gemini', data: 'G' } },
          ],
        },
      ],
    },
  },
  {
    name: 'limits, sampling, stop, output, tier, verbosity and user',
    fields: {
      max_tokens: 5,
      max_completion_tokens: 7,
      temperature: 0,
      top_p: 0.5,
      seed: 3,
      logprobs: true,
      top_logprobs: 2,
      n: 2,
      stop: 'END',
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' }, strict: true } },
      service_tier: 'flex',
      verbosity: 'low',
      user: '{"device":"x"}',
      prompt_cache_key: 'k',
    },
    gives: {
      maxOutputTokens: 7,
      sampling: { temperature: 0, topP: 0.5, seed: 3, logprobs: true, topLogprobs: 2, candidates: 2 },
      stop: ['END'],
      output: { type: 'json-schema', schema: { type: 'object' }, name: 'x', strict: true },
      tier: 'flex',
      verbosity: 'low',
      userId: '{"device":"x"}',
      cacheKey: 'k',
    },
  },
  {
    name: 'unknown fields, kept as they are',
    fields: { metadata: { a: '1' }, store: false, provider: { order: ['x'] } },
    gives: {
      ext: { format: 'openai-chat', fields: { metadata: { a: '1' }, store: false, provider: { order: ['x'] } } },
    },
  },
  {
    name: 'a wish for usage in the stream',
    fields: { stream: true, stream_options: { include_usage: true } },
    gives: { stream: true, wantUsage: true },
  },
  { name: 'a stream without that wish', fields: { stream: true }, gives: { stream: true, wantUsage: false } },
];

test.each(accepted)('takes $name', ({ fields, gives }) => {
  expect(decoded(fields)).toMatchObject(gives);
});

describe('wishes about thinking', () => {
  const wishes: { name: string; fields: JsonObject; wish: UnifiedChatRequest['reasoning'] }[] = [
    { name: 'an effort', fields: { reasoning_effort: 'high' }, wish: { mode: 'on', effort: 'high' } },
    { name: 'the effort none', fields: { reasoning_effort: 'none' }, wish: { mode: 'off', effort: 'none' } },
    { name: "Groq's default", fields: { reasoning_effort: 'default' }, wish: { mode: 'auto' } },
    {
      name: "OpenRouter's object",
      fields: { reasoning: { max_tokens: 2000, exclude: true } },
      wish: { mode: 'on', budgetTokens: 2000, visible: false },
    },
    { name: "OpenRouter's off", fields: { reasoning: { enabled: false } }, wish: { mode: 'off' } },
    { name: "DeepSeek's switch", fields: { thinking: { type: 'disabled' } }, wish: { mode: 'off' } },
    {
      name: "Qwen's switch and budget",
      fields: { enable_thinking: true, thinking_budget: 50 },
      wish: { mode: 'on', budgetTokens: 50 },
    },
    { name: 'no wish at all', fields: {}, wish: undefined },
  ];
  test.each(wishes)('$name', ({ fields, wish }) => expect(decoded(fields).reasoning).toEqual(wish));
});

describe('tool choices', () => {
  const choices: { name: string; choice: Json; gives: UnifiedChatRequest['toolChoice'] }[] = [
    { name: 'auto', choice: 'auto', gives: { mode: 'auto' } },
    { name: 'none', choice: 'none', gives: { mode: 'none' } },
    { name: 'required', choice: 'required', gives: { mode: 'required' } },
    { name: "Mistral's any", choice: 'any', gives: { mode: 'required' } },
    {
      name: 'a named function',
      choice: { type: 'function', function: { name: 'f' } },
      gives: { mode: 'named', name: 'f' },
    },
    {
      name: 'allowed tools',
      choice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'f' } }] },
      },
      gives: { mode: 'allowed', names: ['f'], required: true },
    },
  ];
  test.each(choices)('$name', ({ choice, gives }) =>
    expect(decoded({ tool_choice: choice }).toolChoice).toEqual(gives),
  );
});

test('the body is not changed by reading it', () => {
  const body = { model: 'm', messages: [user, { role: 'assistant', tool_calls: [call('a')] }], tools: [] };
  const before = structuredClone(body);
  decodeRequest(body, {});
  expect(body).toEqual(before);
});
