import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../types/errors.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { sealProof } from '../proof.ts';
import { decodeRequest } from './decode-request.ts';
import { roundTrip } from './test-kit.ts';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const PDF = 'JVBERi0xLjQK';
const body = (changes: JsonObject): JsonObject => ({
  model: 'claude',
  max_tokens: 64,
  messages: [{ role: 'user', content: 'Hi' }],
  ...changes,
});
const user = (...content: Json[]): JsonObject => ({ messages: [{ role: 'user', content }] });
const call = (id = 'toolu_1'): JsonObject => ({ type: 'tool_use', id, name: 'look', input: { at: 'x' } });
const image = (source: JsonObject): JsonObject => ({ type: 'image', source });

describe('a wrong field is named', () => {
  const rows: { name: string; given: Json; field: string }[] = [
    { name: 'a body that is no object', given: [], field: 'body' },
    { name: 'a missing model', given: { messages: [{ role: 'user', content: 'Hi' }] }, field: 'model' },
    { name: 'a model that is a number', given: body({ model: 4 }), field: 'model' },
    { name: 'a blank model', given: body({ model: ' ' }), field: 'model' },
    { name: 'no messages', given: body({ messages: [] }), field: 'messages' },
    { name: 'messages that are a string', given: body({ messages: 'Hi' }), field: 'messages' },
    { name: 'an unknown role', given: body({ messages: [{ role: 'tool', content: '' }] }), field: 'messages[0].role' },
    {
      name: 'user content null',
      given: body({ messages: [{ role: 'user', content: null }] }),
      field: 'messages[0].content',
    },
    { name: 'a block without type', given: body(user({ text: 'x' })), field: 'messages[0].content[0].type' },
    {
      name: 'a text that is a number',
      given: body(user({ type: 'text', text: 1 })),
      field: 'messages[0].content[0].text',
    },
    {
      name: 'image data that does not decode',
      given: body(user(image({ type: 'base64', media_type: 'image/png', data: '###' }))),
      field: 'messages[0].content[0].source.data',
    },
    {
      name: 'empty image data',
      given: body(user(image({ type: 'base64', media_type: 'image/png', data: '' }))),
      field: 'messages[0].content[0].source.data',
    },
    {
      name: 'an image address that is none',
      given: body(user(image({ type: 'url', url: 'cat.png' }))),
      field: 'messages[0].content[0].source.url',
    },
    {
      name: 'a result whose call is nowhere',
      given: body(user({ type: 'tool_result', tool_use_id: 'toolu_9', content: 'x' })),
      field: 'messages[0].content[0].tool_use_id',
    },
    {
      name: 'a call input that is text',
      given: body({ messages: [{ role: 'assistant', content: [{ ...call(), input: '{}' }] }] }),
      field: 'messages[0].content[0].input',
    },
    { name: 'a negative output limit', given: body({ max_tokens: -1 }), field: 'max_tokens' },
    { name: 'a temperature in words', given: body({ temperature: 'hot' }), field: 'temperature' },
    { name: 'a stop list with a number', given: body({ stop_sequences: ['a', 2] }), field: 'stop_sequences[1]' },
    { name: 'tools that are an object', given: body({ tools: {} }), field: 'tools' },
    { name: 'a tool without a name', given: body({ tools: [{ input_schema: {} }] }), field: 'tools[0].name' },
    { name: 'an unknown tool choice', given: body({ tool_choice: { type: 'some' } }), field: 'tool_choice.type' },
    {
      name: 'thinking without its budget',
      given: body({ thinking: { type: 'enabled' } }),
      field: 'thinking.budget_tokens',
    },
    { name: 'an unknown effort', given: body({ output_config: { effort: 'huge' } }), field: 'output_config.effort' },
    {
      name: 'a cache mark of a day',
      given: body({ system: [{ type: 'text', text: 'x', cache_control: { ttl: '1d' } }] }),
      field: 'system[0].cache_control.ttl',
    },
    { name: 'a call of the user', given: body(user(call())), field: 'messages[0].content[0].type' },
    {
      name: 'a result of the assistant',
      given: body({
        messages: [{ role: 'assistant', content: [call(), { type: 'tool_result', tool_use_id: 'toolu_1' }] }],
      }),
      field: 'messages[0].content[1].type',
    },
    { name: 'stream as text', given: body({ stream: 'yes' }), field: 'stream' },
  ];
  test.each(rows)('$name', ({ given, field }) => {
    let thrown: unknown;
    try {
      decodeRequest(given, {});
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(GatewayError);
    expect(thrown).toMatchObject({ code: 'request_invalid', field });
    expect(String((thrown as Error).message)).toContain(field);
  });
});

describe('a body comes back equal from the neutral form', () => {
  const rows: { name: string; given: JsonObject; form?: 'adaptive' | 'budget-or-adaptive' }[] = [
    { name: 'the smallest request', given: body({}) },
    { name: 'system as a string', given: body({ system: 'Be kind.' }) },
    {
      name: 'system blocks with cache marks of both lives',
      given: body({
        system: [
          { type: 'text', text: 'x-billing-header: a' },
          { type: 'text', text: 'You are.', cache_control: { type: 'ephemeral' } },
          { type: 'text', text: 'Long.', cache_control: { type: 'ephemeral', ttl: '1h' } },
        ],
      }),
    },
    {
      name: 'images by data, address and file',
      given: body(
        user(
          { type: 'text', text: 'See' },
          image({ type: 'base64', media_type: 'image/png', data: PIXEL }),
          image({ type: 'url', url: 'https://example.test/a.png' }),
          image({ type: 'file', file_id: 'file_1' }),
        ),
      ),
    },
    {
      name: 'documents with titles, context and citations',
      given: body(
        user(
          { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: PDF }, title: 'A' },
          {
            type: 'document',
            source: { type: 'text', media_type: 'text/plain', data: 'abc' },
            context: 'c',
            citations: { enabled: true },
          },
          { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'chunk' }] } },
          { type: 'search_result', source: 'https://a.test', title: 'T', content: [{ type: 'text', text: 'found' }] },
          { type: 'text', text: 'Read', cache_control: { type: 'ephemeral' } },
        ),
      ),
    },
    {
      name: 'two parallel calls with an error result and an image result',
      given: body({
        tools: [
          {
            name: 'look',
            description: 'Looks',
            input_schema: { type: 'object', properties: { at: { type: 'string' } } },
          },
        ],
        messages: [
          { role: 'user', content: 'Go' },
          { role: 'assistant', content: [{ type: 'text', text: 'Looking' }, call('toolu_1'), call('toolu_2')] },
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 'toolu_1', content: 'broken', is_error: true },
              {
                type: 'tool_result',
                tool_use_id: 'toolu_2',
                content: [
                  { type: 'text', text: 'see' },
                  image({ type: 'base64', media_type: 'image/png', data: PIXEL }),
                ],
              },
              { type: 'text', text: 'And now?' },
            ],
          },
        ],
      }),
    },
    {
      name: 'an empty tool result',
      given: body({
        tools: [{ name: 'look', input_schema: { type: 'object' } }],
        messages: [
          { role: 'user', content: 'Go' },
          { role: 'assistant', content: [call()] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1' }] },
        ],
      }),
    },
    {
      name: 'thinking with its signature, redacted thinking, and a budget',
      given: body({
        max_tokens: 4096,
        tools: [{ name: 'look', input_schema: { type: 'object' } }],
        thinking: { type: 'enabled', budget_tokens: 2048 },
        messages: [
          { role: 'user', content: 'Go' },
          {
            role: 'assistant',
            content: [
              { type: 'thinking', thinking: 'Hm', signature: 'c2ln' },
              { type: 'thinking', thinking: '', signature: 'omitted' },
              { type: 'redacted_thinking', data: 'ZGF0YQ==' },
              call(),
            ],
          },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'ok' }] },
        ],
      }),
    },
    {
      name: 'adaptive thinking with effort and display',
      form: 'adaptive',
      given: body({ thinking: { type: 'adaptive', display: 'omitted' }, output_config: { effort: 'xhigh' } }),
    },
    { name: 'adaptive thinking alone', form: 'budget-or-adaptive', given: body({ thinking: { type: 'adaptive' } }) },
    { name: 'an effort without thinking', form: 'adaptive', given: body({ output_config: { effort: 'low' } }) },
    { name: 'disabled thinking', given: body({ thinking: { type: 'disabled' } }) },
    { name: 'thinking between tools', form: 'adaptive', given: body({ thinking: { type: 'between_tools' } }) },
    {
      name: 'tools with fields of this API, hosted tools and a named choice',
      given: body({
        tools: [
          {
            name: 'look',
            input_schema: { type: 'object', anyOf: [{}] },
            strict: true,
            defer_loading: true,
            input_examples: [{}],
          },
          { type: 'web_search_20250305', name: 'web_search', max_uses: 3, cache_control: { type: 'ephemeral' } },
          { type: 'tool_search_tool_regex_20251119', name: 'tool_search_tool_regex' },
        ],
        tool_choice: { type: 'tool', name: 'look', disable_parallel_tool_use: true },
      }),
    },
    {
      name: 'server tool blocks of an earlier turn, and a paused turn at the end',
      given: body({
        messages: [
          { role: 'user', content: 'Find' },
          {
            role: 'assistant',
            content: [
              { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'x' } },
              { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
            ],
          },
        ],
      }),
    },
    {
      name: 'a cited assistant text',
      given: body({
        messages: [
          { role: 'user', content: 'Find' },
          {
            role: 'assistant',
            content: [
              {
                type: 'text',
                text: 'It is so',
                citations: [
                  {
                    type: 'web_search_result_location',
                    url: 'https://a.test',
                    title: 'A',
                    cited_text: 'so',
                    encrypted_index: 'abc',
                  },
                ],
              },
            ],
          },
          { role: 'user', content: 'Sure?' },
        ],
      }),
    },
    {
      name: 'structured output, sampling, stops, user, tier, stream and unknown fields',
      given: body({
        output_config: { format: { type: 'json_schema', schema: { type: 'object', properties: {} } }, novel: 1 },
        temperature: 0.5,
        top_k: 4,
        stop_sequences: ['END'],
        metadata: { user_id: '{"device":"x"}' },
        service_tier: 'standard_only',
        stream: true,
        context_management: { edits: [] },
        speed: 'fast',
      }),
    },
  ];
  test.each(rows)('$name', ({ given, form }) => {
    const { body: back, rules } = roundTrip(given, { model: 'claude', ...(form !== undefined && { thinking: form }) });
    expect(back).toEqual(given);
    expect(rules).toEqual([]);
  });
});

describe('what real clients send is understood', () => {
  test('content as a string and as one text block mean the same', () => {
    expect(decodeRequest(body(user({ type: 'text', text: 'Hi' })), {})).toEqual(decodeRequest(body({}), {}));
  });

  test('a count needs no output limit', () => {
    const counted = decodeRequest({ model: 'claude', messages: [{ role: 'user', content: 'Hi' }] }, {});
    expect(counted).not.toHaveProperty('maxOutputTokens');
  });

  test('a system message after the first user turn keeps its place; a leading one joins the prompt', () => {
    const decoded = decodeRequest(
      body({
        system: 'A',
        messages: [
          { role: 'system', content: 'B' },
          { role: 'user', content: 'Hi' },
          { role: 'system', content: [{ type: 'text', text: 'C' }] },
        ],
      }),
      {},
    );
    expect(decoded.system.map(({ text }) => text)).toEqual(['A', 'B']);
    expect(decoded.turns.map(({ role }) => role)).toEqual(['user', 'system']);
  });

  test('an assistant turn may be empty, and optional fields may be null', () => {
    const decoded = decodeRequest(
      body({
        system: null,
        temperature: null,
        tools: null,
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: null },
          { role: 'assistant', content: '' },
          { role: 'user', content: 'Still there?' },
        ],
      }),
      {},
    );
    expect(decoded.turns.map(({ parts }) => parts.length)).toEqual([1, 0, 0, 1]);
  });

  test('URL-safe base64 becomes standard, and a data URL as address becomes data', () => {
    const decoded = decodeRequest(
      body(
        user(
          image({
            type: 'base64',
            media_type: 'image/PNG',
            data: PIXEL.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
          }),
          image({ type: 'url', url: `data:image/png;charset=utf-8;base64,${PIXEL}` }),
        ),
      ),
      {},
    );
    const media = { type: 'media', kind: 'image', mime: 'image/png', source: { type: 'data', data: PIXEL } } as const;
    expect(decoded.turns[0]?.parts).toEqual([media, media]);
  });

  test('the older output_format field is understood', () => {
    const given = body({ output_format: { type: 'json_schema', schema: { type: 'object' } } });
    expect(decodeRequest(given, {}).output).toEqual({ type: 'json-schema', schema: { type: 'object' } });
  });

  test('a foreign proof comes out of its envelope, also from a block that carries it for a call', () => {
    const gemini = { format: 'gemini', family: 'gemini-3-pro', data: 'c2ln' } as const;
    const decoded = decodeRequest(
      body({
        messages: [
          { role: 'user', content: 'Go' },
          {
            role: 'assistant',
            content: [
              { type: 'thinking', thinking: 'Hm', signature: sealProof(gemini) },
              { type: 'redacted_thinking', data: sealProof({ ...gemini, id: 'call:toolu_1' }) },
              call(),
            ],
          },
        ],
      }),
      {},
    );
    expect(decoded.turns[1]?.parts).toEqual([
      { type: 'reasoning', text: 'Hm', proof: gemini },
      { type: 'call', id: 'toolu_1', name: 'look', argsText: '{"at":"x"}', proof: gemini },
    ]);
  });

  test('the decoder leaves the body as it was', () => {
    const given = body({ system: 'A', metadata: { user_id: 'u' } });
    const before = JSON.stringify(given);
    decodeRequest(given, {});
    expect(JSON.stringify(given)).toBe(before);
  });
});
