import { describe, expect, test } from 'bun:test';
import { gemini } from '../../transformers/gemini/index.ts';
import { openaiChat } from '../../transformers/openai-chat/index.ts';
import type { Format } from '../../types/format.ts';
import { readInPassing } from './tail.ts';

interface Row {
  readonly name: string;
  readonly format: Format;
  readonly reply: object;
  readonly wanted: object | undefined;
}

const chatReply = (more: object = {}) => ({
  choices: [{ message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2 },
  ...more,
});

const rows: readonly Row[] = [
  {
    name: 'Chat',
    format: openaiChat,
    reply: chatReply(),
    wanted: { reason: 'stop', usage: { inputTokens: 3, outputTokens: 2 } },
  },
  {
    name: 'Chat with an error in disguise is left to the decoder',
    format: openaiChat,
    reply: chatReply({ error: { message: 'broke' } }),
    wanted: undefined,
  },
  {
    name: 'Chat whose error is null',
    format: openaiChat,
    reply: chatReply({ error: null }),
    wanted: { usage: { inputTokens: 3, outputTokens: 2 } },
  },
  {
    name: 'Chat whose words speak of an error',
    format: openaiChat,
    reply: {
      choices: [{ message: { role: 'assistant', content: '{"error":{"a":1}}' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 3, completion_tokens: 2 },
    },
    wanted: { usage: { inputTokens: 3, outputTokens: 2 } },
  },
  {
    name: 'Chat without usage leaves it unknown',
    format: openaiChat,
    reply: chatReply({ usage: null }),
    wanted: { usage: {} },
  },
  {
    name: 'an API that names no words for its finish is left to the decoder',
    format: gemini,
    reply: { candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }] },
    wanted: undefined,
  },
];

describe.each([
  { name: 'tight', space: undefined },
  { name: 'indented', space: 2 },
])('usage and stop reason are read in passing from a reply that is written $name:', ({ space }) => {
  test.each(rows as Row[])('$name', ({ format, reply, wanted }) => {
    const reading = readInPassing(Buffer.from(JSON.stringify(reply, undefined, space)), format);
    // A reply that is not understood in passing is decoded, so nothing is lost by it.
    if (reading === undefined && space !== undefined) return;
    if (wanted === undefined) expect(reading).toBeUndefined();
    else expect(reading).toMatchObject(wanted);
  });
});
