import { expect, test } from 'bun:test';
import type { SeenRequest } from '../../packages/backend/src/simulator/index.ts';
import type { FormatId } from '../../packages/backend/src/types/format-id.ts';
import { evidenceOf } from './evidence.ts';

const seen = (path: string, body: object): SeenRequest => ({
  method: 'POST',
  path,
  headers: {},
  body: JSON.stringify(body),
  bodyTruncated: false,
});

/** In each format one call with its result, and one result whose call is missing. */
const cases: { name: FormatId; path: string; body: object }[] = [
  {
    name: 'openai-chat',
    path: '/v1/chat/completions',
    body: {
      messages: [
        { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] },
        { role: 'tool', tool_call_id: 'a', content: 'seen' },
        { role: 'tool', tool_call_id: 'b', content: 'stray' },
      ],
    },
  },
  {
    name: 'openai-responses',
    path: '/v1/responses',
    body: {
      input: [
        { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: 'a', output: 'seen' },
        { type: 'function_call_output', call_id: 'b', output: 'stray' },
      ],
    },
  },
  {
    name: 'anthropic-messages',
    path: '/v1/messages',
    body: {
      messages: [
        { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'seen' }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'b', content: 'stray' }] },
      ],
    },
  },
  {
    name: 'gemini',
    path: '/v1beta/models/agent:streamGenerateContent?alt=sse',
    body: {
      contents: [
        { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'f', response: { output: 'seen' } } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'g', response: { output: 'stray' } } }] },
      ],
    },
  },
];

test.each(cases)('in $name a result counts where its call stands before it', ({ name, path, body }) => {
  const { requests, results } = evidenceOf([seen(path, body)], name);
  expect(requests).toBe(1);
  expect(results).toEqual([expect.stringContaining('seen')]);
});

test.each(cases)('requests of $name prove nothing about another format', ({ name, path, body }) => {
  const others = cases.filter((one) => one.name !== name);
  for (const other of others) expect(evidenceOf([seen(path, body)], other.name).requests).toBe(0);
});
