import { expect, test } from 'bun:test';
import { openaiChat } from './index.ts';
import { chunksOf, encodeStreamText } from './test-kit.ts';

const { tap } = openaiChat;
const usageEvent = encodeStreamText(
  [
    { type: 'message-start' },
    { type: 'usage-update', usage: { inputTokens: 1, outputTokens: 2 } },
    { type: 'message-end', reason: 'stop' },
  ],
  { wantUsage: true },
);

const events: { name: string; data: string; marked: boolean }[] = [
  { name: 'a text delta', data: '{"choices":[{"delta":{"content":"Hi"},"finish_reason":null}]}', marked: false },
  { name: 'usage of null', data: '{"choices":[],"usage":null}', marked: false },
  { name: 'usage', data: '{"choices":[],"usage":{"prompt_tokens":1}}', marked: true },
  { name: 'usage as Python prints it', data: '{"choices": [], "usage": {"prompt_tokens": 1}}', marked: true },
  { name: 'the finish', data: '{"choices":[{"delta":{},"finish_reason":"stop"}]}', marked: true },
  { name: 'the end', data: '[DONE]', marked: true },
  { name: 'an error', data: '{"error":{"message":"x"}}', marked: true },
  { name: 'text that quotes the finish', data: '{"content":"\\"finish_reason\\":\\"stop\\""}', marked: false },
];

test.each(events)('the tap sees $name: $marked', ({ data, marked }) => {
  expect(tap.marks.some((mark) => data.includes(mark))).toBe(marked);
});

test('the chunk that the tap asked for is hidden, and no other', () => {
  const hide = tap.askUsage?.hide ?? [];
  const hidden = chunksOf(usageEvent).filter((chunk) => hide.every((mark) => JSON.stringify(chunk).includes(mark)));
  expect(hidden).toMatchObject([{ choices: [], usage: { prompt_tokens: 1 } }]);
  expect(JSON.parse(`{${tap.askUsage?.insert}}`)).toEqual({ stream_options: { include_usage: true } });
});

test('the path lies below a base address that ends with its version', () => {
  expect(openaiChat.upstreamPath('generate', 'm', true)).toBe('/chat/completions');
});

test('models are listed in OpenAI’s form, or shown alone', () => {
  const model = { name: 'fast', createdAtMs: 1_700_000_000_999 };
  const shown = { id: 'fast', object: 'model', created: 1_700_000_000, owned_by: 'plexus' };
  expect(openaiChat.encodeModels?.([model])).toEqual({ object: 'list', data: [shown] });
  expect(openaiChat.encodeModels?.([model], model)).toEqual(shown);
});
