import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../types/errors.ts';
import type { CallPart, Part, ResultPart, Turn, UnifiedChatRequest } from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { JsonObject } from '../../types/json.ts';
import { openaiResponses } from './index.ts';

const usualTarget: TargetProfile = {
  format: 'openai-responses',
  providerId: 'openai',
  model: 'gpt-5',
  family: 'gpt-5',
  thinking: 'effort',
  sampling: true,
  lateSystem: true,
  quirks: {},
};
const usual: UnifiedChatRequest = {
  model: 'fast',
  system: [],
  turns: [{ role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
  tools: [],
  sampling: {},
  stream: false,
  wantUsage: true,
  ext: { format: 'anthropic-messages', fields: {} },
};

function encode(request: Partial<UnifiedChatRequest>, target: Partial<TargetProfile> = {}) {
  const losses: string[] = [];
  const encoded = openaiResponses.encodeRequest({ ...usual, ...request }, { ...usualTarget, ...target }, (rule) =>
    losses.push(rule),
  );
  return { ...encoded, losses };
}

const userText = (text: string): Turn => ({ role: 'user', parts: [{ type: 'text', text }] });
const says = (...parts: Part[]): Turn => ({ role: 'assistant', parts });
const call = (id: string, fields: Partial<CallPart> = {}): CallPart => ({
  type: 'call',
  id,
  name: 'get',
  argsText: '{}',
  ...fields,
});
const result = (id: string, fields: Partial<ResultPart> = {}): ResultPart => ({
  type: 'result',
  id,
  parts: [{ type: 'text', text: `r-${id}` }],
  isError: false,
  ...fields,
});
const results = (...parts: ResultPart[]): Turn => ({ role: 'user', parts });
const tool = { kind: 'function', name: 'get' } as const;
const kinds = (body: JsonObject): unknown[] => (body['input'] as JsonObject[]).map(({ type, role }) => role ?? type);

describe('fields of the body', () => {
  const rows: {
    name: string;
    request: Partial<UnifiedChatRequest>;
    target?: Partial<TargetProfile>;
    body: JsonObject;
    losses?: string[];
  }[] = [
    {
      name: 'nothing is stored, and encrypted reasoning is asked for',
      request: {},
      body: { model: 'gpt-5', store: false, include: ['reasoning.encrypted_content'] },
    },
    {
      name: 'a model that does not reason is not asked for reasoning',
      request: {},
      target: { thinking: 'none' },
      body: { include: undefined, reasoning: undefined },
    },
    {
      name: 'an output limit below 16 is raised',
      request: { maxOutputTokens: 5 },
      body: { max_output_tokens: 16 },
      losses: ['responses.output-limit'],
    },
    {
      name: "an output limit above the model's is lowered",
      request: { maxOutputTokens: 9000 },
      target: { maxOutputTokens: 4096 },
      body: { max_output_tokens: 4096 },
      losses: ['responses.output-limit'],
    },
    {
      name: 'leading system and developer texts of other formats are the instructions',
      request: {
        system: [
          { role: 'system', text: 'a' },
          { role: 'developer', text: 'b' },
        ],
      },
      body: { instructions: 'a\n\nb' },
    },
    {
      name: 'a prompt without turns becomes a message, because some input is wanted',
      request: { system: [{ role: 'system', text: 'a' }], turns: [] },
      body: {
        instructions: undefined,
        input: [{ type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'a' }] }],
      },
    },
    {
      name: 'an effort goes through',
      request: { reasoning: { mode: 'on', effort: 'low', visible: false } },
      body: { reasoning: { effort: 'low' } },
    },
    {
      name: 'a budget becomes an effort',
      request: { reasoning: { mode: 'on', budgetTokens: 9000 } },
      body: { reasoning: { effort: 'high', summary: 'auto' } },
    },
    {
      name: 'thinking off is effort none',
      request: { reasoning: { mode: 'off' } },
      body: { reasoning: { effort: 'none' } },
    },
    {
      name: 'a model that cannot stop thinking is not told to',
      request: { reasoning: { mode: 'off' } },
      target: { thinking: 'always' },
      body: { reasoning: undefined },
      losses: ['responses.reasoning-off'],
    },
    {
      name: 'a reasoning wish for a model that does not reason is noted',
      request: { reasoning: { mode: 'on', effort: 'low' } },
      target: { thinking: 'none' },
      body: { reasoning: undefined },
      losses: ['responses.reasoning'],
    },
    {
      name: 'sampling goes through where the model takes it',
      request: { sampling: { temperature: 0.2, topP: 0.9 } },
      body: { temperature: 0.2, top_p: 0.9 },
    },
    {
      name: 'sampling is dropped where the model refuses it',
      request: { sampling: { temperature: 0.2, topP: 0.9 } },
      target: { sampling: false },
      body: { temperature: undefined, top_p: undefined },
      losses: ['responses.temperature', 'responses.topP'],
    },
    {
      name: 'settings without a field are noted one by one',
      request: { sampling: { topK: 5, seed: 1, logprobs: true, candidates: 1 }, stop: ['x'] },
      body: {},
      losses: ['responses.topK', 'responses.seed', 'responses.logprobs', 'responses.stop'],
    },
    {
      name: 'a schema gets a name and an explicit strict',
      request: { output: { type: 'json-schema', schema: { type: 'object' } } },
      body: { text: { format: { type: 'json_schema', name: 'response', schema: { type: 'object' }, strict: false } } },
    },
    {
      name: 'a schema name that OpenAI refuses is replaced',
      request: { output: { type: 'json-schema', schema: {}, name: 'a b', strict: true } },
      body: {
        text: {
          format: {
            type: 'json_schema',
            name: expect.stringMatching(/^response_[0-9a-f]{24}$/),
            schema: {},
            strict: true,
          } as unknown as JsonObject,
        },
      },
    },
    {
      name: 'a tool choice without tools is left out',
      request: { toolChoice: { mode: 'auto' }, parallelTools: false },
      body: { tools: undefined, tool_choice: undefined, parallel_tool_calls: undefined },
    },
    {
      name: 'a foreign tool is explicitly not strict, and one without parameters gets an empty object',
      request: { tools: [tool] },
      body: {
        tools: [{ type: 'function', name: 'get', parameters: { type: 'object', properties: {} }, strict: false }],
      },
    },
    {
      name: 'a schema without type and properties gets both',
      request: { tools: [{ ...tool, schema: { additionalProperties: false } }] },
      body: {
        tools: [
          {
            type: 'function',
            name: 'get',
            parameters: { type: 'object', properties: {}, additionalProperties: false },
            strict: false,
          },
        ],
      },
    },
    {
      name: 'parallel calls can be forbidden',
      request: { tools: [tool], parallelTools: false },
      body: { parallel_tool_calls: false },
    },
    {
      name: 'a named choice',
      request: { tools: [tool], toolChoice: { mode: 'named', name: 'get' } },
      body: { tool_choice: { type: 'function', name: 'get' } },
    },
    {
      name: 'allowed tools',
      request: { tools: [tool], toolChoice: { mode: 'allowed', names: ['get'], required: true } },
      body: { tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'get' }] } },
    },
    {
      name: "Anthropic's web search becomes this API's, with its domains",
      request: {
        tools: [
          tool,
          {
            kind: 'hosted',
            hosted: 'web-search',
            format: 'anthropic-messages',
            raw: { type: 'web_search_20250305', name: 'web_search', allowed_domains: ['a.com'] },
          },
        ],
        toolChoice: { mode: 'named', name: 'web_search' },
      },
      body: {
        tools: [expect.anything(), { type: 'web_search', filters: { allowed_domains: ['a.com'] } }],
        tool_choice: { type: 'web_search' },
      } as unknown as JsonObject,
    },
    {
      name: "Gemini's code execution becomes the code interpreter",
      request: { tools: [{ kind: 'hosted', hosted: 'code-execution', format: 'gemini', raw: { codeExecution: {} } }] },
      body: { tools: [{ type: 'code_interpreter', container: { type: 'auto' } }] },
    },
    {
      name: 'an unknown hosted tool is dropped with a note, the function beside it stays',
      request: { tools: [tool, { kind: 'hosted', hosted: 'other', format: 'gemini', raw: { urlContext: {} } }] },
      body: { tools: [expect.objectContaining({ name: 'get' })] } as unknown as JsonObject,
      losses: ['responses.hosted-tool'],
    },
    {
      name: 'a long user id is hashed',
      request: { userId: 'x'.repeat(80) },
      body: { user: expect.stringMatching(/^[0-9a-f]{24}$/) } as unknown as JsonObject,
    },
    { name: 'a tier of another API is mapped', request: { tier: 'standard_only' }, body: { service_tier: 'default' } },
    {
      name: 'a tier nobody knows is noted',
      request: { tier: 'gold' },
      body: { service_tier: undefined },
      losses: ['responses.tier'],
    },
    {
      name: 'fields of another API are noted, transport fields are not',
      request: { ext: { format: 'openai-chat', fields: { prediction: {}, stream_options: { include_usage: true } } } },
      body: { prediction: undefined, stream_options: undefined },
      losses: ['responses.field'],
    },
    {
      name: 'a provider can refuse fields',
      request: { cacheKey: 'k' },
      target: { quirks: { dropFields: ['prompt_cache_key', 'store'] } },
      body: { prompt_cache_key: undefined, store: undefined },
      losses: ['responses.refused-field', 'responses.refused-field'],
    },
    { name: 'a stream is asked for only when wanted', request: { stream: true }, body: { stream: true } },
    {
      name: 'cache marks of another API are stripped',
      request: { system: [{ role: 'system', text: 'a', cache: { ttl: '5m' } }] },
      body: { instructions: 'a' },
      losses: ['responses.cache-mark'],
    },
    {
      name: 'JSON mode brings the word that the API wants to see',
      request: { output: { type: 'json' } },
      body: { input: [expect.objectContaining({ role: 'developer' }), expect.anything()] } as unknown as JsonObject,
    },
  ];
  test.each(rows)('$name', ({ request, target, body, losses }) => {
    const encoded = encode(request, target);
    for (const [field, value] of Object.entries(body)) expect(encoded.body[field]).toEqual(value as never);
    expect(encoded.losses).toEqual(losses ?? []);
  });

  test('the same request gives the same text, byte for byte', () => {
    const request = {
      tools: [tool, { ...tool, name: 'a b' }],
      turns: [userText('x'), says(call('functions.x:0')), results(result('functions.x:0'))],
    };
    expect(JSON.stringify(encode(request).body)).toBe(JSON.stringify(encode(request).body));
  });
});

describe('turns to items', () => {
  test('results follow their call turn in the order of the calls, whatever came between', () => {
    const { body, losses } = encode({
      turns: [userText('q'), says(call('a'), call('b')), userText('wait'), results(result('b'), result('a'))],
    });
    expect(kinds(body)).toEqual([
      'user',
      'function_call',
      'function_call',
      'function_call_output',
      'function_call_output',
      'user',
    ]);
    expect((body['input'] as JsonObject[]).slice(3, 5).map(({ output }) => output)).toEqual(['r-a', 'r-b']);
    expect(losses).toEqual([]);
  });

  test('a missing result becomes an error result', () => {
    const { body, losses } = encode({ turns: [userText('q'), says(call('a')), userText('go on')] });
    expect(body['input']).toContainEqual({
      type: 'function_call_output',
      call_id: 'a',
      output: 'Error: the tool call has no result',
    });
    expect(losses).toEqual(['responses.result-missing']);
  });

  test('a result without a call is left out and noted', () => {
    const { body, losses } = encode({ turns: [userText('q'), results(result('z'))] });
    expect(kinds(body)).toEqual(['user']);
    expect(losses).toEqual(['responses.result-orphan']);
  });

  test('ids and names that do not fit are replaced at call, result and declaration alike', () => {
    const name = 'mcp.server:do';
    const { body, toolNames } = encode({
      tools: [{ ...tool, name }],
      turns: [userText('q'), says(call('functions.x:0', { name })), results(result('functions.x:0'))],
    });
    const [, asked, answered] = body['input'] as JsonObject[];
    const wireName = (body['tools'] as JsonObject[])[0]?.['name'];
    expect(asked?.['call_id']).toMatch(/^call_[0-9a-f]{24}$/);
    expect(answered?.['call_id']).toBe(asked?.['call_id'] ?? '');
    expect(asked?.['name']).toBe(wireName ?? '');
    expect(toolNames?.get(String(wireName))).toBe(name);
  });

  test('the text of an error result says that it is one', () => {
    const { body } = encode({
      turns: [
        userText('q'),
        says(call('a'), call('b')),
        results(
          result('a', { isError: true }),
          result('b', { isError: true, parts: [{ type: 'text', text: 'Error: no' }] }),
        ),
      ],
    });
    expect((body['input'] as JsonObject[]).slice(3).map(({ output }) => output)).toEqual(['Error: r-a', 'Error: no']);
  });

  test('an empty result and an image in a result reach the target', () => {
    const image = {
      type: 'media',
      kind: 'image',
      mime: 'image/png',
      source: { type: 'data', data: 'iVBORw0KGgo=' },
    } as const;
    const { body } = encode({
      turns: [
        userText('q'),
        says(call('a'), call('b')),
        results(result('a', { parts: [] }), result('b', { parts: [image] })),
      ],
    });
    expect((body['input'] as JsonObject[]).slice(3).map(({ output }) => output)).toEqual([
      '',
      [{ type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'auto' }],
    ]);
  });

  test('reasoning of another API is dropped, never turned into text', () => {
    const proof = { format: 'anthropic-messages', family: 'claude', data: 's' } as const;
    const { body, losses } = encode({
      turns: [
        userText('q'),
        says({ type: 'reasoning', text: 'secret', proof }, { type: 'text', text: 'a' }),
        userText('b'),
      ],
    });
    expect(kinds(body)).toEqual(['user', 'assistant', 'user']);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(losses).toEqual(['responses.reasoning-foreign']);
  });

  test('own reasoning goes back only to the family that made it', () => {
    const turns = (family: string): Turn[] => [
      userText('q'),
      says(
        { type: 'reasoning', text: 't', proof: { format: 'openai-responses', family, data: 'gAAA', id: 'rs_1' } },
        call('a'),
      ),
      results(result('a')),
    ];
    expect(encode({ turns: turns('gpt-5') }).body['input']).toContainEqual({
      id: 'rs_1',
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: 't' }],
      encrypted_content: 'gAAA',
    });
    expect(encode({ turns: turns('o3') }).losses).toEqual(['responses.reasoning-foreign']);
  });

  test('a reasoning item is never left without its follower', () => {
    const proof = { format: 'openai-responses', family: 'gpt-5', data: 'gAAA' } as const;
    const { body, losses } = encode({
      turns: [userText('q'), says({ type: 'reasoning', text: 't', proof }, { type: 'text', text: '' }), userText('b')],
    });
    expect(kinds(body)).toEqual(['user', 'user']);
    expect(losses).toEqual(['responses.reasoning-alone']);
  });

  test('a late system message keeps its place', () => {
    const turns: Turn[] = [userText('q'), { role: 'system', parts: [{ type: 'text', text: 's' }] }, userText('r')];
    expect(kinds(encode({ turns }).body)).toEqual(['user', 'developer', 'user']);
    const refused = encode({ turns }, { lateSystem: false });
    expect(kinds(refused.body)).toEqual(['user', 'user', 'user']);
    expect(refused.losses).toEqual(['responses.late-system']);
  });

  test('opaque parts and author names of other APIs are noted', () => {
    const { losses } = encode({
      turns: [
        {
          role: 'user',
          name: 'Ann',
          parts: [
            { type: 'text', text: 'a' },
            { type: 'opaque', format: 'gemini', raw: {} },
          ],
        },
      ],
    });
    expect(losses).toEqual(['responses.participant', 'responses.opaque']);
  });

  const refused: { name: string; request: Partial<UnifiedChatRequest>; field: string }[] = [
    {
      name: 'video',
      request: {
        turns: [
          {
            role: 'user',
            parts: [{ type: 'media', kind: 'video', source: { type: 'url', url: 'https://a.b/c.mp4' } }],
          },
        ],
      },
      field: 'turns[0].parts[0]',
    },
    {
      name: 'audio that is neither wav nor mp3',
      request: {
        turns: [
          {
            role: 'user',
            parts: [{ type: 'media', kind: 'audio', mime: 'audio/ogg', source: { type: 'data', data: 'AAAA' } }],
          },
        ],
      },
      field: 'turns[0].parts[0]',
    },
    {
      name: 'a file id of another provider',
      request: {
        turns: [
          {
            role: 'user',
            parts: [{ type: 'media', kind: 'document', source: { type: 'file', id: 'f', format: 'gemini' } }],
          },
        ],
      },
      field: 'turns[0].parts[0].source',
    },
    { name: 'several answers', request: { sampling: { candidates: 2 } }, field: 'n' },
    {
      name: 'a forced hosted tool without a counterpart',
      request: {
        tools: [
          tool,
          {
            kind: 'hosted',
            hosted: 'other',
            format: 'anthropic-messages',
            raw: { name: 'computer', type: 'computer_20250124' },
          },
        ],
        toolChoice: { mode: 'named', name: 'computer' },
      },
      field: 'tool_choice',
    },
  ];
  test.each(refused)('$name is refused with a plain 400', ({ request, field }) => {
    try {
      encode(request);
      throw new Error('the request was encoded');
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(GatewayError);
      expect(thrown).toMatchObject({ code: 'request_unsupported', field });
    }
  });
});
