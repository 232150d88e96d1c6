import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Json, JsonObject } from '../types/json.ts';
import { type Simulator, startSimulator } from './index.ts';

let simulator: Simulator;
beforeAll(() => {
  simulator = startSimulator({ port: 0 });
});
afterAll(() => simulator.stop());

type Headers = Record<string, string>;
interface Bad {
  readonly name: string;
  /** Fields that replace those of a good body; undefined removes one. */
  readonly body: Record<string, Json | undefined>;
  readonly words: string | RegExp;
  readonly status?: number;
  readonly headers?: Headers;
  readonly model?: string;
}

const PIXEL = 'iVBORw0KGgo=';
const LONG_ID = 'x'.repeat(65);
const SCHEMA = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };

async function post(
  path: string,
  body: JsonObject,
  headers: Headers = {},
): Promise<{ status: number; message: string; body: Json }> {
  const response = await fetch(simulator.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { error?: { message?: string } };
  return { status: response.status, message: answer.error?.message ?? '', body: answer as Json };
}

async function refused(
  { body, words, status = 400 }: Bad,
  path: string,
  good: JsonObject,
  headers: Headers,
): Promise<void> {
  const answer = await post(path, { ...good, ...body }, headers);
  expect(answer.message).toMatch(words);
  expect(answer.status).toBe(status);
}

const fn = (extra: JsonObject = {}): JsonObject => ({
  type: 'function',
  function: { name: 'look', parameters: SCHEMA, ...extra },
});
const user = { role: 'user', content: 'hi' };
const chatCall = (id = 'call_1', name = 'look', args: Json = '{}'): JsonObject => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ id, type: 'function', function: { name, arguments: args } }],
});
const chatResult = (id = 'call_1', content: Json = 'ok'): JsonObject => ({ role: 'tool', tool_call_id: id, content });
const format = (schema: JsonObject, strict = true): JsonObject => ({
  type: 'json_schema',
  json_schema: { name: 'r', strict, schema },
});

const CHAT: Bad[] = [
  { name: 'an unknown argument', body: { top_k: 1 }, words: 'Unrecognized request argument supplied: top_k' },
  { name: 'no messages', body: { messages: undefined }, words: "Missing required parameter: 'messages'." },
  { name: 'empty messages', body: { messages: [] }, words: "Invalid 'messages': empty array" },
  {
    name: 'an unknown role',
    body: { messages: [{ role: 'model', content: 'x' }] },
    words: "Invalid value: 'model'. Supported values are: 'system'",
  },
  {
    name: 'null content',
    body: { messages: [{ role: 'user', content: null }] },
    words: "Invalid value for 'content': expected a string, got null.",
  },
  {
    name: 'a foreign cache mark on a part',
    body: {
      messages: [{ role: 'user', content: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }] }],
    },
    words: "Unknown parameter: 'messages[0].content[0].cache_control'.",
  },
  {
    name: 'an orphaned tool message',
    body: { messages: [user, chatResult()] },
    words: "messages with role 'tool' must be a response to a preceeding message",
  },
  {
    name: 'an unanswered call',
    body: { messages: [user, chatCall(), user] },
    words:
      "must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: call_1",
  },
  {
    name: 'a call id of 65 characters',
    body: { messages: [user, chatCall(LONG_ID), chatResult(LONG_ID)] },
    words: 'Expected a string with maximum length 40, but got a string with length 65 instead.',
  },
  {
    name: 'a name with a dot in history',
    body: { messages: [user, chatCall('c', 'a.b'), chatResult('c')] },
    words: 'string does not match pattern',
  },
  {
    name: 'arguments as an object',
    body: { messages: [user, chatCall('c', 'look', {}), chatResult('c')] },
    words:
      "Invalid type for 'messages[1].tool_calls[0].function.arguments': expected a string, but got an object instead.",
  },
  {
    name: 'an image in a tool result',
    body: {
      messages: [
        user,
        chatCall(),
        chatResult('call_1', [{ type: 'image_url', image_url: { url: 'https://x.test/a.png' } }]),
      ],
    },
    words: "Image URLs are only allowed for messages with role 'user'",
  },
  {
    name: 'an image without its data prefix',
    body: { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: PIXEL } }] }] },
    words: "but got a value without the 'data:' prefix",
  },
  {
    name: 'a file without a name',
    body: {
      messages: [
        { role: 'user', content: [{ type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA' } }] },
      ],
    },
    words: "Missing required parameter: 'messages[0].content[0].file.filename'.",
  },
  {
    name: 'a tool name with a colon',
    body: { tools: [fn({ name: 'a:b' })] },
    words: "Invalid 'tools[0].function.name': string does not match pattern",
  },
  { name: 'a tool name of 65 characters', body: { tools: [fn({ name: LONG_ID })] }, words: 'maximum length 64' },
  { name: 'empty tools', body: { tools: [] }, words: "Invalid 'tools': empty array" },
  {
    name: 'a schema that is no object',
    body: { tools: [fn({ parameters: { type: 'string' } })] },
    words: /Invalid schema for function 'look': schema must be a JSON Schema of 'type: "object"'/,
  },
  {
    name: 'a strict schema that is open',
    body: { tools: [fn({ strict: true })] },
    words: "In context=(), 'additionalProperties' is required to be supplied and to be false.",
  },
  {
    name: 'a choice without tools',
    body: { tool_choice: 'auto' },
    words: "'tool_choice' is only allowed when 'tools' are specified",
  },
  {
    name: 'a parallel flag without tools',
    body: { parallel_tool_calls: false },
    words: "'parallel_tool_calls' is only allowed when 'tools' are specified",
  },
  {
    name: 'a choice of an undeclared tool',
    body: { tools: [fn()], tool_choice: { type: 'function', function: { name: 'other' } } },
    words: "tool 'other' was not found",
  },
  {
    name: 'five stop sequences',
    body: { stop: ['a', 'b', 'c', 'd', 'e'] },
    words: "Invalid 'stop': array too long. Expected an array with maximum length 4",
  },
  {
    name: 'stream options without a stream',
    body: { stream_options: { include_usage: true } },
    words: "'stream_options' parameter is only allowed when 'stream' is enabled",
  },
  { name: 'a temperature of 3', body: { temperature: 3 }, words: 'decimal above maximum value. Expected a value <= 2' },
  {
    name: 'both token limits',
    body: { max_tokens: 5, max_completion_tokens: 5 },
    words: 'at the same time is not supported',
  },
  { name: 'a user of 65 characters', body: { user: LONG_ID }, words: "Invalid 'user': string too long" },
  {
    name: 'json_object without the word',
    body: { response_format: { type: 'json_object' } },
    words: "must contain the word 'json' in some form",
  },
  {
    name: 'a strict format that is open',
    body: { response_format: format(SCHEMA) },
    words: "Invalid schema for response_format 'r': In context=()",
  },
  {
    name: 'a strict format with an optional key below',
    body: {
      response_format: format({
        type: 'object',
        properties: {
          list: {
            type: 'array',
            items: { type: 'object', properties: { b: {} }, required: [], additionalProperties: false },
          },
        },
        required: ['list'],
        additionalProperties: false,
      }),
    },
    words:
      "In context=('properties', 'list', 'items'), 'required' is required to be supplied and to be an array including every key in properties. Missing 'b'.",
  },
  {
    name: 'a format without a name',
    body: { response_format: { type: 'json_schema', json_schema: { schema: SCHEMA } } },
    words: "Missing required parameter: 'response_format.json_schema.name'.",
  },
];

const said = (role: string, type: string, extra: JsonObject = {}): JsonObject => ({
  type: 'message',
  role,
  content: [{ type, text: 'x', ...extra }],
});
const itemCall = (extra: JsonObject = {}): JsonObject => ({
  type: 'function_call',
  call_id: 'call_1',
  name: 'look',
  arguments: '{}',
  ...extra,
});
const itemResult = (extra: JsonObject = {}): JsonObject => ({
  type: 'function_call_output',
  call_id: 'call_1',
  output: 'ok',
  ...extra,
});

const RESPONSES: Bad[] = [
  { name: 'an unknown parameter', body: { stop: ['x'] }, words: "Unknown parameter: 'stop'." },
  { name: 'no input', body: { input: undefined }, words: "Missing required parameter: 'input'." },
  {
    name: 'an unknown item type',
    body: { input: [{ type: 'tool_use' }] },
    words: "Invalid value: 'tool_use'. Supported values are: 'message'",
  },
  {
    name: 'input text from the assistant',
    body: { input: [user, said('assistant', 'input_text')] },
    words: "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'.",
  },
  {
    name: 'output text from the user',
    body: { input: [said('user', 'output_text')] },
    words: "Supported values are: 'input_text', 'input_image', and 'input_file'.",
  },
  {
    name: 'a foreign cache mark',
    body: { input: [said('user', 'input_text', { cache_control: {} })] },
    words: "Unknown parameter: 'input[0].content[0].cache_control'.",
  },
  {
    name: 'an image as an object',
    body: { input: [{ role: 'user', content: [{ type: 'input_image', image_url: { url: 'x' } }] }] },
    words: 'expected an image URL, but got an object instead',
  },
  {
    name: 'a call that nobody answered',
    body: { input: [user, itemCall()] },
    words: 'No tool output found for function call call_1.',
  },
  {
    name: 'an output that nobody asked for',
    body: { input: [user, itemResult()] },
    words: 'No tool call found for function call output with call_id call_1.',
  },
  {
    name: 'a call id of 65 characters',
    body: { input: [user, itemCall({ call_id: LONG_ID }), itemResult({ call_id: LONG_ID })] },
    words: 'maximum length 64',
  },
  {
    name: 'an item id with another prefix',
    body: { input: [user, itemCall({ id: 'call_1' }), itemResult()] },
    words: "Invalid 'input[1].id': 'call_1'. Expected an ID that begins with 'fc'.",
  },
  {
    name: 'reasoning without its follower',
    body: { input: [{ type: 'reasoning', id: `rs_${'a'.repeat(47)}`, summary: [] }, user] },
    words: 'was provided without its required following item.',
  },
  {
    name: 'foreign encrypted reasoning',
    body: {
      input: [
        { type: 'reasoning', summary: [], encrypted_content: 'gAAAAABforeign' },
        said('assistant', 'output_text'),
        user,
      ],
    },
    words: 'could not be verified',
  },
  {
    name: 'reasoning by an unknown id',
    body: { input: [{ type: 'reasoning', id: 'rs_1', summary: [] }, said('assistant', 'output_text'), user] },
    words: "Item with id 'rs_1' not found.",
    status: 404,
  },
  {
    name: 'a reference to an item',
    body: { input: [{ type: 'item_reference', id: 'msg_1' }] },
    words: "Item with id 'msg_1' not found.",
    status: 404,
  },
  {
    name: 'an earlier response',
    body: { previous_response_id: 'resp_1' },
    words: "Previous response with id 'resp_1' not found.",
  },
  {
    name: 'fifteen output tokens',
    body: { max_output_tokens: 15 },
    words: 'integer below minimum value. Expected a value >= 16, but got 15 instead.',
  },
  {
    name: 'a tool in the shape of Chat',
    body: { tools: [fn()] },
    words: "Missing required parameter: 'tools[0].name'.",
  },
  {
    name: 'a forced choice without tools',
    body: { tool_choice: 'required' },
    words: "Tool choice 'required' must be specified with 'tools' parameter.",
  },
  {
    name: 'a choice of an undeclared tool',
    body: { tool_choice: { type: 'function', name: 'other' } },
    words: "Tool choice 'other' not found in 'tools' parameter.",
  },
  {
    name: 'a format without a name',
    body: { text: { format: { type: 'json_schema', schema: SCHEMA } } },
    words: "Missing required parameter: 'text.format.name'.",
  },
  {
    name: 'json_object without the word',
    body: { text: { format: { type: 'json_object' } } },
    words: "must contain the word 'json'",
  },
  {
    name: "Chat's stream options",
    body: { stream: true, stream_options: { include_usage: true } },
    words: "Unknown parameter: 'stream_options.include_usage'.",
  },
  {
    name: 'a strict tool that is open',
    body: { tools: [{ type: 'function', name: 'look', parameters: SCHEMA, strict: true }] },
    words: "'additionalProperties' is required",
  },
];

const VERSION: Headers = { 'anthropic-version': '2023-06-01' };
const NEWER: Headers = { 'anthropic-version': '2026-10-21' };
const use = (id = 'toolu_1', name = 'look', input: Json = {}): JsonObject => ({ type: 'tool_use', id, name, input });
const result = (id = 'toolu_1', extra: JsonObject = {}): JsonObject => ({
  type: 'tool_result',
  tool_use_id: id,
  content: 'ok',
  ...extra,
});
const turn = (role: string, ...content: Json[]): JsonObject => ({ role, content });
const tool = (extra: JsonObject = {}): JsonObject => ({ name: 'look', input_schema: SCHEMA, ...extra });
const talk = (...rest: Json[]): Record<string, Json> => ({ messages: [user, ...rest], tools: [tool()] });
const image = (media_type: string, data: string): JsonObject => ({
  type: 'image',
  source: { type: 'base64', media_type, data },
});
const cached = (text: string): JsonObject => ({ type: 'text', text, cache_control: { type: 'ephemeral' } });
const thinking = (budget_tokens: number): JsonObject => ({ type: 'enabled', budget_tokens });

const MESSAGES: Bad[] = [
  { name: 'no version header', body: {}, headers: {}, words: 'anthropic-version: header is required' },
  { name: 'no max_tokens', body: { max_tokens: undefined }, words: 'max_tokens: Field required' },
  {
    name: 'an unknown field',
    body: { frequency_penalty: 1 },
    words: 'frequency_penalty: Extra inputs are not permitted',
  },
  {
    name: 'an unknown metadata key',
    body: { metadata: { trace: 'x' } },
    words: 'metadata.trace: Extra inputs are not permitted',
  },
  {
    name: 'an assistant who speaks first',
    body: { messages: [turn('assistant', { type: 'text', text: 'x' })] },
    words: 'first message must use the "user" role',
  },
  {
    name: 'two user turns in a row',
    body: { messages: [user, user] },
    words: 'roles must alternate between "user" and "assistant", but found multiple "user" roles in a row',
  },
  {
    name: 'a system message',
    body: { messages: [user, { role: 'system', content: 'x' }] },
    words: 'Unexpected role "system"',
  },
  {
    name: 'an empty text block',
    body: { messages: [turn('user', { type: 'text', text: '' })] },
    words: 'messages: text content blocks must be non-empty',
  },
  {
    name: 'a blank text block',
    body: { messages: [turn('user', { type: 'text', text: ' \n' })] },
    words: 'text content blocks must contain non-whitespace text',
  },
  {
    name: 'an empty system block',
    body: { system: [{ type: 'text', text: '' }] },
    words: 'system: text content blocks must be non-empty',
  },
  {
    name: 'empty content',
    body: { messages: [{ role: 'user', content: [] }] },
    words: 'all messages must have non-empty content',
  },
  {
    name: 'an unknown block key',
    body: { messages: [turn('user', { type: 'text', text: 'x', index: 0 })] },
    words: 'messages.0.content.0.text.index: Extra inputs are not permitted',
  },
  {
    name: 'a block of another API',
    body: { messages: [turn('user', { type: 'input_text', text: 'x' })] },
    words: "Input tag 'input_text' found using 'type' does not match",
  },
  {
    name: 'a prefill that ends in a blank',
    body: { messages: [user, { role: 'assistant', content: 'So ' }] },
    words: 'final assistant content cannot end with trailing whitespace',
  },
  {
    name: 'a call id with a colon',
    body: talk(turn('assistant', use('f.x:0')), turn('user', result('f.x:0'))),
    words: "tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'",
  },
  {
    name: 'call input as text',
    body: talk(turn('assistant', use('a', 'look', '{}')), turn('user', result('a'))),
    words: 'tool_use.input: Input should be a valid dictionary',
  },
  {
    name: 'an unanswered call',
    body: talk(turn('assistant', use()), user),
    words: 'messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1.',
  },
  {
    name: 'text before the result',
    body: talk(turn('assistant', use()), turn('user', { type: 'text', text: 'x' }, result())),
    words: '`tool_use` ids were found without `tool_result` blocks immediately after',
  },
  {
    name: 'text after the call',
    body: talk(turn('assistant', use(), { type: 'text', text: 'x' }), turn('user', result())),
    words: '`tool_use` ids were found without',
  },
  {
    name: 'a result without a call',
    body: { messages: [turn('user', result())], tools: [tool()] },
    words: 'unexpected `tool_use_id` found in `tool_result` blocks: toolu_1',
  },
  {
    name: 'two results of one call',
    body: talk(turn('assistant', use()), turn('user', result(), result())),
    words: 'each tool_use must have a single result',
  },
  {
    name: 'tool history without tools',
    body: { messages: [user, turn('assistant', use()), turn('user', result())] },
    words: 'must define tools',
  },
  {
    name: 'a choice without tools',
    body: { tool_choice: { type: 'auto' } },
    words: 'tool_choice may only be specified while providing tools.',
  },
  {
    name: 'a choice of an undeclared tool',
    body: { tools: [tool()], tool_choice: { type: 'tool', name: 'other' } },
    words: "Tool 'other' not found in provided tools",
  },
  {
    name: 'forced choice with thinking',
    body: { max_tokens: 4096, thinking: thinking(1024), tools: [tool()], tool_choice: { type: 'any' } },
    words: 'Thinking may not be enabled when tool_choice forces tool use.',
  },
  {
    name: 'a budget of 1000',
    body: { max_tokens: 4096, thinking: thinking(1000) },
    words: 'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024',
  },
  {
    name: 'a budget above the limit',
    body: { max_tokens: 1024, thinking: thinking(1024) },
    words: '`max_tokens` must be greater than `thinking.budget_tokens`.',
  },
  {
    name: 'a temperature with thinking',
    body: { max_tokens: 4096, thinking: thinking(1024), temperature: 0.5 },
    words: '`temperature` may only be set to 1 when thinking is enabled.',
  },
  {
    name: 'top_k with thinking',
    body: { max_tokens: 4096, thinking: thinking(1024), top_k: 4 },
    words: '`top_k` must be unset when thinking is enabled.',
  },
  { name: 'a temperature of 1.7', body: { temperature: 1.7 }, words: 'temperature: range: 0..1' },
  { name: 'temperature and top_p', body: { temperature: 1, top_p: 0.9 }, words: 'cannot both be specified' },
  {
    name: 'a temperature in the newer version',
    body: { temperature: 1 },
    headers: NEWER,
    words: 'temperature: Extra inputs are not permitted',
  },
  {
    name: 'an image as a data URL',
    body: { messages: [turn('user', image('image/png', `data:image/png;base64,${PIXEL}`))] },
    words: 'image.source.base64: invalid base64 data',
  },
  {
    name: 'an image of an unknown type',
    body: { messages: [turn('user', image('image/tiff', PIXEL))] },
    words: "media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'",
  },
  {
    name: 'five cache marks',
    body: { messages: [turn('user', ...['a', 'b', 'c', 'd', 'e'].map(cached))] },
    words: 'A maximum of 4 blocks with cache_control may be provided. Found 5.',
  },
  {
    name: 'a blank stop sequence',
    body: { stop_sequences: [' '] },
    words: 'each stop sequence must contain non-whitespace',
  },
  {
    name: 'a tool name with a dot',
    body: { tools: [tool({ name: 'a.b' })] },
    words: "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
  },
  {
    name: 'a schema without a type',
    body: { tools: [tool({ input_schema: {} })] },
    words: 'tools.0.custom.input_schema.type: Field required',
  },
  {
    name: 'a schema that is no object',
    body: { tools: [tool({ input_schema: { type: 'array' } })] },
    words: "tools.0.custom.input_schema.type: Input should be 'object'",
  },
  {
    name: 'a union at the root of a schema',
    body: { tools: [tool({ input_schema: { type: 'object', anyOf: [] } })] },
    words: 'does not support oneOf, allOf, or anyOf at the top level',
  },
  {
    name: 'a tool in the shape of Chat',
    body: { tools: [{ type: 'custom', function: {} }] },
    words: 'tools.0.custom.name: Field required',
  },
  { name: 'two tools of one name', body: { tools: [tool(), tool()] }, words: 'Tool names must be unique' },
  {
    name: 'an open object in the output format',
    body: { output_config: { format: { type: 'json_schema', schema: SCHEMA } } },
    words: "'additionalProperties' must be explicitly set to false",
  },
  {
    name: 'a foreign signature',
    body: {
      messages: [
        user,
        turn('assistant', { type: 'thinking', thinking: 'x', signature: 'abcd' }, { type: 'text', text: 'y' }),
        user,
      ],
    },
    words: 'messages.1.content.0: Invalid `signature` in `thinking` block',
  },
  { name: 'an unknown model', body: { model: 'claude-none' }, words: 'model: claude-none', status: 404 },
];

const part = (...parts: Json[]): Record<string, Json> => ({ contents: [{ role: 'user', parts }] });
const declare = (extra: JsonObject): Record<string, Json> => ({
  tools: [{ functionDeclarations: [{ name: 'look', ...extra }] }],
});
const params = (parameters: JsonObject): Record<string, Json> => declare({ parameters });
const called = (...answers: Json[]): Record<string, Json> => ({
  contents: [
    { role: 'user', parts: [{ text: 'x' }] },
    {
      role: 'model',
      parts: [{ functionCall: { name: 'look', args: {} } }, { functionCall: { name: 'look', args: {} } }],
    },
    { role: 'user', parts: answers },
  ],
});
const answered: Json = { functionResponse: { name: 'look', response: {} } };

const GEMINI: Bad[] = [
  {
    name: 'an unknown field',
    body: { messages: [] },
    words: 'Invalid JSON payload received. Unknown name "messages": Cannot find field.',
  },
  {
    name: 'an unknown setting',
    body: { generationConfig: { max_tokens: 1 } },
    words: 'Unknown name "max_tokens" at \'generation_config\': Cannot find field.',
  },
  {
    name: 'no contents',
    body: { contents: [] },
    words: '* GenerateContentRequest.contents: contents is not specified',
  },
  {
    name: 'an unknown role',
    body: { contents: [{ role: 'assistant', parts: [{ text: 'x' }] }] },
    words: 'Please use a valid role: user, model.',
  },
  {
    name: 'empty parts',
    body: { contents: [{ role: 'user', parts: [] }] },
    words: 'contents[0].parts: contents.parts must not be empty.',
  },
  { name: 'a part of nothing', body: part({}), words: "required oneof field 'data' must have one initialized field" },
  {
    name: 'a part of another API',
    body: part({ type: 'text', text: 'x' }),
    words: 'Unknown name "type" at \'contents[0].parts[0]\'',
  },
  {
    name: 'a data URL as bytes',
    body: part({ inlineData: { mimeType: 'image/png', data: 'data:image/png;base64,AAAA' } }),
    words: 'Base64 decoding failed',
  },
  {
    name: 'fewer responses than calls',
    body: called(answered),
    words: 'the number of function response parts is equal to the number of function call parts',
  },
  {
    name: 'a response of another name',
    body: called(answered, { functionResponse: { name: 'other', response: {} } }),
    words: 'the number of function response parts is equal',
  },
  {
    name: 'a response without a call',
    body: part(answered),
    words: 'function response turn comes immediately after a function call turn',
  },
  {
    name: 'a response that is text',
    body: called(answered, { functionResponse: { name: 'look', response: 'x' } }),
    words: 'google.protobuf.Struct',
  },
  {
    name: 'a call before any user turn',
    body: { contents: [{ role: 'model', parts: [{ functionCall: { name: 'look' } }] }] },
    words: 'function call turn comes immediately after a user turn',
  },
  {
    name: 'a name that starts with a digit',
    body: declare({ name: '1st' }),
    words: 'Invalid function name. Must start with a letter or an underscore.',
  },
  {
    name: 'additionalProperties',
    body: params({ type: 'OBJECT', properties: { a: { type: 'STRING' } }, additionalProperties: false }),
    words:
      'Unknown name "additionalProperties" at \'tools[0].function_declarations[0].parameters\': Cannot find field.',
  },
  {
    name: '$ref below',
    body: params({ type: 'OBJECT', properties: { a: { $ref: '#/$defs/x' } } }),
    words: 'Unknown name "$ref" at \'tools[0].function_declarations[0].parameters.properties[0].value\'',
  },
  { name: 'const', body: params({ type: 'OBJECT', properties: { a: { const: 1 } } }), words: 'Unknown name "const"' },
  {
    name: '$schema',
    body: params({ $schema: 'x', type: 'OBJECT', properties: { a: { type: 'STRING' } } }),
    words: 'Unknown name "$schema"',
  },
  {
    name: 'a list of types',
    body: params({ type: 'OBJECT', properties: { a: { type: ['string', 'null'] } } }),
    words: 'Proto field is not repeating, cannot start list.',
  },
  {
    name: 'an enum of numbers',
    body: params({ type: 'OBJECT', properties: { a: { type: 'INTEGER', enum: [1] } } }),
    words: '(TYPE_STRING), 1',
  },
  {
    name: 'an object without properties',
    body: params({ type: 'OBJECT', properties: {} }),
    words: 'should be non-empty for OBJECT type',
  },
  {
    name: 'both kinds of parameters',
    body: declare({ parameters: { type: 'OBJECT', properties: { a: {} } }, parametersJsonSchema: {} }),
    words: 'mutually exclusive',
  },
  {
    name: 'budget and level',
    body: { generationConfig: { thinkingConfig: { thinkingBudget: 1, thinkingLevel: 'LOW' } } },
    words: 'You can only set only one of thinking budget and thinking level.',
  },
  {
    name: 'six stop sequences',
    body: { generationConfig: { stopSequences: ['a', 'b', 'c', 'd', 'e', 'f'] } },
    words: 'must not exceed 5',
  },
  {
    name: 'two response schemas',
    body: {
      generationConfig: {
        responseMimeType: 'application/json',
        responseSchema: { type: 'STRING' },
        responseJsonSchema: {},
      },
    },
    words: 'Only one of response_schema and response_json_schema',
  },
  {
    name: 'a schema without its MIME type',
    body: { generationConfig: { responseSchema: { type: 'STRING' } } },
    words: 'response mime type',
  },
  {
    name: 'allowed names in mode AUTO',
    body: { ...declare({}), toolConfig: { functionCallingConfig: { mode: 'AUTO', allowedFunctionNames: ['look'] } } },
    words: 'ANY or VALIDATED',
  },
  {
    name: 'mode ANY without functions',
    body: { toolConfig: { functionCallingConfig: { mode: 'ANY' } } },
    words: 'without function_declarations',
  },
  {
    name: 'two candidates',
    body: { generationConfig: { candidateCount: 2 } },
    words: 'Multiple candidates is not enabled for this model',
  },
  {
    name: 'an unknown model',
    body: {},
    model: 'gemini-none',
    words: 'models/gemini-none is not found for API version v1beta',
    status: 404,
  },
];

describe('Chat refuses', () => {
  test.each(CHAT)('$name', (bad) => refused(bad, '/v1/chat/completions', { model: 'plain', messages: [user] }, {}));
});
describe('Responses refuses', () => {
  test.each(RESPONSES)('$name', (bad) => refused(bad, '/v1/responses', { model: 'plain', input: 'hi' }, {}));
});
describe('Messages refuses', () => {
  const good = { model: 'plain', max_tokens: 64, messages: [user] };
  test.each(MESSAGES)('$name', (bad) => refused(bad, '/v1/messages', good, bad.headers ?? VERSION));
});
describe('Gemini refuses', () => {
  const good = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] };
  test.each(GEMINI)('$name', (bad) => refused(bad, `/v1beta/models/${bad.model ?? 'plain'}:generateContent`, good, {}));
});

describe('accepted, because the real API accepts it', () => {
  const GOOD: { name: string; path: string; body: JsonObject; headers?: Headers }[] = [
    {
      name: 'a system message in the newer Messages version',
      path: '/v1/messages',
      headers: NEWER,
      body: { model: 'plain', max_tokens: 9, messages: [user, { role: 'system', content: 'x' }] },
    },
    {
      name: 'beta fields behind ?beta=true',
      path: '/v1/messages?beta=true',
      headers: VERSION,
      body: { model: 'plain', max_tokens: 9, messages: [user], context_management: {} },
    },
    {
      name: 'snake_case in Gemini',
      path: '/v1beta/models/plain:generateContent',
      body: {
        contents: [{ parts: [{ inline_data: { mime_type: 'image/png', data: PIXEL } }] }],
        generation_config: { max_output_tokens: 9 },
      },
    },
    {
      name: 'any JSON Schema in parametersJsonSchema',
      path: '/v1beta/models/plain:generateContent',
      body: {
        contents: [{ role: 'user', parts: [{ text: 'x' }] }],
        ...declare({ parametersJsonSchema: { $ref: '#/x', additionalProperties: false } }),
      },
    },
    {
      name: 'Chat results in another order',
      path: '/v1/chat/completions',
      body: {
        model: 'plain',
        messages: [
          user,
          {
            role: 'assistant',
            tool_calls: ['a', 'b'].map((id) => ({ id, type: 'function', function: { name: 'look', arguments: '{}' } })),
          },
          chatResult('b'),
          chatResult('a'),
        ],
      },
    },
    {
      name: 'a reasoning item by an id of ours',
      path: '/v1/responses',
      body: {
        model: 'plain',
        input: [
          user,
          { type: 'reasoning', id: `rs_${'a'.repeat(47)}`, summary: [] },
          said('assistant', 'output_text'),
          user,
        ],
      },
    },
  ];
  test.each(GOOD)('$name', async ({ path, body, headers }) => {
    expect(await post(path, body, headers)).toMatchObject({ status: 200 });
  });
});

describe('credentials', () => {
  const bodies: { path: string; body: JsonObject; headers: Headers; status: number; words: string }[] = [
    {
      path: '/v1/chat/completions',
      body: { model: 'plain', messages: [user] },
      headers: { authorization: 'Bearer bad-key' },
      status: 401,
      words: 'Incorrect API key provided',
    },
    {
      path: '/v1/responses',
      body: { model: 'plain', input: 'x' },
      headers: { authorization: 'Bearer bad-key' },
      status: 401,
      words: 'Incorrect API key provided',
    },
    {
      path: '/v1/messages',
      body: { model: 'plain', max_tokens: 9, messages: [user] },
      headers: { ...VERSION, 'x-api-key': 'bad-key' },
      status: 401,
      words: 'invalid x-api-key',
    },
    {
      path: '/v1beta/models/plain:generateContent',
      body: part({ text: 'x' }),
      headers: { 'x-goog-api-key': 'bad-key' },
      status: 400,
      words: 'API key not valid. Please pass a valid API key.',
    },
    {
      path: '/v1beta/models/plain:generateContent?key=bad-key',
      body: part({ text: 'x' }),
      headers: {},
      status: 400,
      words: 'API key not valid',
    },
    {
      path: '/v1beta/models/plain:generateContent',
      body: part({ text: 'x' }),
      headers: { authorization: 'Bearer bad-key' },
      status: 401,
      words: 'invalid authentication credentials',
    },
  ];
  test.each(bodies)('bad-key is refused with $status at $path', async ({ path, body, headers, status, words }) => {
    const answer = await post(path, body, headers);
    expect(answer.status).toBe(status);
    expect(answer.message).toContain(words);
  });
});
