import { describe, expect, test } from 'bun:test';
import type { Loss } from '../../types/format.ts';
import type { Part, Turn, UnifiedChatRequest } from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { JsonObject } from '../../types/json.ts';
import { encodeRequest } from './encode-request.ts';

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
