import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../types/errors.ts';
import type { UnifiedChatRequest } from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { sealProof } from '../proof.ts';
import { openaiResponses } from './index.ts';

const target: TargetProfile = {
  format: 'openai-responses',
  providerId: 'openai',
  model: 'gpt-5',
  family: 'gpt-5',
  thinking: 'effort',
  sampling: true,
  lateSystem: true,
  quirks: {},
};
const PNG = 'iVBORw0KGgo=';
const decode = (wire: JsonObject): UnifiedChatRequest => openaiResponses.decodeRequest(wire, {});
const body = (fields: JsonObject): JsonObject => ({ model: 'gpt-5', input: 'hello', ...fields });
const items = (...input: Json[]): JsonObject => body({ input });
const user = (text: string): JsonObject => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] });
const call = (call_id: string, name = 'get'): JsonObject => ({
  type: 'function_call',
  call_id,
  name,
  arguments: '{"a":1}',
});
const result = (call_id: string, output: Json = 'ok'): JsonObject => ({
  type: 'function_call_output',
  call_id,
  output,
});

describe('what goes in comes out equal', () => {
  const state = { store: false, include: ['reasoning.encrypted_content'] };
  const grammar = { type: 'grammar', syntax: 'lark', definition: 'start: "a"' };
  const rows: { name: string; wire: JsonObject }[] = [
    { name: 'a user message', wire: { model: 'gpt-5', input: [user('hi')], ...state } },
    {
      name: 'instructions, developer messages and a late developer message',
      wire: {
        model: 'gpt-5',
        instructions: 'Be brief.',
        input: [
          {
            type: 'message',
            role: 'developer',
            content: [
              { type: 'input_text', text: 'a' },
              { type: 'input_text', text: 'b' },
            ],
          },
          user('hi'),
          { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'now in French' }] },
          user('go on'),
        ],
        ...state,
      },
    },
    {
      name: 'a tool loop with reasoning and two parallel calls',
      wire: {
        model: 'gpt-5',
        input: [
          user('weather?'),
          {
            id: 'rs_1',
            type: 'reasoning',
            summary: [{ type: 'summary_text', text: 'think' }],
            encrypted_content: 'gAAAA',
          },
          { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Let me look.' }] },
          call('call_1'),
          call('call_2', 'put'),
          result('call_1'),
          result('call_2', [
            { type: 'input_text', text: 'x' },
            { type: 'input_image', image_url: `data:image/png;base64,${PNG}`, detail: 'low' },
          ]),
        ],
        tools: [
          {
            type: 'function',
            name: 'get',
            description: 'd',
            parameters: { type: 'object', properties: {} },
            strict: true,
          },
          {
            type: 'function',
            name: 'put',
            parameters: { type: 'object', properties: {} },
            output_schema: { type: 'string' },
          },
        ],
        tool_choice: 'auto',
        parallel_tool_calls: true,
        ...state,
      },
    },
    {
      name: 'custom, namespace and hosted tools with their calls',
      wire: {
        model: 'gpt-5',
        input: [
          user('patch it'),
          { type: 'custom_tool_call', call_id: 'call_1', name: 'apply_patch', input: '*** Begin' },
          { type: 'custom_tool_call_output', call_id: 'call_1', output: 'done' },
          { type: 'function_call', call_id: 'call_2', name: 'read', namespace: 'files', arguments: '{}' },
          result('call_2'),
          { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'q' } },
          { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'found' }] },
        ],
        tools: [
          { type: 'custom', name: 'apply_patch', description: 'Patch.', format: grammar },
          {
            type: 'namespace',
            name: 'files',
            description: 'Files.',
            tools: [
              { type: 'function', name: 'read', parameters: { type: 'object', properties: {} }, defer_loading: true },
              { type: 'function', name: 'write', parameters: { type: 'object', properties: {} } },
            ],
          },
          { type: 'web_search', external_web_access: false },
        ],
        tool_choice: {
          type: 'allowed_tools',
          mode: 'auto',
          tools: [{ type: 'function', name: 'read', namespace: 'files' }, { type: 'web_search' }],
        },
        ...state,
      },
    },
    {
      name: 'all settings and the fields of this API only',
      wire: {
        model: 'gpt-5',
        input: [user('hi')],
        text: {
          format: { type: 'json_schema', name: 'out', description: 'd', schema: { type: 'object' }, strict: true },
          verbosity: 'low',
        },
        reasoning: { effort: 'high', summary: 'detailed', context: 'all_turns' },
        max_output_tokens: 4000,
        temperature: 0.5,
        top_p: 0.9,
        prompt_cache_key: 'k',
        user: 'u-1',
        service_tier: 'flex',
        store: true,
        include: ['reasoning.encrypted_content', 'file_search_call.results'],
        stream: true,
        metadata: { a: 'b' },
        truncation: 'auto',
        client_metadata: { session: 's' },
        stream_options: { include_obfuscation: false },
      },
    },
    {
      name: 'a cache breakpoint, a refusal, files and audio',
      wire: {
        model: 'gpt-5',
        input: [
          {
            type: 'message',
            role: 'user',
            content: [
              { type: 'input_text', text: 'a', prompt_cache_breakpoint: { mode: 'explicit', ttl: '12h' } },
              { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
              { type: 'input_file', file_url: 'https://example.com/a.pdf' },
              { type: 'input_file', file_id: 'file-1' },
              { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
              { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'auto' },
            ],
          },
          { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
          user('why?'),
        ],
        ...state,
      },
    },
    {
      name: 'a forced choice of an own kind',
      wire: {
        model: 'gpt-5',
        input: [user('hi')],
        tools: [{ type: 'mcp', server_label: 's' }],
        ...state,
        tool_choice: { type: 'mcp', server_label: 's' },
      },
    },
  ];
  test.each(rows)('$name', ({ wire }) => {
    const losses: string[] = [];
    const frozen = structuredClone(wire);
    const again = openaiResponses.encodeRequest(decode(wire), target, (rule) => losses.push(rule)).body;
    expect(again).toEqual(wire);
    expect(losses).toEqual([]);
    expect(wire).toEqual(frozen);
  });
});

describe('a bad request names its field', () => {
  const rows: { name: string; wire: Json; field: string }[] = [
    { name: 'a body that is no object', wire: [], field: 'body' },
    { name: 'a model that is no string', wire: body({ model: 5 }), field: 'model' },
    { name: 'an empty model', wire: body({ model: '' }), field: 'model' },
    { name: 'no input', wire: { model: 'm' }, field: 'input' },
    { name: 'an empty input', wire: body({ input: [] }), field: 'input' },
    { name: 'an input without any content', wire: items({ role: 'user', content: '' }), field: 'input' },
    { name: 'an empty input text', wire: body({ input: '' }), field: 'input' },
    { name: 'an item without type and role', wire: items({ content: 'x' }), field: 'input[0].type' },
    { name: 'an unknown role', wire: items({ role: 'tool', content: 'x' }), field: 'input[0].role' },
    {
      name: 'an unknown part',
      wire: items({ role: 'user', content: [{ type: 'image_url' }] }),
      field: 'input[0].content[0].type',
    },
    {
      name: 'a text part without text',
      wire: items({ role: 'user', content: [{ type: 'input_text' }] }),
      field: 'input[0].content[0].text',
    },
    {
      name: 'a broken image',
      wire: items({ role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,!!' }] }),
      field: 'input[0].content[0].image_url',
    },
    {
      name: 'an empty image',
      wire: items({ role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,' }] }),
      field: 'input[0].content[0].image_url',
    },
    {
      name: 'an image address that is none',
      wire: items({ role: 'user', content: [{ type: 'input_image', image_url: 'cat.png' }] }),
      field: 'input[0].content[0].image_url',
    },
    { name: 'a result without its call', wire: items(user('x'), result('call_9')), field: 'input[1].call_id' },
    { name: 'an item reference', wire: items(user('x'), { type: 'item_reference', id: 'rs_1' }), field: 'input[1]' },
    { name: 'a previous response', wire: body({ previous_response_id: 'resp_1' }), field: 'previous_response_id' },
    { name: 'a stored conversation', wire: body({ conversation: { id: 'conv_1' } }), field: 'conversation' },
    { name: 'a background response', wire: body({ background: true }), field: 'background' },
    {
      name: 'a tool without a name',
      wire: body({ tools: [{ type: 'function', function: { name: 'x' } }] }),
      field: 'tools[0].name',
    },
    {
      name: 'a tool in a namespace without a name',
      wire: body({ tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'function' }] }] }),
      field: 'tools[0].tools[0].name',
    },
    { name: 'an unknown effort', wire: body({ reasoning: { effort: 'huge' } }), field: 'reasoning.effort' },
    { name: 'a verbosity that is none', wire: body({ text: { verbosity: 'loud' } }), field: 'text.verbosity' },
    {
      name: 'a format without schema',
      wire: body({ text: { format: { type: 'json_schema' } } }),
      field: 'text.format.schema',
    },
    { name: 'an output limit below 1', wire: body({ max_output_tokens: 0 }), field: 'max_output_tokens' },
    { name: 'a temperature in words', wire: body({ temperature: 'hot' }), field: 'temperature' },
    {
      name: 'an audio format that is none',
      wire: items({
        role: 'user',
        content: [{ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'ogg' } }],
      }),
      field: 'input[0].content[0].input_audio.format',
    },
  ];
  test.each(rows)('$name: $field', ({ wire, field }) => {
    try {
      openaiResponses.decodeRequest(wire, {});
      throw new Error('the request was accepted');
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(GatewayError);
      const error = thrown as GatewayError;
      expect(error.code).toBe('request_invalid');
      expect(error.field).toBe(field);
      expect(error.message).toStartWith(field);
    }
  });
});

describe('the IR of a request', () => {
  test('a plain string is one user turn', () => {
    expect(decode(body({})).turns).toEqual([{ role: 'user', parts: [{ type: 'text', text: 'hello' }] }]);
  });

  test('reasoning, text and parallel calls are one assistant turn, and their results one user turn', () => {
    const { turns } = decode(
      items(
        user('q'),
        { type: 'reasoning', summary: [], encrypted_content: 'e' },
        call('a'),
        call('b'),
        result('b'),
        result('a'),
        user('next'),
      ),
    );
    expect(turns.map(({ role, parts }) => [role, ...parts.map(({ type }) => type)])).toEqual([
      ['user', 'text'],
      ['assistant', 'reasoning', 'call', 'call'],
      ['user', 'result', 'result'],
      ['user', 'text'],
    ]);
    expect(turns[2]?.parts[0]).toMatchObject({ id: 'b', name: 'get' });
  });

  test('namespaces are flattened in declarations, calls and choices alike', () => {
    const tools = [
      { type: 'namespace', name: 'mcp__files__', description: 'd', tools: [{ type: 'function', name: 'read' }] },
    ];
    const choice = { type: 'function', name: 'read', namespace: 'mcp__files__' };
    const history = [user('x'), { ...call('a', 'read'), namespace: 'mcp__files__' }, result('a')];
    const { tools: flat, toolChoice, turns } = decode(body({ tools, tool_choice: choice, input: history }));
    expect(flat[0]).toMatchObject({
      name: 'mcp__files__read',
      namespace: 'mcp__files__',
      namespaceDescription: 'd',
      description: 'Namespace mcp__files__: d',
    });
    expect(toolChoice).toEqual({ mode: 'named', name: 'mcp__files__read' });
    expect(turns[1]?.parts[0]).toMatchObject({ name: 'mcp__files__read' });
  });

  test("a custom tool's grammar stands in its description, where every model can read it", () => {
    const format = { type: 'grammar', syntax: 'lark', definition: 'start: X' };
    const [tool] = decode(body({ tools: [{ type: 'custom', name: 'p', description: 'Patch.', format }] })).tools;
    expect(tool).toMatchObject({
      kind: 'custom',
      description: 'Patch.\n\nThe input must match this lark grammar:\nstart: X',
    });
  });

  test('a native proof keeps its item id; an envelope opens to its own origin', () => {
    const sealed = sealProof({ format: 'anthropic-messages', family: 'claude-opus-5', data: 'sig' });
    const { turns } = decode(
      items(
        user('q'),
        { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'gAAA' },
        { id: 'rs_2', type: 'reasoning', summary: [{ type: 'summary_text', text: 't' }], encrypted_content: sealed },
      ),
    );
    expect(turns[1]?.parts).toEqual([
      { type: 'reasoning', text: '', proof: { format: 'openai-responses', data: 'gAAA', id: 'rs_1' } },
      { type: 'reasoning', text: 't', proof: { format: 'anthropic-messages', family: 'claude-opus-5', data: 'sig' } },
    ]);
  });

  test('a compacted history may hold results whose calls are gone', () => {
    const { turns } = decode(items({ type: 'compaction', encrypted_content: 'c' }, result('call_1'), user('go on')));
    expect(turns).toHaveLength(3);
  });

  test('empty assistant content and bare stored reasoning ids are accepted', () => {
    const { turns } = decode(
      items(user('q'), { role: 'assistant', content: '' }, { type: 'reasoning', id: 'rs_1', summary: [] }, user('r')),
    );
    expect(turns.map(({ role }) => role)).toEqual(['user', 'user']);
  });

  test('a summary is a wish to see thinking, and effort none switches it off', () => {
    expect(decode(body({ reasoning: { summary: 'auto' } })).reasoning).toEqual({ mode: 'auto', visible: true });
    expect(decode(body({ reasoning: { effort: 'none' } })).reasoning).toEqual({ mode: 'off', effort: 'none' });
    expect(decode(body({ reasoning: { effort: null, summary: null } })).reasoning).toBeUndefined();
  });

  test('store: false and encrypted reasoning are what a translation does anyway, so nothing of them is left over', () => {
    const { ext } = decode(body({ store: false, include: ['reasoning.encrypted_content'] }));
    expect(ext.fields).toEqual({});
  });
});
