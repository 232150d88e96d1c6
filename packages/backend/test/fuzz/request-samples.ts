import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FormatId } from '../../src/types/format-id.ts';
import type { JsonObject } from '../../src/types/json.ts';

/** Valid bodies from which damage reaches every rule of the request decoders. */

const PAYLOADS = join(import.meta.dir, '../../../../testcommands/payloads');
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const schema = {
  type: 'object',
  properties: { a: { type: 'string', enum: ['x', 'y'] }, b: { $ref: '#/$defs/n' }, c: { anyOf: [{ type: 'null' }] } },
  required: ['a'],
  additionalProperties: false,
  $defs: { n: { type: 'array', items: { type: 'integer', minimum: 0 } } },
};

const CHAT: JsonObject = {
  model: 'm',
  messages: [
    { role: 'system', content: [{ type: 'text', text: 'be brief' }] },
    { role: 'developer', content: 'be kind', name: 'd' },
    {
      role: 'user',
      name: 'u',
      content: [
        { type: 'text', text: 'hi', cache_control: { type: 'ephemeral' } },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}`, detail: 'low' } },
        { type: 'image_url', image_url: { url: 'https://x.test/a.png' } },
        { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
        { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
        { type: 'file', file: { file_id: 'file-1' } },
      ],
    },
    {
      role: 'assistant',
      content: 'I look',
      refusal: null,
      reasoning_content: 'hm',
      reasoning_details: [{ type: 'reasoning.text', text: 'hm', signature: 's', index: 0 }],
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"a":"x"}' } },
        { id: 'call_2', type: 'custom', custom: { name: 'patch', input: 'free text' } },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', content: [{ type: 'text', text: 'seen' }] },
    { role: 'tool', tool_call_id: 'call_2', content: 'done' },
    { role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }], audio: { id: 'audio_1' } },
    { role: 'user', content: 'go on' },
  ],
  tools: [
    { type: 'function', function: { name: 'look', description: 'd', parameters: schema, strict: true } },
    {
      type: 'custom',
      custom: { name: 'patch', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'a' } } },
    },
  ],
  tool_choice: {
    type: 'allowed_tools',
    allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'look' } }] },
  },
  parallel_tool_calls: false,
  response_format: { type: 'json_schema', json_schema: { name: 'r', description: 'd', schema, strict: true } },
  max_completion_tokens: 100,
  temperature: 0.5,
  top_p: 0.9,
  n: 1,
  seed: 7,
  stop: ['END', 'STOP'],
  presence_penalty: 0.1,
  frequency_penalty: 0.1,
  logit_bias: { '50256': -100 },
  logprobs: true,
  top_logprobs: 2,
  reasoning_effort: 'low',
  verbosity: 'low',
  service_tier: 'flex',
  user: 'u',
  prompt_cache_key: 'k',
  metadata: { a: 'b' },
  web_search_options: {},
  stream: true,
  stream_options: { include_usage: true },
};

const LEGACY: JsonObject = {
  model: 'm',
  messages: [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: null, function_call: { name: 'look', arguments: '{}' } },
    { role: 'function', name: 'look', content: 'seen' },
  ],
  functions: [{ name: 'look', parameters: schema }],
  function_call: { name: 'look' },
  max_tokens: 10,
  stop: 'END',
};

const RESPONSES: JsonObject = {
  model: 'm',
  instructions: 'be brief',
  input: [
    { role: 'developer', content: 'be kind' },
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'hi' },
        { type: 'input_image', image_url: `data:image/png;base64,${PIXEL}`, detail: 'auto' },
        { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' },
        { type: 'input_file', file_url: 'https://x.test/a.pdf' },
      ],
    },
    { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'gAAA' },
    {
      type: 'message',
      role: 'assistant',
      id: 'msg_1',
      status: 'completed',
      content: [
        {
          type: 'output_text',
          text: 'I look',
          annotations: [{ type: 'url_citation', url: 'https://x.test', title: 't', start_index: 0, end_index: 2 }],
        },
        { type: 'refusal', refusal: 'no' },
      ],
    },
    { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'look', arguments: '{"a":"x"}', status: 'completed' },
    { type: 'custom_tool_call', id: 'ctc_1', call_id: 'call_2', name: 'patch', input: 'free text' },
    { type: 'function_call_output', call_id: 'call_1', output: [{ type: 'input_text', text: 'seen' }] },
    { type: 'custom_tool_call_output', call_id: 'call_2', output: 'done' },
    { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'x' } },
    { type: 'item_reference', id: 'msg_1' },
    { role: 'user', content: 'go on' },
  ],
  tools: [
    { type: 'function', name: 'look', description: 'd', parameters: schema, strict: true },
    { type: 'custom', name: 'patch', format: { type: 'text' } },
    {
      type: 'namespace',
      name: 'files',
      description: 'd',
      tools: [{ type: 'function', name: 'read', parameters: schema }],
    },
    { type: 'web_search' },
    { type: 'code_interpreter', container: { type: 'auto' } },
  ],
  tool_choice: { type: 'function', name: 'look' },
  parallel_tool_calls: true,
  text: { format: { type: 'json_schema', name: 'r', schema, strict: true }, verbosity: 'low' },
  reasoning: { effort: 'low', summary: 'auto' },
  include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
  max_output_tokens: 100,
  temperature: 0.5,
  top_p: 0.9,
  top_logprobs: 2,
  truncation: 'auto',
  store: false,
  metadata: { a: 'b' },
  prompt_cache_key: 'k',
  safety_identifier: 'u',
  service_tier: 'flex',
  stream: true,
};

const MESSAGES: JsonObject = {
  model: 'm',
  max_tokens: 4096,
  system: [{ type: 'text', text: 'be brief', cache_control: { type: 'ephemeral', ttl: '1h' } }],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } },
        { type: 'image', source: { type: 'url', url: 'https://x.test/a.png' } },
        {
          type: 'document',
          source: { type: 'text', media_type: 'text/plain', data: 'words' },
          title: 't',
          context: 'c',
          citations: { enabled: true },
        },
        { type: 'search_result', source: 'https://x.test', title: 't', content: [{ type: 'text', text: 'x' }] },
        { type: 'text', text: 'hi', cache_control: { type: 'ephemeral' } },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'hm', signature: 'sig' },
        { type: 'redacted_thinking', data: 'AAAA' },
        {
          type: 'text',
          text: 'I look',
          citations: [
            { type: 'char_location', cited_text: 'x', document_index: 0, start_char_index: 0, end_char_index: 1 },
          ],
        },
        { type: 'server_tool_use', id: 'srv_1', name: 'web_search', input: { query: 'x' } },
        { type: 'web_search_tool_result', tool_use_id: 'srv_1', content: [] },
        { type: 'tool_use', id: 'call_1', name: 'look', input: { a: 'x' } },
      ],
    },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'call_1',
          is_error: true,
          content: [
            { type: 'text', text: 'seen' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } },
          ],
        },
        { type: 'text', text: 'go on' },
      ],
    },
    { role: 'system', content: 'late words' },
    { role: 'assistant', content: 'Sure:' },
  ],
  tools: [
    { name: 'look', description: 'd', input_schema: schema, cache_control: { type: 'ephemeral' }, strict: true },
    { type: 'web_search_20250305', name: 'web_search', max_uses: 2 },
    { type: 'custom', name: 'other', input_schema: { type: 'object' } },
  ],
  tool_choice: { type: 'auto', disable_parallel_tool_use: true },
  thinking: { type: 'enabled', budget_tokens: 1024 },
  output_config: { effort: 'low', format: { type: 'json_schema', schema } },
  metadata: { user_id: 'u' },
  temperature: 1,
  top_p: 0.9,
  top_k: 4,
  stop_sequences: ['END'],
  service_tier: 'auto',
  stream: true,
};

const GEMINI: JsonObject = {
  systemInstruction: { parts: [{ text: 'be brief' }] },
  contents: [
    {
      role: 'user',
      parts: [
        { text: 'hi' },
        { inlineData: { mimeType: 'image/png', data: PIXEL } },
        { fileData: { mimeType: 'video/mp4', fileUri: 'https://youtu.be/x' }, videoMetadata: { fps: 2 } },
      ],
    },
    {
      role: 'model',
      parts: [
        { text: 'hm', thought: true, thoughtSignature: 'c2ln' },
        { functionCall: { id: 'x', name: 'look', args: { a: 'x' } }, thoughtSignature: 'c2ln' },
        { executableCode: { language: 'PYTHON', code: '1' } },
        { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } },
      ],
    },
    {
      role: 'user',
      parts: [
        {
          functionResponse: {
            id: 'x',
            name: 'look',
            response: { output: 'seen' },
            parts: [{ inlineData: { mimeType: 'image/png', data: PIXEL } }],
          },
        },
      ],
    },
    { role: 'model', parts: [{ text: 'done' }] },
    { parts: [{ text: 'go on' }] },
  ],
  tools: [
    {
      functionDeclarations: [
        {
          name: 'look',
          description: 'd',
          parameters: { type: 'OBJECT', properties: { a: { type: 'STRING', nullable: true } } },
        },
        { name: 'other', parametersJsonSchema: schema },
      ],
    },
    { googleSearch: {} },
    { codeExecution: {} },
  ],
  toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['look'] } },
  generationConfig: {
    temperature: 0.5,
    topP: 0.9,
    topK: 4,
    seed: 7,
    candidateCount: 1,
    maxOutputTokens: 100,
    stopSequences: ['END'],
    presencePenalty: 0.1,
    frequencyPenalty: 0.1,
    responseLogprobs: true,
    logprobs: 2,
    responseMimeType: 'application/json',
    responseSchema: {
      type: 'OBJECT',
      properties: { a: { type: 'STRING', format: 'enum', enum: ['x'] } },
      propertyOrdering: ['a'],
    },
    thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 },
    responseModalities: ['TEXT'],
  },
  safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
  labels: { a: 'b' },
};

function payloadsOf(format: FormatId): JsonObject[] {
  const folder = join(PAYLOADS, format);
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => ({ model: 'm', ...JSON.parse(readFileSync(join(folder, name), 'utf8')) }));
}

/** Bodies of each format: everything it can say in one, and the payloads that the repository sends by hand. */
export const REQUESTS: Readonly<Record<FormatId, readonly JsonObject[]>> = {
  'openai-chat': [CHAT, CHAT, LEGACY, ...payloadsOf('openai-chat')],
  'openai-responses': [RESPONSES, RESPONSES, ...payloadsOf('openai-responses')],
  'anthropic-messages': [MESSAGES, MESSAGES, ...payloadsOf('anthropic-messages')],
  gemini: [GEMINI, GEMINI, ...payloadsOf('gemini')].map(({ model: _model, ...body }) => body),
};
