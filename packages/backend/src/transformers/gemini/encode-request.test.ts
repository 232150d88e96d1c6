import { describe, expect, test } from 'bun:test';
import type { Loss } from '../../types/format.ts';
import type { Part, Turn, UnifiedChatRequest } from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeRequest } from './encode-request.ts';
import { SIGNATURE_STAND_IN } from './wire.ts';

const flash: TargetProfile = {
  format: 'gemini',
  providerId: 'google',
  model: 'gemini-2.5-flash',
  family: 'gemini-2.5-flash',
  thinking: 'budget',
  sampling: true,
  lateSystem: false,
  quirks: {},
};
const three: TargetProfile = { ...flash, model: 'gemini-3-flash', family: 'gemini-3-flash', thinking: 'level' };

const plain: UnifiedChatRequest = {
  model: 'm',
  system: [],
  turns: [{ role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
  tools: [],
  sampling: {},
  stream: false,
  wantUsage: true,
  ext: { format: 'openai-responses', fields: {} },
};
const user = (text: string): Turn => ({ role: 'user', parts: [{ type: 'text', text }] });
const assistant = (...parts: Part[]): Turn => ({ role: 'assistant', parts });
const call = (id: string, name = 'f', argsText = '{}'): Part => ({ type: 'call', id, name, argsText });
const result = (id: string, text: string, isError = false): Part => ({
  type: 'result',
  id,
  parts: [{ type: 'text', text }],
  isError,
});

function encode(
  change: Partial<UnifiedChatRequest>,
  target = flash,
): { body: JsonObject; rules: string[]; losses: Loss[]; toolNames: ReadonlyMap<string, string> | undefined } {
  const losses: Loss[] = [];
  const { body, toolNames } = encodeRequest({ ...plain, ...change }, target, (rule, field, reason) => {
    losses.push({ rule, field, reason });
  });
  return { body, losses, rules: losses.map(({ rule }) => rule), toolNames };
}

const same: { name: string; target?: TargetProfile; body: JsonObject }[] = [
  {
    name: 'a conversation with tools, thoughts, signatures and media',
    target: three,
    body: {
      contents: [
        { role: 'user', parts: [{ text: 'hi' }, { inlineData: { mimeType: 'image/png', data: 'AAAA' } }] },
        {
          role: 'model',
          parts: [
            { text: 'hm', thought: true },
            { functionCall: { name: 'f', args: { a: 1 } }, thoughtSignature: 'c2ln' },
            { functionCall: { id: 'x', name: 'g', args: {} } },
          ],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { name: 'f', response: { output: 'one' } } },
            {
              functionResponse: {
                id: 'x',
                name: 'g',
                response: { error: 'no' },
                parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }],
              },
            },
          ],
        },
        { role: 'model', parts: [{ text: 'done' }, { text: '', thoughtSignature: 'c2ln' }] },
        { role: 'user', parts: [{ text: 'more' }] },
      ],
      systemInstruction: { parts: [{ text: 'be brief' }, { text: 'and kind' }] },
      tools: [
        {
          functionDeclarations: [
            {
              name: 'f',
              description: 'd',
              parametersJsonSchema: { type: 'object', properties: { a: { type: 'integer' } } },
            },
            { name: 'g' },
          ],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f', 'g'] } },
      generationConfig: {
        temperature: 0.5,
        topP: 0.9,
        topK: 4,
        seed: 7,
        maxOutputTokens: 100,
        stopSequences: ['END'],
        thinkingConfig: { includeThoughts: true, thinkingLevel: 'LOW' },
      },
      serviceTier: 'flex',
    },
  },
  {
    name: 'tools of Google, code parts, structured output and fields of its own',
    body: {
      contents: [
        {
          role: 'user',
          parts: [
            { text: 'hi' },
            { fileData: { mimeType: 'video/mp4', fileUri: 'https://youtu.be/x' }, videoMetadata: { fps: 2 } },
          ],
        },
        {
          role: 'model',
          parts: [
            { executableCode: { language: 'PYTHON', code: '1' } },
            { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } },
          ],
        },
        { role: 'user', parts: [{ text: 'draw' }] },
        { role: 'model', parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' }, thoughtSignature: 'c2ln' }] },
        { role: 'user', parts: [{ text: 'more' }] },
      ],
      tools: [{ googleSearch: {} }, { codeExecution: {} }],
      generationConfig: {
        responseMimeType: 'application/json',
        responseJsonSchema: { type: 'object', $defs: { a: { const: 1 } } },
        thinkingConfig: { thinkingBudget: -1 },
        responseModalities: ['TEXT'],
        imageConfig: { aspectRatio: '1:1' },
      },
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
      cachedContent: 'cachedContents/1',
      labels: { team: 'x' },
    },
  },
  {
    name: 'an enum answer, and results that are not plain texts',
    body: {
      contents: [
        { role: 'user', parts: [{ text: 'hi' }] },
        {
          role: 'model',
          parts: [
            { functionCall: { name: 'f', args: {} } },
            { functionCall: { name: 'f', args: {} } },
            { functionCall: { name: 'f', args: {} } },
          ],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { name: 'f', response: { output: '{"a":1}' } } },
            { functionResponse: { name: 'f', response: { output: [1, 2] } } },
            { functionResponse: { name: 'f', response: { output: '[1,2]' } } },
          ],
        },
      ],
      generationConfig: { responseMimeType: 'text/x.enum', responseSchema: { type: 'STRING', enum: ['a', 'b'] } },
    },
  },
];

test.each(same)('decoded and encoded again, the body is the same: $name', ({ target, body }) => {
  const losses: string[] = [];
  const request = decodeRequest(structuredClone(body), { pathModel: 'm' });
  const encoded = encodeRequest(request, target ?? flash, (rule) => losses.push(rule));
  expect(encoded.body).toEqual(body);
  expect(losses).toEqual([]);
  const again = encodeRequest(request, target ?? flash, () => undefined);
  expect(JSON.stringify(again.body)).toBe(JSON.stringify(encoded.body));
});

const contents: { name: string; target?: TargetProfile; turns: Turn[]; want: Json; rules?: string[] }[] = [
  {
    name: 'two user turns in a row become one content',
    turns: [user('a'), user('b')],
    want: [{ role: 'user', parts: [{ text: 'a' }, { text: 'b' }] }],
  },
  {
    name: 'no turn at all becomes the smallest user turn',
    turns: [],
    want: [{ role: 'user', parts: [{ text: '.' }] }],
  },
  {
    name: 'empty assistant texts leave nothing behind',
    turns: [user('a'), assistant({ type: 'text', text: '' }), user('b')],
    want: [{ role: 'user', parts: [{ text: 'a' }, { text: 'b' }] }],
  },
  {
    name: 'a late system message is a marked user text at its place',
    turns: [
      user('a'),
      assistant({ type: 'text', text: 'b' }),
      { role: 'system', parts: [{ type: 'text', text: 'now brief' }] },
    ],
    want: [
      { role: 'user', parts: [{ text: 'a' }] },
      { role: 'model', parts: [{ text: 'b' }] },
      { role: 'user', parts: [{ text: '<system>\nnow brief\n</system>' }] },
    ],
    rules: ['gemini.late-system'],
  },
  {
    name: 'results stand right behind their calls, in the order of the calls, also when they come late and mixed',
    turns: [
      user('q'),
      assistant(call('a'), call('b', 'g')),
      user('wait'),
      { role: 'user', parts: [result('b', 'two'), result('a', 'one')] },
    ],
    want: [
      { role: 'user', parts: [{ text: 'q' }] },
      {
        role: 'model',
        parts: [{ functionCall: { id: 'a', name: 'f', args: {} } }, { functionCall: { id: 'b', name: 'g', args: {} } }],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'a', name: 'f', response: { output: 'one' } } },
          { functionResponse: { id: 'b', name: 'g', response: { output: 'two' } } },
          { text: 'wait' },
        ],
      },
    ],
  },
  {
    name: 'calls of neighbouring assistant turns come before the results of either',
    turns: [
      user('q'),
      assistant(call('a')),
      assistant(call('b')),
      { role: 'user', parts: [result('a', '1')] },
      { role: 'user', parts: [result('b', '2')] },
    ],
    want: [
      { role: 'user', parts: [{ text: 'q' }] },
      {
        role: 'model',
        parts: [{ functionCall: { id: 'a', name: 'f', args: {} } }, { functionCall: { id: 'b', name: 'f', args: {} } }],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'a', name: 'f', response: { output: '1' } } },
          { functionResponse: { id: 'b', name: 'f', response: { output: '2' } } },
        ],
      },
    ],
  },
  {
    name: 'a missing result becomes an error result',
    turns: [user('q'), assistant(call('a')), user('go on')],
    want: [
      { role: 'user', parts: [{ text: 'q' }] },
      { role: 'model', parts: [{ functionCall: { id: 'a', name: 'f', args: {} } }] },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'a', name: 'f', response: { error: 'no result was recorded for this call' } } },
          { text: 'go on' },
        ],
      },
    ],
    rules: ['gemini.result-missing'],
  },
  {
    name: 'ids that are used again in a later turn answer their own turn',
    turns: [
      user('q'),
      assistant(call('x')),
      { role: 'user', parts: [result('x', '1')] },
      assistant(call('x')),
      { role: 'user', parts: [result('x', '2')] },
    ],
    want: [
      { role: 'user', parts: [{ text: 'q' }] },
      { role: 'model', parts: [{ functionCall: { id: 'x', name: 'f', args: {} } }] },
      { role: 'user', parts: [{ functionResponse: { id: 'x', name: 'f', response: { output: '1' } } }] },
      { role: 'model', parts: [{ functionCall: { id: 'x', name: 'f', args: {} } }] },
      { role: 'user', parts: [{ functionResponse: { id: 'x', name: 'f', response: { output: '2' } } }] },
    ],
  },
  {
    name: 'an empty result is an empty output, an error with JSON stays an object',
    turns: [
      user('q'),
      assistant(call('a'), call('b')),
      {
        role: 'user',
        parts: [{ type: 'result', id: 'a', parts: [], isError: false }, result('b', '{"code":5}', true)],
      },
    ],
    want: [
      { role: 'user', parts: [{ text: 'q' }] },
      {
        role: 'model',
        parts: [{ functionCall: { id: 'a', name: 'f', args: {} } }, { functionCall: { id: 'b', name: 'f', args: {} } }],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'a', name: 'f', response: { output: '' } } },
          { functionResponse: { id: 'b', name: 'f', response: { error: { code: 5 } } } },
        ],
      },
    ],
  },
  {
    name: 'an image of a result follows it, where the model takes none inside',
    turns: [
      user('q'),
      assistant(call('a')),
      {
        role: 'user',
        parts: [
          {
            type: 'result',
            id: 'a',
            isError: false,
            parts: [{ type: 'media', kind: 'image', mime: 'image/png', source: { type: 'data', data: 'AAAA' } }],
          },
        ],
      },
    ],
    want: [
      { role: 'user', parts: [{ text: 'q' }] },
      { role: 'model', parts: [{ functionCall: { id: 'a', name: 'f', args: {} } }] },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'a', name: 'f', response: { output: '' } } },
          { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
        ],
      },
    ],
  },
  {
    name: 'half-written arguments and free text of custom tools become an object',
    turns: [
      user('q'),
      assistant(call('a', 'f', '{"x":'), { type: 'call', id: 'b', name: 'g', argsText: 'ls -l', custom: true }),
      { role: 'user', parts: [result('a', ''), result('b', '')] },
    ],
    want: [
      { role: 'user', parts: [{ text: 'q' }] },
      {
        role: 'model',
        parts: [
          { functionCall: { id: 'a', name: 'f', args: { input: '{"x":' } } },
          { functionCall: { id: 'b', name: 'g', args: { input: 'ls -l' } } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'a', name: 'f', response: { output: '' } } },
          { functionResponse: { id: 'b', name: 'g', response: { output: '' } } },
        ],
      },
    ],
    rules: ['gemini.args-not-object'],
  },
  {
    name: 'the stand-in goes on the first call of each step of the current turn only, and an older turn gets none',
    target: three,
    turns: [
      user('old'),
      assistant(call('o')),
      { role: 'user', parts: [result('o', '')] },
      assistant({ type: 'text', text: 'ok' }),
      user('new'),
      assistant(call('a'), call('b')),
      { role: 'user', parts: [result('a', ''), result('b', '')] },
      assistant(call('c')),
      { role: 'user', parts: [result('c', '')] },
    ],
    want: [
      { role: 'user', parts: [{ text: 'old' }] },
      { role: 'model', parts: [{ functionCall: { id: 'o', name: 'f', args: {} } }] },
      { role: 'user', parts: [{ functionResponse: { id: 'o', name: 'f', response: { output: '' } } }] },
      { role: 'model', parts: [{ text: 'ok' }] },
      { role: 'user', parts: [{ text: 'new' }] },
      {
        role: 'model',
        parts: [
          { functionCall: { id: 'a', name: 'f', args: {} }, thoughtSignature: SIGNATURE_STAND_IN },
          { functionCall: { id: 'b', name: 'f', args: {} } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'a', name: 'f', response: { output: '' } } },
          { functionResponse: { id: 'b', name: 'f', response: { output: '' } } },
        ],
      },
      {
        role: 'model',
        parts: [{ functionCall: { id: 'c', name: 'f', args: {} }, thoughtSignature: SIGNATURE_STAND_IN }],
      },
      { role: 'user', parts: [{ functionResponse: { id: 'c', name: 'f', response: { output: '' } } }] },
    ],
  },
  {
    name: 'a proof from an envelope goes on the part behind its thought, a foreign thought is dropped whole',
    target: three,
    turns: [
      user('q'),
      assistant(
        { type: 'reasoning', text: 'mine', proof: { format: 'anthropic-messages', data: 'sig' } },
        { type: 'reasoning', text: 'hm', proof: { format: 'gemini', family: 'gemini-3-flash', data: 'c2ln' } },
        call('a'),
      ),
      { role: 'user', parts: [result('a', '')] },
      assistant(
        { type: 'text', text: 'ok' },
        { type: 'reasoning', text: '', proof: { format: 'gemini', family: 'gemini-3-flash', data: 'ZW5k' } },
      ),
    ],
    want: [
      { role: 'user', parts: [{ text: 'q' }] },
      {
        role: 'model',
        parts: [
          { text: 'hm', thought: true },
          { functionCall: { id: 'a', name: 'f', args: {} }, thoughtSignature: 'c2ln' },
        ],
      },
      { role: 'user', parts: [{ functionResponse: { id: 'a', name: 'f', response: { output: '' } } }] },
      { role: 'model', parts: [{ text: 'ok' }, { text: '', thoughtSignature: 'ZW5k' }] },
    ],
    rules: ['gemini.reasoning-foreign'],
  },
  {
    name: 'a proof of another model family, and thinking without a proof, are dropped',
    turns: [
      user('q'),
      assistant(
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: 'a', proof: { format: 'gemini', family: 'gemini-3-pro', data: 'c2ln' } },
      ),
    ],
    want: [
      { role: 'user', parts: [{ text: 'q' }] },
      { role: 'model', parts: [{ text: 'a' }] },
    ],
    rules: ['gemini.reasoning-unsigned', 'gemini.proof-foreign'],
  },
  {
    name: 'media goes as bytes or address, its type guessed from the address; an opaque part of another API is dropped',
    turns: [
      {
        role: 'user',
        parts: [
          { type: 'media', kind: 'image', source: { type: 'url', url: 'https://x.example/a.png?x=1' } },
          {
            type: 'media',
            kind: 'document',
            source: { type: 'url', url: 'data:application/pdf;base64,AAAA' },
            name: 'a.pdf',
          },
          { type: 'media', kind: 'document', mime: 'text/plain', source: { type: 'text', text: 'abc' } },
          { type: 'opaque', format: 'openai-chat', raw: {} },
        ],
      },
    ],
    want: [
      {
        role: 'user',
        parts: [
          { fileData: { mimeType: 'image/png', fileUri: 'https://x.example/a.png?x=1' } },
          { inlineData: { mimeType: 'application/pdf', data: 'AAAA' } },
          { inlineData: { mimeType: 'text/plain', data: 'YWJj' } },
        ],
      },
    ],
    rules: ['gemini.file-name', 'gemini.part-opaque'],
  },
];

test.each(contents)('$name', ({ target, turns, want, rules }) => {
  const encoded = encode({ turns }, target);
  expect<Json | undefined>(encoded.body['contents']).toEqual(want);
  expect(encoded.rules).toEqual(rules ?? []);
});

const f = { kind: 'function', name: 'f', schema: { type: 'object', properties: { a: { type: 'string' } } } } as const;
const fields: {
  name: string;
  target?: TargetProfile;
  change: Partial<UnifiedChatRequest>;
  want: JsonObject;
  rules?: string[];
}[] = [
  {
    name: 'tools go out as real JSON Schema, one without parameters without any',
    change: {
      tools: [
        f,
        { kind: 'function', name: 'g', schema: { type: 'object', properties: {} } },
        { kind: 'custom', name: 'h' },
      ],
    },
    want: {
      tools: [
        {
          functionDeclarations: [
            { name: 'f', parametersJsonSchema: f.schema },
            { name: 'g' },
            {
              name: 'h',
              parametersJsonSchema: { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] },
            },
          ],
        },
      ],
    },
  },
  {
    name: 'an older server gets the OpenAPI subset',
    target: { ...flash, quirks: { openApiSchema: true } },
    change: {
      tools: [{ ...f, schema: { type: 'object', properties: { a: { const: 'x' } }, additionalProperties: false } }],
      output: { type: 'json-schema', schema: { type: 'object', properties: { a: { type: ['string', 'null'] } } } },
    },
    want: {
      tools: [
        {
          functionDeclarations: [
            {
              name: 'f',
              parameters: { type: 'OBJECT', properties: { a: { type: 'STRING', enum: ['x'], format: 'enum' } } },
            },
          ],
        },
      ],
      generationConfig: {
        responseMimeType: 'application/json',
        responseSchema: { type: 'OBJECT', properties: { a: { type: 'STRING', nullable: true } } },
      },
    },
    rules: ['gemini.schema-keyword'],
  },
  {
    name: 'a choice without tools is left out',
    change: { toolChoice: { mode: 'required' } },
    want: {},
  },
  {
    name: 'strict tools are validated',
    change: { tools: [{ ...f, strict: true }] },
    want: {
      tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: f.schema }] }],
      toolConfig: { functionCallingConfig: { mode: 'VALIDATED' } },
    },
  },
  {
    name: 'a choice of some tools names them',
    change: { tools: [f], toolChoice: { mode: 'allowed', names: ['f'], required: false } },
    want: {
      tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: f.schema }] }],
      toolConfig: { functionCallingConfig: { mode: 'VALIDATED', allowedFunctionNames: ['f'] } },
    },
  },
  {
    name: 'web search is mapped, but not beside functions; unknown tools of a provider are dropped',
    change: {
      tools: [
        f,
        { kind: 'hosted', hosted: 'web-search', format: 'openai-responses', raw: { type: 'web_search' } },
        { kind: 'hosted', hosted: 'other', format: 'anthropic-messages', raw: { type: 'computer_20250124' } },
      ],
    },
    want: { tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: f.schema }] }] },
    rules: ['gemini.hosted-tool', 'gemini.hosted-tool'],
  },
  {
    name: 'web search alone is Google search',
    change: {
      tools: [{ kind: 'hosted', hosted: 'web-search', format: 'openai-responses', raw: { type: 'web_search' } }],
    },
    want: { tools: [{ googleSearch: {} }] },
  },
  {
    name: 'five stop sequences stay, a sixth and a blank one do not',
    change: { stop: ['1', '', '2', '3', '4', '5', '6'] },
    want: { generationConfig: { stopSequences: ['1', '2', '3', '4', '5'] } },
    rules: ['gemini.stop-blank', 'gemini.stop-over-limit'],
  },
  {
    name: 'a model without sampling gets none, limits are those of the model',
    target: { ...flash, sampling: false, maxOutputTokens: 10 },
    change: { sampling: { temperature: 1, topK: 2, seed: 3 }, maxOutputTokens: 11 },
    want: { generationConfig: { seed: 3, maxOutputTokens: 10 } },
    rules: ['gemini.sampling', 'gemini.sampling', 'gemini.max-output'],
  },
  {
    name: 'effort is a budget where the model thinks in tokens',
    change: { reasoning: { mode: 'on', effort: 'medium' } },
    want: { generationConfig: { thinkingConfig: { thinkingBudget: 8192 } } },
  },
  {
    name: 'off is a budget of nothing',
    change: { reasoning: { mode: 'off' } },
    want: { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } },
  },
  {
    name: 'a model that cannot stop thinking gets its smallest budget',
    target: { ...flash, family: 'gemini-2.5-pro' },
    change: { reasoning: { mode: 'off' } },
    want: { generationConfig: { thinkingConfig: { thinkingBudget: 128 } } },
    rules: ['gemini.thinking-off'],
  },
  {
    name: 'a budget is a level where the model thinks in levels, never both',
    target: three,
    change: { reasoning: { mode: 'on', budgetTokens: 9000, visible: true } },
    want: { generationConfig: { thinkingConfig: { includeThoughts: true, thinkingLevel: 'HIGH' } } },
  },
  {
    name: 'a level that the model lacks becomes the nearest',
    target: { ...three, family: 'gemini-3-pro' },
    change: { reasoning: { mode: 'on', effort: 'medium' } },
    want: { generationConfig: { thinkingConfig: { thinkingLevel: 'HIGH' } } },
    rules: ['gemini.thinking-level'],
  },
  {
    name: 'a Chat client always sees thoughts',
    change: { ext: { format: 'openai-chat', fields: { stream_options: { include_usage: true }, prediction: {} } } },
    want: { generationConfig: { thinkingConfig: { includeThoughts: true } } },
    rules: ['gemini.field-foreign'],
  },
  {
    name: 'what Gemini has no word for is noted',
    change: {
      parallelTools: false,
      verbosity: 'low',
      cacheKey: 'k',
      userId: 'u',
      tier: 'scale',
      system: [{ role: 'system', text: 's', cache: { ttl: '5m' } }],
      sampling: { temperature: 3, logitBias: { '1': 2 } },
    },
    want: { systemInstruction: { parts: [{ text: 's' }] }, generationConfig: { temperature: 2 } },
    rules: [
      'gemini.parallel-tools',
      'gemini.verbosity',
      'gemini.cache-key',
      'gemini.user-id',
      'gemini.cache-mark',
      'gemini.logit-bias',
      'gemini.temperature',
      'gemini.tier',
    ],
  },
  {
    name: 'fields that a provider refuses are left out',
    target: { ...flash, quirks: { dropFields: ['safetySettings'] } },
    change: { ext: { format: 'gemini', fields: { safetySettings: [], labels: {} } } },
    want: { labels: {} },
    rules: ['gemini.field-refused'],
  },
];

test.each(fields)('$name', ({ target, change, want, rules }) => {
  const encoded = encode(change, target);
  const { contents: _, ...rest } = encoded.body;
  expect(rest).toEqual(want);
  expect(encoded.rules).toEqual(rules ?? []);
});

test('a tool name that does not fit is changed everywhere, and the table leads back', () => {
  const long = `mcp__${'x'.repeat(140)}`;
  const { body, toolNames } = encode({
    tools: [{ kind: 'function', name: long }],
    toolChoice: { mode: 'named', name: long },
    turns: [user('q'), assistant(call('a', long)), { role: 'user', parts: [result('a', 'r')] }],
  });
  const [[wire, original] = ['', '']] = [...(toolNames ?? [])];
  expect(original).toBe(long);
  expect(wire.length).toBeLessThanOrEqual(128);
  expect(JSON.stringify(body).split(`"${wire}"`).length - 1).toBe(4);
  expect(JSON.stringify(body)).not.toContain(long);
});

const impossible: { name: string; change: Partial<UnifiedChatRequest>; field: string }[] = [
  { name: 'several answers', change: { sampling: { candidates: 2 } }, field: 'n' },
  {
    name: 'a conversation stored at OpenAI',
    change: { ext: { format: 'openai-responses', fields: { previous_response_id: 'resp_1' } } },
    field: 'previous_response_id',
  },
  {
    name: 'spoken answers',
    change: { ext: { format: 'openai-chat', fields: { modalities: ['text', 'audio'] } } },
    field: 'modalities',
  },
  {
    name: 'a forced tool of another provider',
    change: {
      tools: [{ kind: 'hosted', hosted: 'other', format: 'anthropic-messages', raw: { type: 'bash' } }],
      toolChoice: { mode: 'named', name: 'bash' },
    },
    field: 'tool_choice',
  },
  {
    name: 'a file that lies at another API',
    change: {
      turns: [
        {
          role: 'user',
          parts: [{ type: 'media', kind: 'document', source: { type: 'file', id: 'file-1', format: 'openai-chat' } }],
        },
      ],
    },
    field: 'turns[0].parts[0]',
  },
];

describe('refused, because it cannot be said', () => {
  test.each(impossible)('$name', ({ change, field }) => {
    try {
      encode(change);
      expect.unreachable();
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'request_unsupported', field });
    }
  });
});
