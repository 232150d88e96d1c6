import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Json, JsonObject } from '../types/json.ts';
import { serve } from './server.ts';
import { createStats } from './stats.ts';

const tool = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };

/** Rich, valid bodies: damage reaches every rule from here. */
const GOOD: { path: string; body: JsonObject }[] = [
  {
    path: '/v1/chat/completions',
    body: {
      model: 'thinking',
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'x' }] },
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
            { type: 'text', text: 'x' },
          ],
        },
        {
          role: 'assistant',
          content: null,
          reasoning_content: 'x',
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'look', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'c', content: [{ type: 'text', text: 'x' }] },
      ],
      tools: [{ type: 'function', function: { name: 'look', parameters: tool, strict: true } }],
      tool_choice: { type: 'function', function: { name: 'look' } },
      response_format: { type: 'json_schema', json_schema: { name: 'r', schema: tool, strict: true } },
      stop: ['x'],
      stream: true,
      stream_options: { include_usage: true },
    },
  },
  {
    path: '/v1/responses',
    body: {
      model: 'thinking',
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'x' },
            { type: 'input_image', image_url: 'https://x.test/a.png' },
          ],
        },
        { type: 'reasoning', id: `rs_${'a'.repeat(47)}`, summary: [{ type: 'summary_text', text: 'x' }] },
        { type: 'function_call', call_id: 'c', name: 'look', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'x' }] },
      ],
      tools: [{ type: 'function', name: 'look', parameters: tool, strict: true }],
      tool_choice: { type: 'function', name: 'look' },
      text: { format: { type: 'json_schema', name: 'r', schema: tool, strict: true } },
      reasoning: { effort: 'low', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
      stream: true,
    },
  },
  {
    path: '/v1/messages',
    body: {
      model: 'thinking',
      max_tokens: 4096,
      system: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
            { type: 'text', text: 'x' },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'x' },
            { type: 'tool_use', id: 'c', name: 'look', input: {} },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c', content: [{ type: 'text', text: 'x' }] }] },
      ],
      tools: [{ name: 'look', input_schema: tool }],
      tool_choice: { type: 'auto' },
      thinking: { type: 'adaptive' },
      output_config: { format: { type: 'json_schema', schema: tool } },
      stream: true,
    },
  },
  {
    path: '/v1beta/models/thinking:streamGenerateContent?alt=sse',
    body: {
      contents: [
        { role: 'user', parts: [{ text: 'x' }, { inlineData: { mimeType: 'image/png', data: 'AAAA' } }] },
        {
          role: 'model',
          parts: [{ functionCall: { name: 'look', args: {} }, thoughtSignature: 'skip_thought_signature_validator' }],
        },
        { role: 'user', parts: [{ functionResponse: { name: 'look', response: { output: 'x' } } }] },
      ],
      systemInstruction: { parts: [{ text: 'x' }] },
      tools: [
        {
          functionDeclarations: [
            { name: 'look', parameters: { type: 'OBJECT', properties: { a: { type: 'STRING' } } } },
          ],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['look'] } },
      generationConfig: {
        responseMimeType: 'application/json',
        responseSchema: { type: 'STRING' },
        thinkingConfig: { thinkingLevel: 'LOW' },
      },
    },
  },
];

const ODD: Json[] = [
  null,
  true,
  0,
  -1,
  1.5,
  '',
  ' ',
  'x',
  [],
  {},
  [null],
  [[]],
  [{}],
  { type: 'x' },
  [1, 'x'],
  'data:,',
  // An object that cannot be made a text.
  { toString: 1, valueOf: null, hasOwnProperty: 2 },
];

function pathsOf(value: Json | undefined, prefix: readonly string[] = []): string[][] {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [[...prefix], ...entries.flatMap(([key, part]) => pathsOf(part, [...prefix, key]))];
}

function replaced(value: Json | undefined, [key, ...rest]: readonly string[], odd: Json): Json {
  if (key === undefined) return odd;
  const copy: Json = Array.isArray(value) ? [...value] : { ...(value as JsonObject) };
  (copy as JsonObject)[key] = replaced((copy as JsonObject)[key], rest, odd);
  return copy;
}

const world = { stats: createStats(), nowMs: () => 0, stopped: new AbortController().signal };

async function visit(path: string, body: Json): Promise<{ status: number; text: string }> {
  const headers = { 'anthropic-version': '2023-06-01' };
  const request = new Request(`http://simulator.test${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const response = await serve(request, world);
  return { status: response.status, text: await response.text() };
}

test.each(GOOD)('the undamaged body is answered at $path', async ({ path, body }) => {
  const { status, text } = await visit(path, body);
  expect(text).not.toContain('"error":{');
  expect(status).toBe(200);
});

test.each(GOOD)('no damage to a body makes $path fail: it answers or refuses', async ({ path, body }) => {
  const paths = pathsOf(body);
  const damage = fc.tuple(fc.constantFrom(...paths), fc.constantFrom(...ODD));
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 2 }), async (damages) => {
      let damaged: Json = body;
      for (const [at, odd] of damages)
        damaged = typeof damaged === 'object' && damaged !== null ? replaced(damaged, at, odd) : damaged;
      expect((await visit(path, damaged)).status).toBeLessThan(500);
    }),
    { numRuns: 400 },
  );
});
