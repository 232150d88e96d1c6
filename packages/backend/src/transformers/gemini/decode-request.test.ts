import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../types/errors.ts';
import type { UnifiedChatRequest } from '../../types/ir/request.ts';
import type { Json } from '../../types/json.ts';
import { sealProof } from '../proof.ts';
import { decodeRequest } from './decode-request.ts';
import { MADE_ID } from './wire.ts';

const hi = { role: 'user', parts: [{ text: 'hi' }] };
const PIXEL = 'iVBORw0KGgo=';

function decode(wire: Json, pathModel: string | undefined = 'gemini-2.5-pro'): UnifiedChatRequest {
  return decodeRequest(wire, { pathModel, pathStream: true });
}

const accepted: { name: string; wire: Json; want: Partial<UnifiedChatRequest> }[] = [
  {
    name: 'a content without a role is the user',
    wire: { contents: [{ parts: [{ text: 'hi' }] }] },
    want: {
      model: 'gemini-2.5-pro',
      stream: true,
      wantUsage: true,
      turns: [{ role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
    },
  },
  {
    name: 'snake_case is read like camelCase, also inside the configuration',
    wire: {
      contents: [{ role: 'user', parts: [{ inline_data: { mime_type: 'image/png', data: PIXEL } }] }],
      system_instruction: { parts: [{ text: 'be brief' }] },
      generation_config: {
        max_output_tokens: 5,
        top_k: 3,
        stop_sequences: ['x'],
        thinking_config: { thinking_budget: 0 },
      },
      tool_config: { function_calling_config: { mode: 'ANY', allowed_function_names: ['f'] } },
      tools: [{ function_declarations: [{ name: 'f' }] }, { google_search: {} }],
    },
    want: {
      system: [{ role: 'system', text: 'be brief' }],
      maxOutputTokens: 5,
      stop: ['x'],
      sampling: { topK: 3 },
      reasoning: { mode: 'off' },
      toolChoice: { mode: 'named', name: 'f' },
      tools: [
        { kind: 'function', name: 'f' },
        { kind: 'hosted', hosted: 'web-search', format: 'gemini', raw: { googleSearch: {} } },
      ],
      turns: [
        {
          role: 'user',
          parts: [{ type: 'media', kind: 'image', mime: 'image/png', source: { type: 'data', data: PIXEL } }],
        },
      ],
    },
  },
  {
    name: 'a system instruction may be a bare string',
    wire: { contents: [hi], systemInstruction: 'be brief' },
    want: { system: [{ role: 'system', text: 'be brief' }] },
  },
  {
    name: 'a system instruction may be one part',
    wire: { contents: [hi], systemInstruction: { text: 'be brief' } },
    want: { system: [{ role: 'system', text: 'be brief' }] },
  },
  {
    name: 'a count of tokens may wrap the whole request',
    wire: { generateContentRequest: { model: 'models/x', contents: [hi], systemInstruction: 'be brief' } },
    want: { system: [{ role: 'system', text: 'be brief' }] },
  },
  {
    name: 'fields that only Gemini knows are kept where they stood',
    wire: {
      contents: [hi],
      safetySettings: [],
      labels: { team: 'x' },
      generationConfig: { responseModalities: ['TEXT'], responseMimeType: 'text/plain' },
      toolConfig: { retrievalConfig: { languageCode: 'de' } },
    },
    want: {
      ext: {
        format: 'gemini',
        fields: {
          safetySettings: [],
          labels: { team: 'x' },
          toolConfig: { retrievalConfig: { languageCode: 'de' } },
          generationConfig: { responseModalities: ['TEXT'] },
        },
      },
    },
  },
  {
    name: 'an upper-case Gemini schema becomes JSON Schema',
    wire: {
      contents: [hi],
      generationConfig: {
        responseMimeType: 'application/json',
        responseSchema: {
          type: 'OBJECT',
          properties: { a: { type: 'STRING', nullable: true, minLength: '2' } },
          required: ['a'],
        },
      },
    },
    want: {
      output: {
        type: 'json-schema',
        schema: { type: 'object', properties: { a: { type: ['string', 'null'], minLength: 2 } }, required: ['a'] },
      },
    },
  },
  {
    name: 'a model content without parts is passed over',
    wire: { contents: [hi, { role: 'model', parts: [] }, hi] },
    want: {
      turns: [
        { role: 'user', parts: [{ type: 'text', text: 'hi' }] },
        { role: 'user', parts: [{ type: 'text', text: 'hi' }] },
      ],
    },
  },
  {
    name: 'model contents left behind by a stream are one turn, cut thoughts and texts are whole again',
    wire: {
      contents: [
        hi,
        { role: 'model', parts: [{ text: 'I th', thought: true }] },
        { role: 'model', parts: [{ text: 'ink', thought: true }] },
        { role: 'model', parts: [{ text: 'Hel' }] },
        { role: 'model', parts: [{ text: 'lo' }] },
        { role: 'model', parts: [{ text: '', thoughtSignature: 'c2ln' }] },
        hi,
      ],
    },
    want: {
      turns: [
        { role: 'user', parts: [{ type: 'text', text: 'hi' }] },
        {
          role: 'assistant',
          parts: [
            { type: 'reasoning', text: 'I think' },
            { type: 'text', text: 'Hello' },
            { type: 'text', text: '', proof: { format: 'gemini', data: 'c2ln' } },
          ],
        },
        { role: 'user', parts: [{ type: 'text', text: 'hi' }] },
      ],
    },
  },
  {
    name: 'thinking levels are efforts, a budget of -1 leaves it to the model',
    wire: { contents: [hi], generationConfig: { thinkingConfig: { thinkingLevel: 'low', includeThoughts: true } } },
    want: { reasoning: { mode: 'on', effort: 'low', visible: true } },
  },
  {
    name: 'files of Google are ids, other addresses are URLs, cut videos stay whole',
    wire: {
      contents: [
        {
          parts: [
            {
              fileData: {
                fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/a',
                mimeType: 'application/pdf',
              },
            },
            { fileData: { fileUri: 'https://youtu.be/x' } },
            { fileData: { fileUri: 'https://youtu.be/x' }, videoMetadata: { startOffset: '3s' } },
          ],
        },
      ],
    },
    want: {
      turns: [
        {
          role: 'user',
          parts: [
            {
              type: 'media',
              kind: 'document',
              mime: 'application/pdf',
              source: {
                type: 'file',
                id: 'https://generativelanguage.googleapis.com/v1beta/files/a',
                format: 'gemini',
              },
            },
            { type: 'media', kind: 'video', source: { type: 'url', url: 'https://youtu.be/x' } },
            {
              type: 'opaque',
              format: 'gemini',
              raw: { fileData: { fileUri: 'https://youtu.be/x' }, videoMetadata: { startOffset: '3s' } },
            },
          ],
        },
      ],
    },
  },
  {
    name: 'URL-safe base64 becomes standard base64',
    wire: { contents: [{ parts: [{ inlineData: { mimeType: 'image/PNG', data: '_-8' } }] }] },
    want: {
      turns: [
        {
          role: 'user',
          parts: [{ type: 'media', kind: 'image', mime: 'image/png', source: { type: 'data', data: '/+8=' } }],
        },
      ],
    },
  },
];

describe('a body is accepted', () => {
  test.each(accepted)('$name', ({ wire, want }) => {
    expect(decode(wire)).toMatchObject(want);
  });

  test('the prefix of a model is taken off, slashes and colons of an alias stay', () => {
    expect(decode({ contents: [hi] }, 'models/a/b:free').model).toBe('a/b:free');
    expect(decode({ contents: [hi] }, 'tunedModels/x').model).toBe('x');
    expect(decodeRequest({ contents: [hi], model: 'models/y' }, {}).model).toBe('y');
  });

  test('two calls of one tool without ids keep their results apart, by order', () => {
    const call = { functionCall: { name: 'f', args: { a: 1 } } };
    const result = (output: string): Json => ({ functionResponse: { name: 'f', response: { output } } });
    const { turns } = decode({
      contents: [hi, { role: 'model', parts: [call, call] }, { parts: [result('one'), result('two')] }],
    });
    const calls = turns[1]?.parts.map((part) => (part.type === 'call' ? part.id : ''));
    expect(new Set(calls).size).toBe(2);
    expect(calls?.every((id) => MADE_ID.test(id))).toBe(true);
    expect(turns[2]?.parts).toMatchObject([
      { type: 'result', id: calls?.[0], name: 'f', parts: [{ type: 'text', text: 'one' }], isError: false },
      { type: 'result', id: calls?.[1], name: 'f', parts: [{ type: 'text', text: 'two' }], isError: false },
    ]);
  });

  test('results in another order are matched by their ids, errors are told from outputs', () => {
    const call = (id: string): Json => ({ functionCall: { id, name: 'f', args: {} } });
    const result = (id: string, response: Json): Json => ({ functionResponse: { id, name: 'f', response } });
    const { turns } = decode({
      contents: [
        hi,
        { role: 'model', parts: [call('a'), call('b')] },
        { parts: [result('b', { error: 'no' }), result('a', { x: [1] })] },
      ],
    });
    expect(turns[2]?.parts).toMatchObject([
      { id: 'b', isError: true, parts: [{ text: 'no' }] },
      { id: 'a', isError: false, parts: [{ text: '{"x":[1]}' }] },
    ]);
  });

  test('a foreign proof comes back from a thought, or from the call behind a thought that was thrown away', () => {
    const proof = { format: 'openai-responses', family: 'gpt-5', data: 'enc', id: 'rs_1' } as const;
    const call = { functionCall: { id: 'c', name: 'f', args: {} }, thoughtSignature: sealProof(proof) };
    const thought = { text: 'hm', thought: true, thoughtSignature: sealProof(proof) };
    const parts = (list: Json[]): unknown => decode({ contents: [hi, { role: 'model', parts: list }] }).turns[1]?.parts;
    const plain = { type: 'call', id: 'c', name: 'f', argsText: '{}' };
    expect(parts([thought, call])).toEqual([{ type: 'reasoning', text: 'hm', proof }, plain]);
    expect(parts([call])).toEqual([{ type: 'reasoning', text: '', proof }, plain]);
  });
});

const refused: { name: string; wire: Json; field: string }[] = [
  { name: 'no contents', wire: {}, field: 'contents' },
  { name: 'empty contents', wire: { contents: [] }, field: 'contents' },
  { name: 'contents without any part', wire: { contents: [{ role: 'user', parts: [] }] }, field: 'contents' },
  { name: 'a body that is a list', wire: [], field: 'body' },
  { name: 'an unknown role', wire: { contents: [{ role: 'system', parts: [] }] }, field: 'contents[0].role' },
  {
    name: 'a text that is a number',
    wire: { contents: [{ parts: [{ text: 1 }] }] },
    field: 'contents[0].parts[0].text',
  },
  {
    name: 'an image that is not base64',
    wire: { contents: [{ parts: [{ text: 'a' }, { inlineData: { mimeType: 'image/png', data: 'no base64!' } }] }] },
    field: 'contents[0].parts[1].inlineData.data',
  },
  {
    name: 'an empty image',
    wire: { contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: '' } }] }] },
    field: 'contents[0].parts[0].inlineData.data',
  },
  {
    name: 'an image without a type',
    wire: { contents: [{ parts: [{ inlineData: { data: PIXEL } }] }] },
    field: 'contents[0].parts[0].inlineData.mimeType',
  },
  {
    name: 'a result whose call is nowhere',
    wire: { contents: [hi, { parts: [{ functionResponse: { name: 'f', response: {} } }] }] },
    field: 'contents[1].parts[0].functionResponse',
  },
  {
    name: 'a call with arguments as text',
    wire: { contents: [hi, { role: 'model', parts: [{ functionCall: { name: 'f', args: '{}' } }] }] },
    field: 'contents[1].parts[0].functionCall.args',
  },
  {
    name: 'a temperature in words',
    wire: { contents: [hi], generationConfig: { temperature: 'hot' } },
    field: 'generationConfig.temperature',
  },
  {
    name: 'no output at all',
    wire: { contents: [hi], generationConfig: { maxOutputTokens: 0 } },
    field: 'generationConfig.maxOutputTokens',
  },
  {
    name: 'a thinking level that is none',
    wire: { contents: [hi], generationConfig: { thinkingConfig: { thinkingLevel: 'EXTREME' } } },
    field: 'generationConfig.thinkingConfig.thinkingLevel',
  },
  {
    name: 'content that only Google has stored',
    wire: { contents: [hi], cachedContent: 'c/1' },
    field: 'cachedContent',
  },
  { name: 'tools that are a text', wire: { contents: [hi], tools: 'all' }, field: 'tools' },
  {
    name: 'a function without a name',
    wire: { contents: [hi], tools: [{ functionDeclarations: [{}] }] },
    field: 'tools[0].functionDeclarations[0].name',
  },
  {
    name: 'a choice that is none',
    wire: { contents: [hi], toolConfig: { functionCallingConfig: { mode: 'SOMETIMES' } } },
    field: 'toolConfig.functionCallingConfig.mode',
  },
];

describe('a body is refused with the field that is wrong', () => {
  test.each(refused)('$name', ({ wire, field }) => {
    const attempt = (): unknown => decode(wire);
    expect(attempt).toThrow(GatewayError);
    try {
      attempt();
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'request_invalid', field });
    }
  });

  test('a model that is no text, or empty, is refused', () => {
    for (const body of [{ contents: [hi], model: 7 }, { contents: [hi], model: 'models/' }, { contents: [hi] }]) {
      expect(() => decodeRequest(body, {})).toThrow(/^model: expected/);
    }
  });
});
