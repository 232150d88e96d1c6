import { describe, expect, test } from 'bun:test';
import type { JsonObject } from '../types/json.ts';
import { serve } from './server.ts';
import { createStats } from './stats.ts';

const world = { stats: createStats(), nowMs: () => 0, stopped: new AbortController().signal };
const SCHEMA = { type: 'object', properties: { a: { type: 'string' } } };
const user = { role: 'user', content: 'hi' };
const NAMES = ['first', 'second'];

interface Door {
  readonly name: string;
  readonly path: string;
  readonly body: JsonObject;
  readonly choices: { readonly none: JsonObject; readonly second: JsonObject; readonly single?: JsonObject };
}

const DOORS: Door[] = [
  {
    name: 'Chat',
    path: '/v1/chat/completions',
    body: {
      messages: [user],
      tools: NAMES.map((name) => ({ type: 'function', function: { name, parameters: SCHEMA } })),
    },
    choices: {
      none: { tool_choice: 'none' },
      second: { tool_choice: { type: 'function', function: { name: 'second' } } },
      single: { parallel_tool_calls: false },
    },
  },
  {
    name: 'Responses',
    path: '/v1/responses',
    body: { input: 'hi', tools: NAMES.map((name) => ({ type: 'function', name, parameters: SCHEMA, strict: false })) },
    choices: {
      none: { tool_choice: 'none' },
      second: { tool_choice: { type: 'function', name: 'second' } },
      single: { parallel_tool_calls: false },
    },
  },
  {
    name: 'Messages',
    path: '/v1/messages',
    body: { max_tokens: 64, messages: [user], tools: NAMES.map((name) => ({ name, input_schema: SCHEMA })) },
    choices: {
      none: { tool_choice: { type: 'none' } },
      second: { tool_choice: { type: 'tool', name: 'second' } },
      single: { tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
    },
  },
  {
    name: 'Gemini',
    path: '/v1beta/models/MODEL:generateContent',
    body: {
      contents: [{ parts: [{ text: 'hi' }] }],
      tools: [{ functionDeclarations: NAMES.map((name) => ({ name, parametersJsonSchema: SCHEMA })) }],
    },
    choices: {
      none: { toolConfig: { functionCallingConfig: { mode: 'NONE' } } },
      second: { toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['second'] } } },
    },
  },
];

/** Names of the tools that were called, in order. */
async function called({ path, body }: Door, model: string, choice: JsonObject = {}): Promise<string[]> {
  const whole = { ...(path.includes('MODEL') ? {} : { model }), ...body, ...choice };
  const headers = { 'anthropic-version': '2023-06-01' };
  const address = `http://simulator.test${path.replace('MODEL', model)}`;
  const response = await serve(new Request(address, { method: 'POST', headers, body: JSON.stringify(whole) }), world);
  const { tools: _, ...answer } = (await response.json()) as JsonObject;
  return [...JSON.stringify(answer).matchAll(/"name":"(\w+)"/g)].map(([, name]) => name ?? '');
}

describe.each(DOORS)('the choice of a tool in $name', (door) => {
  test('left open, the first declared tool is called', async () => {
    expect(await called(door, 'tool')).toEqual(['first']);
  });

  test('three calls take the declared tools in turn', async () => {
    expect(await called(door, 'tools3')).toEqual(['first', 'second', 'first']);
  });

  test('set to none, nothing is called', async () => {
    expect(await called(door, 'tool', door.choices.none)).toEqual([]);
  });

  test('a named tool is called, even by a plain model', async () => {
    expect(await called(door, 'tool', door.choices.second)).toEqual(['second']);
    expect(await called(door, 'plain', door.choices.second)).toEqual(['second']);
  });

  if (door.choices.single === undefined) return;
  test('without parallel calls there is one', async () => {
    expect(await called(door, 'tools3', door.choices.single)).toEqual(['first']);
  });
});
