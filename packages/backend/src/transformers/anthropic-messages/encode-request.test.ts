import { describe, expect, test } from 'bun:test';
import type { Part, ReasoningWish, Tool, Turn, UnifiedChatRequest } from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { encodeRequest } from './encode-request.ts';
import { encode, request, target } from './test-kit.ts';

const text = (value: string): Part => ({ type: 'text', text: value });
const user = (...parts: Part[]): Turn => ({ role: 'user', parts });
const assistant = (...parts: Part[]): Turn => ({ role: 'assistant', parts });
const call = (id: string, changes: Partial<Extract<Part, { type: 'call' }>> = {}): Part => ({
  type: 'call',
  id,
  name: 'look',
  argsText: '{"a":1}',
  ...changes,
});
const result = (id: string, value = 'ok', isError = false): Part => ({
  type: 'result',
  id,
  parts: [{ type: 'text', text: value }],
  isError,
});
const look: Tool = { kind: 'function', name: 'look', schema: { type: 'object', properties: {} } };
const use = (id: string, input: JsonObject = { a: 1 }): JsonObject => ({ type: 'tool_use', id, name: 'look', input });
const answer = (id: string, content = 'ok'): JsonObject => ({ type: 'tool_result', tool_use_id: id, content });
const image = (changes: Partial<Extract<Part, { type: 'media' }>> = {}): Part => ({
  type: 'media',
  kind: 'image',
  mime: 'image/png',
  source: { type: 'data', data: 'aGVsbG8=' },
  ...changes,
});

describe('turns', () => {
  const rows: { name: string; turns: Turn[]; messages: Json; rules?: string[]; profile?: Partial<TargetProfile> }[] = [
    {
      name: 'a conversation that starts with the assistant gets a user turn',
      turns: [assistant(text('Hello')), user(text('Hi'))],
      messages: [
        { role: 'user', content: '.' },
        { role: 'assistant', content: 'Hello' },
        { role: 'user', content: 'Hi' },
      ],
    },
    {
      name: 'a request with only a system message gets a user turn',
      turns: [],
      messages: [{ role: 'user', content: '.' }],
    },
    {
      name: 'two user turns in a row become one',
      turns: [user(text('A')), user(text('B'))],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'A' },
            { type: 'text', text: 'B' },
          ],
        },
      ],
    },
    {
      name: 'empty and blank texts do not reach the wire, nor do the turns that they leave empty',
      turns: [user(text('A'), text(' \n')), assistant(text('')), user(text('B'))],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'A' },
            { type: 'text', text: 'B' },
          ],
        },
      ],
    },
    {
      name: 'results in another order are matched by id and stand first in their turn',
      turns: [
        user(text('Go')),
        assistant(call('a'), call('b')),
        user(text('Then?'), result('b', 'B'), result('a', 'A')),
      ],
      messages: [
        { role: 'user', content: 'Go' },
        { role: 'assistant', content: [use('a'), use('b')] },
        { role: 'user', content: [answer('a', 'A'), answer('b', 'B'), { type: 'text', text: 'Then?' }] },
      ],
    },
    {
      name: 'a result that comes late is brought to its call',
      turns: [user(text('Go')), assistant(call('a')), user(text('Wait')), assistant(text('Yes')), user(result('a'))],
      messages: [
        { role: 'user', content: 'Go' },
        { role: 'assistant', content: [use('a')] },
        { role: 'user', content: [answer('a'), { type: 'text', text: 'Wait' }] },
        { role: 'assistant', content: 'Yes' },
      ],
    },
    {
      name: 'calls in separate assistant turns are joined with their results together',
      turns: [user(text('Go')), assistant(call('a')), assistant(call('b')), user(result('a')), user(result('b'))],
      messages: [
        { role: 'user', content: 'Go' },
        { role: 'assistant', content: [use('a'), use('b')] },
        { role: 'user', content: [answer('a'), answer('b')] },
      ],
    },
    {
      name: 'a missing result becomes an error result',
      turns: [user(text('Go')), assistant(call('a')), user(text('Never mind'))],
      messages: [
        { role: 'user', content: 'Go' },
        { role: 'assistant', content: [use('a')] },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'a', content: 'No result of this call was recorded.', is_error: true },
            { type: 'text', text: 'Never mind' },
          ],
        },
      ],
      rules: ['anthropic.missing-result'],
    },
    {
      name: 'text after a call is moved before it',
      turns: [user(text('Go')), assistant(call('a'), text('Calling')), user(result('a'))],
      messages: [
        { role: 'user', content: 'Go' },
        { role: 'assistant', content: [{ type: 'text', text: 'Calling' }, use('a')] },
        { role: 'user', content: [answer('a')] },
      ],
    },
    {
      name: 'an id that a later turn uses again is made unique and keeps its own result',
      turns: [
        user(text('Go')),
        assistant(call('c0')),
        user(result('c0', '1')),
        assistant(call('c0')),
        user(result('c0', '2')),
      ],
      messages: [
        { role: 'user', content: 'Go' },
        { role: 'assistant', content: [use('c0')] },
        { role: 'user', content: [answer('c0', '1')] },
        { role: 'assistant', content: [use('c0_2')] },
        { role: 'user', content: [answer('c0_2', '2')] },
      ],
    },
    {
      name: 'empty arguments are an empty object, twice encoded ones are opened',
      turns: [
        user(text('Go')),
        assistant(call('a', { argsText: '' }), call('b', { argsText: '"{\\"x\\":2}"' })),
        user(result('a'), result('b')),
      ],
      messages: [
        { role: 'user', content: 'Go' },
        { role: 'assistant', content: [use('a', {}), use('b', { x: 2 })] },
        { role: 'user', content: [answer('a'), answer('b')] },
      ],
    },
    {
      name: 'broken arguments go as text and are noted',
      turns: [user(text('Go')), assistant(call('a', { argsText: '{"x":' })), user(result('a'))],
      messages: [
        { role: 'user', content: 'Go' },
        { role: 'assistant', content: [use('a', { _raw: '{"x":' })] },
        { role: 'user', content: [answer('a')] },
      ],
      rules: ['anthropic.call-arguments'],
    },
    {
      name: 'a custom call is a function with one string',
      turns: [user(text('Go')), assistant(call('a', { argsText: 'ls -l', custom: true })), user(result('a'))],
      messages: [
        { role: 'user', content: 'Go' },
        { role: 'assistant', content: [use('a', { input: 'ls -l' })] },
        { role: 'user', content: [answer('a')] },
      ],
    },
    {
      name: 'a late system message is a marked user text where the model takes none',
      turns: [user(text('A')), { role: 'system', parts: [text('Rule')] }, user(text('B'))],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'A' },
            { type: 'text', text: '<system>\nRule\n</system>' },
            { type: 'text', text: 'B' },
          ],
        },
      ],
    },
    {
      name: 'a late system message keeps its place after a user turn where the model takes it',
      turns: [
        user(text('A')),
        { role: 'system', parts: [text('Rule')] },
        assistant(text('B')),
        { role: 'system', parts: [text('Two')] },
      ],
      profile: { lateSystem: true },
      messages: [
        { role: 'user', content: 'A' },
        { role: 'system', content: 'Rule' },
        { role: 'assistant', content: 'B' },
        { role: 'user', content: '<system>\nTwo\n</system>' },
      ],
    },
    {
      name: 'a prefilled answer loses the space at its end',
      turns: [user(text('A')), assistant(text('The answer: '))],
      messages: [
        { role: 'user', content: 'A' },
        { role: 'assistant', content: 'The answer:' },
      ],
    },
    {
      name: 'reasoning of another family is dropped with its proof, its own family keeps it',
      turns: [
        user(text('A')),
        assistant(
          {
            type: 'reasoning',
            text: 'x',
            proof: { format: 'anthropic-messages', family: 'claude-opus-4-5', data: 's' },
          },
          {
            type: 'reasoning',
            text: 'y',
            proof: { format: 'anthropic-messages', family: 'claude-sonnet-4-5', data: 't' },
          },
          { type: 'reasoning', text: 'z' },
          text('B'),
        ),
        user(text('C')),
      ],
      messages: [
        { role: 'user', content: 'A' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'y', signature: 't' },
            { type: 'text', text: 'B' },
          ],
        },
        { role: 'user', content: 'C' },
      ],
      rules: ['anthropic.reasoning', 'anthropic.reasoning'],
    },
    {
      name: 'an opaque part of another API is noted',
      turns: [user({ type: 'opaque', format: 'gemini', raw: {} }, text('A'))],
      messages: [{ role: 'user', content: 'A' }],
      rules: ['anthropic.opaque'],
    },
  ];
  test.each(rows)('$name', ({ turns, messages, rules = [], profile }) => {
    const encoded = encode({ turns, tools: [look] }, profile);
    expect(encoded.body['messages']).toEqual(messages);
    expect(encoded.rules).toEqual(rules);
  });
});

describe('ids and names', () => {
  test('an id with odd characters is replaced by the same digest at call and result', () => {
    const { body } = encode({
      tools: [look],
      turns: [user(text('Go')), assistant(call('functions.look:0')), user(result('functions.look:0'))],
    });
    const wire = JSON.stringify(body['messages']);
    expect(wire).not.toContain('functions.look:0');
    expect(wire.match(/toolu_[0-9a-f]{24}/g)?.length).toBe(2);
  });

  test('a tool name out of bounds is renamed everywhere and remembered', () => {
    const name = `mcp.${'x'.repeat(140)}`;
    const { body, toolNames } = encode({
      tools: [{ ...look, name }],
      toolChoice: { mode: 'named', name },
      turns: [user(text('Go')), assistant(call('a', { name })), user(result('a'))],
    });
    const [[wireName, original] = ['', '']] = toolNames ?? [];
    expect(original).toBe(name);
    expect(wireName).toMatch(/^[A-Za-z0-9_-]{1,128}$/);
    expect(body).toMatchObject({ tools: [{ name: wireName }], tool_choice: { name: wireName } });
    expect(JSON.stringify(body['messages'])).toContain(wireName);
  });

  test('the same request gives the same text', () => {
    const given = {
      tools: [look],
      userId: 'u',
      turns: [user(text('Go')), assistant(call('a:b')), user(result('a:b'))],
    };
    expect(JSON.stringify(encode(given).body)).toBe(JSON.stringify(encode(structuredClone(given)).body));
  });
});

describe('media', () => {
  const rows: { name: string; part: Part; block: JsonObject }[] = [
    {
      name: 'image bytes keep their type',
      part: image(),
      block: { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGVsbG8=' } },
    },
    {
      name: 'an image without a type is known by its first bytes',
      part: image({ mime: undefined, source: { type: 'data', data: '/9j/4AAQ' } }),
      block: { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: '/9j/4AAQ' } },
    },
    {
      name: 'an address stays an address',
      part: image({ source: { type: 'url', url: 'https://a.test/x' } }),
      block: { type: 'image', source: { type: 'url', url: 'https://a.test/x' } },
    },
    {
      name: 'a PDF with a name',
      part: image({ kind: 'document', mime: 'application/pdf', name: 'a.pdf' }),
      block: {
        type: 'document',
        source: { type: 'base64', media_type: 'application/pdf', data: 'aGVsbG8=' },
        title: 'a.pdf',
      },
    },
    {
      name: 'a text file is sent as text',
      part: image({ kind: 'document', mime: 'text/csv' }),
      block: { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'hello' } },
    },
  ];
  test.each(rows)('$name', ({ part, block }) => {
    expect(encode({ turns: [user(part)] }).body['messages']).toEqual([{ role: 'user', content: [block] }]);
  });

  const refused: { name: string; given: Partial<UnifiedChatRequest>; field: string }[] = [
    {
      name: 'audio',
      given: { turns: [user(image({ kind: 'audio', mime: 'audio/wav' }))] },
      field: 'turns[0].parts[0]',
    },
    {
      name: 'a TIFF image',
      given: { turns: [user(text('x'), image({ mime: 'image/tiff' }))] },
      field: 'turns[0].parts[1]',
    },
    {
      name: 'a file that lies at another API',
      given: { turns: [user(image({ source: { type: 'file', id: 'f', format: 'gemini' } }))] },
      field: 'turns[0].parts[0]',
    },
    { name: 'three answers', given: { sampling: { candidates: 3 } }, field: 'n' },
    {
      name: 'a forced tool that runs elsewhere only',
      given: {
        tools: [{ kind: 'hosted', hosted: 'other', format: 'openai-responses', raw: {} }],
        toolChoice: { mode: 'required' },
      },
      field: 'tool_choice',
    },
    {
      name: 'a prefilled answer beside thinking',
      given: { turns: [user(text('A')), assistant(text('B'))], reasoning: { mode: 'on' } },
      field: 'messages',
    },
  ];
  test.each(refused)('$name is refused by name', ({ given, field }) => {
    expect(() => encode(given)).toThrow(expect.objectContaining({ code: 'request_unsupported', field }));
  });
});

describe('tools', () => {
  const rows: { name: string; given: Partial<UnifiedChatRequest>; wire: JsonObject; rules?: string[] }[] = [
    {
      name: 'a tool without parameters takes an object',
      given: { tools: [{ kind: 'function', name: 'go' }] },
      wire: { tools: [{ name: 'go', input_schema: { type: 'object', properties: {} } }] },
    },
    {
      name: 'a root union becomes one object',
      given: {
        tools: [
          {
            ...look,
            schema: {
              anyOf: [
                { properties: { a: {}, b: {} }, required: ['a', 'b'] },
                { properties: { a: {} }, required: ['a'] },
              ],
            },
          },
        ],
      },
      wire: {
        tools: [{ name: 'look', input_schema: { type: 'object', properties: { a: {}, b: {} }, required: ['a'] } }],
      },
      rules: ['anthropic.schema-root'],
    },
    {
      name: 'strict survives',
      given: { tools: [{ ...look, strict: true }] },
      wire: { tools: [{ name: 'look', input_schema: { type: 'object', properties: {} }, strict: true }] },
    },
    {
      name: 'a choice without tools is dropped',
      given: { toolChoice: { mode: 'auto' }, parallelTools: false },
      wire: {},
    },
    {
      name: 'required is any',
      given: { tools: [look], toolChoice: { mode: 'required' } },
      wire: { tools: [look_()], tool_choice: { type: 'any' } },
    },
    {
      name: 'none is none, without a parallel flag',
      given: { tools: [look], toolChoice: { mode: 'none' }, parallelTools: false },
      wire: { tools: [look_()], tool_choice: { type: 'none' } },
    },
    {
      name: 'no parallel calls need a choice, so auto is added',
      given: { tools: [look], parallelTools: false },
      wire: { tools: [look_()], tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
    },
    {
      name: 'allowed tools leave the others out',
      given: {
        tools: [look, { ...look, name: 'other' }],
        toolChoice: { mode: 'allowed', names: ['look'], required: false },
      },
      wire: { tools: [look_()], tool_choice: { type: 'auto' } },
    },
    {
      name: 'tool history without tools declares the names and forbids calls',
      given: { turns: [user(text('A')), assistant(call('a')), user(result('a'))] },
      wire: { tools: [look_()], tool_choice: { type: 'none' } },
    },
    {
      name: 'a foreign web search becomes this one, another hosted tool is noted',
      given: {
        tools: [
          {
            kind: 'hosted',
            hosted: 'web-search',
            format: 'openai-responses',
            raw: { type: 'web_search', filters: { allowed_domains: ['a.test'] } },
          },
          { kind: 'hosted', hosted: 'other', format: 'openai-responses', raw: { type: 'local_shell' } },
          look,
        ],
      },
      wire: { tools: [{ type: 'web_search_20250305', name: 'web_search', allowed_domains: ['a.test'] }, look_()] },
      rules: ['anthropic.hosted-tool'],
    },
    {
      name: 'a place in Chat form is made flat',
      given: {
        tools: [
          {
            kind: 'hosted',
            hosted: 'web-search',
            format: 'openai-chat',
            raw: { user_location: { type: 'approximate', approximate: { city: 'Oslo' } } },
          },
        ],
      },
      wire: {
        tools: [
          { type: 'web_search_20250305', name: 'web_search', user_location: { type: 'approximate', city: 'Oslo' } },
        ],
      },
    },
    {
      name: 'the grammar of a custom tool is noted',
      given: {
        tools: [
          {
            kind: 'custom',
            name: 'patch',
            raw: { format: 'openai-responses', value: { format: { type: 'grammar' } } },
          },
        ],
      },
      wire: {
        tools: [
          {
            name: 'patch',
            input_schema: { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] },
          },
        ],
      },
      rules: ['anthropic.grammar'],
    },
    {
      name: 'a custom tool is a function with one string',
      given: { tools: [{ kind: 'custom', name: 'patch', description: 'P' }] },
      wire: {
        tools: [
          {
            name: 'patch',
            description: 'P',
            input_schema: { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] },
          },
        ],
      },
    },
  ];
  test.each(rows)('$name', ({ given, wire, rules = [] }) => {
    const { body, rules: noted } = encode(given);
    expect({ tools: body['tools'], tool_choice: body['tool_choice'] }).toEqual({
      tools: wire['tools'],
      tool_choice: wire['tool_choice'],
    });
    expect(noted).toEqual(rules);
  });

  function look_(): JsonObject {
    return { name: 'look', input_schema: { type: 'object', properties: {} } };
  }
});

describe('thinking, by the form of the model', () => {
  interface Row {
    readonly name: string;
    readonly wish: ReasoningWish;
    readonly form: TargetProfile['thinking'];
    readonly given?: Partial<UnifiedChatRequest>;
    readonly profile?: Partial<TargetProfile>;
    readonly wire: JsonObject;
    readonly rules?: string[];
  }
  const rows: Row[] = [
    {
      name: 'effort becomes a budget on older models',
      wish: { mode: 'on', effort: 'low' },
      form: 'budget',
      wire: { max_tokens: 64_000, thinking: { type: 'enabled', budget_tokens: 1024 } },
    },
    {
      name: 'minimal effort gets the least budget',
      wish: { mode: 'on', effort: 'minimal' },
      form: 'budget',
      wire: { max_tokens: 64_000, thinking: { type: 'enabled', budget_tokens: 1024 } },
    },
    {
      name: 'a budget becomes an effort on adaptive models',
      wish: { mode: 'on', budgetTokens: 20_000 },
      form: 'adaptive',
      wire: {
        max_tokens: 64_000,
        thinking: { type: 'adaptive', display: 'summarized' },
        output_config: { effort: 'high' },
      },
    },
    {
      name: 'a model of both forms keeps the budget',
      wish: { mode: 'on', budgetTokens: 20_000 },
      form: 'budget-or-adaptive',
      wire: { max_tokens: 64_000, thinking: { type: 'enabled', budget_tokens: 20_000 } },
    },
    {
      name: 'off is disabled',
      wish: { mode: 'off' },
      form: 'adaptive',
      wire: { max_tokens: 64_000, thinking: { type: 'disabled' } },
    },
    {
      name: 'effort none is disabled',
      wish: { mode: 'on', effort: 'none' },
      form: 'budget',
      wire: { max_tokens: 64_000, thinking: { type: 'disabled' } },
    },
    {
      name: 'a budget above the output limit raises the limit',
      wish: { mode: 'on', budgetTokens: 8192 },
      form: 'budget',
      given: { maxOutputTokens: 4096 },
      wire: { max_tokens: 12_288, thinking: { type: 'enabled', budget_tokens: 8192 } },
    },
    {
      name: 'a budget above the limit of the model is lowered',
      wish: { mode: 'on', budgetTokens: 32_000 },
      form: 'budget',
      given: { maxOutputTokens: 4096 },
      profile: { maxOutputTokens: 8192 },
      wire: { max_tokens: 8192, thinking: { type: 'enabled', budget_tokens: 4096 } },
      rules: ['anthropic.budget'],
    },
    {
      name: 'where no 1024 tokens are left, thinking is off',
      wish: { mode: 'on', budgetTokens: 4000 },
      form: 'budget',
      given: { maxOutputTokens: 1500 },
      profile: { maxOutputTokens: 1500 },
      wire: { max_tokens: 1500, thinking: { type: 'disabled' } },
      rules: ['anthropic.budget'],
    },
    {
      name: 'a forced choice switches thinking off',
      wish: { mode: 'on', effort: 'high' },
      form: 'adaptive',
      given: { tools: [look], toolChoice: { mode: 'required' } },
      wire: { max_tokens: 64_000, thinking: { type: 'disabled' } },
      rules: ['anthropic.thinking-forced'],
    },
    {
      name: 'a tool loop without signed thinking goes on without thinking',
      wish: { mode: 'on', effort: 'high' },
      form: 'budget',
      given: { tools: [look], turns: [user(text('A')), assistant(call('a')), user(result('a'))] },
      wire: { max_tokens: 64_000, thinking: { type: 'disabled' } },
      rules: ['anthropic.thinking-loop'],
    },
    {
      name: 'an adaptive model needs no thinking in its tool loop',
      wish: { mode: 'on', visible: false },
      form: 'adaptive',
      given: { tools: [look], turns: [user(text('A')), assistant(call('a')), user(result('a'))] },
      wire: { max_tokens: 64_000, thinking: { type: 'adaptive', display: 'omitted' } },
    },
    {
      name: 'a model without thinking drops the wish',
      wish: { mode: 'on', effort: 'high' },
      form: 'none',
      wire: { max_tokens: 64_000 },
      rules: ['anthropic.thinking'],
    },
  ];
  test.each(rows)('$name', ({ wish, form, given, profile, wire, rules = [] }) => {
    const { body, rules: noted } = encode({ ...given, reasoning: wish }, { thinking: form, ...profile });
    const { max_tokens, thinking, output_config } = body;
    expect({ max_tokens, thinking, output_config }).toEqual({
      max_tokens: 0,
      thinking: undefined,
      output_config: undefined,
      ...wire,
    });
    expect(noted).toEqual(rules);
  });
});

describe('parameters', () => {
  const rows: {
    name: string;
    given: Partial<UnifiedChatRequest>;
    profile?: Partial<TargetProfile>;
    wire: JsonObject;
    rules?: string[];
  }[] = [
    { name: 'a missing output limit is the limit of the model', given: {}, wire: { max_tokens: 64_000 } },
    {
      name: 'an unknown model gets 8192',
      given: {},
      profile: { maxOutputTokens: undefined },
      wire: { max_tokens: 8192 },
    },
    {
      name: 'a limit above the model is lowered',
      given: { maxOutputTokens: 100_000 },
      wire: { max_tokens: 64_000 },
      rules: ['anthropic.max-tokens'],
    },
    {
      name: 'temperature is at most 1',
      given: { sampling: { temperature: 1.7 } },
      wire: { temperature: 1 },
      rules: ['anthropic.sampling'],
    },
    {
      name: 'of temperature and top_p the first stays',
      given: { sampling: { temperature: 0.5, topP: 0.9 } },
      wire: { temperature: 0.5, top_p: undefined },
      rules: ['anthropic.sampling'],
    },
    {
      name: 'a model without sampling gets none',
      given: { sampling: { temperature: 0.5, topK: 3 } },
      profile: { sampling: false },
      wire: { temperature: undefined, top_k: undefined },
      rules: ['anthropic.sampling', 'anthropic.sampling'],
    },
    {
      name: 'thinking allows no sampling',
      given: { sampling: { temperature: 0.5, topK: 3 }, reasoning: { mode: 'on' } },
      wire: { temperature: undefined, top_k: undefined },
      rules: ['anthropic.sampling', 'anthropic.sampling'],
    },
    {
      name: 'seed and penalties are noted one by one',
      given: { sampling: { seed: 1, presencePenalty: 1 } },
      wire: {},
      rules: ['anthropic.sampling', 'anthropic.sampling'],
    },
    {
      name: 'blank stop sequences are dropped',
      given: { stop: ['END', '\n'] },
      wire: { stop_sequences: ['END'] },
      rules: ['anthropic.stop-blank'],
    },
    {
      name: 'json mode becomes an instruction',
      given: { output: { type: 'json' }, system: [{ role: 'system', text: 'A' }] },
      wire: {
        system: [
          { type: 'text', text: 'A' },
          { type: 'text', text: 'Answer with one JSON object and nothing else.' },
        ],
      },
    },
    {
      name: 'a json schema closes its nested objects',
      given: {
        output: {
          type: 'json-schema',
          name: 'x',
          schema: { type: 'object', properties: { a: { type: 'array', items: { type: 'object', properties: {} } } } },
        },
      },
      wire: {
        output_config: {
          format: {
            type: 'json_schema',
            schema: {
              type: 'object',
              properties: {
                a: { type: 'array', items: { type: 'object', properties: {}, additionalProperties: false } },
              },
              additionalProperties: false,
            },
          },
        },
      },
    },
    {
      name: 'user, tier and stream',
      given: { userId: 'u', tier: 'default', stream: true },
      wire: { metadata: { user_id: 'u' }, service_tier: 'standard_only', stream: true },
    },
    {
      name: 'an unknown tier is noted',
      given: { tier: 'flex' },
      wire: { service_tier: undefined },
      rules: ['anthropic.tier'],
    },
    {
      name: 'fields of another API are noted once each, transport is not',
      given: {
        ext: { format: 'openai-chat', fields: { prediction: {}, stream_options: {} } },
        verbosity: 'low',
        cacheKey: 'k',
      },
      wire: { prediction: undefined, stream_options: undefined },
      rules: ['anthropic.verbosity', 'anthropic.cache-key', 'anthropic.field'],
    },
    {
      name: 'a field that the server refuses is dropped',
      given: { tier: 'auto' },
      profile: { quirks: { dropFields: ['service_tier'] } },
      wire: { service_tier: undefined },
      rules: ['anthropic.refused-field'],
    },
    {
      name: 'system and developer prompts keep their order',
      given: {
        system: [
          { role: 'system', text: 'A' },
          { role: 'developer', text: 'B', cache: { ttl: '1h' } },
        ],
      },
      wire: {
        system: [
          { type: 'text', text: 'A' },
          { type: 'text', text: 'B', cache_control: { type: 'ephemeral', ttl: '1h' } },
        ],
      },
    },
  ];
  test.each(rows)('$name', ({ given, profile, wire, rules = [] }) => {
    const { body, rules: noted } = encode(given, profile);
    for (const [key, value] of Object.entries(wire)) expect(body[key]).toEqual(value);
    expect(noted).toEqual(rules);
  });

  test.each([
    {
      name: 'a late system message needs the newer version',
      sampling: {},
      version: '2026-10-21',
      roles: ['user', 'system'],
    },
    { name: 'sampling needs the older one', sampling: { temperature: 1 }, version: '2023-06-01', roles: ['user'] },
  ])('$name', ({ sampling, version, roles }) => {
    const turns: Turn[] = [user(text('A')), { role: 'system', parts: [text('Rule')] }];
    const { body, headers } = encodeRequest(
      request({ turns, sampling }),
      target({ lateSystem: true }),
      () => undefined,
    );
    expect(headers).toEqual({ 'anthropic-version': version });
    expect(JSON.parse(JSON.stringify(body['messages']))).toMatchObject(roles.map((role) => ({ role })));
  });

  test('the last four cache marks stay', () => {
    const cached = ['1', '2', '3', '4', '5'].map(
      (value) => ({ type: 'text', text: value, cache: { ttl: '5m' } }) as const,
    );
    const { body, rules } = encode({
      system: [{ role: 'system', text: 'S', cache: { ttl: '5m' } }],
      turns: [user(...cached)],
    });
    expect(JSON.stringify(body).match(/cache_control/g)?.length).toBe(4);
    expect(JSON.stringify(body['system'])).not.toContain('cache_control');
    expect(rules).toEqual(['anthropic.cache-marks', 'anthropic.cache-marks']);
  });

  test('a count has the fields of the counting endpoint only', () => {
    const given = request({
      system: [{ role: 'system', text: 'S' }],
      tools: [look],
      sampling: { temperature: 1 },
      userId: 'u',
      stream: true,
    });
    const { body } = encodeRequest(given, target(), () => undefined, 'count-tokens');
    expect(Object.keys(body)).toEqual(['model', 'system', 'messages', 'tools']);
  });
});
