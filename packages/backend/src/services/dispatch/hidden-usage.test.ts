import { expect, test } from 'bun:test';
import { openaiChat } from '../../transformers/openai-chat/index.ts';
import { losslessStream } from './lossless-stream.ts';
import type { Call } from './ports.ts';

const event = (fields: object, end: string): string => `data: ${JSON.stringify(fields)}${end}${end}`;
const chunk = (delta: object, finish: string | null = null) => ({
  id: 'c',
  choices: [{ delta, finish_reason: finish }],
});
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

/** A stream with the usage event that only the gateway asked for, and what the client must see of it. */
function wires(end: string) {
  const seen = [
    event(chunk({ role: 'assistant', content: '' }), end),
    // Words of the model that look like the event to hide.
    event(chunk({ content: '"choices":[],"usage":{' }), end),
    event(chunk({ content: ' grüße 👍' }), end),
    event(chunk({}, 'stop'), end),
  ].join('');
  const done = `data: [DONE]${end}${end}`;
  return { whole: seen + event({ id: 'c', choices: [], usage }, end) + done, wanted: seen + done };
}

function relay(pieces: readonly Uint8Array[]) {
  const track: { usage: object; stopReason: string | undefined } = { usage: {}, stopReason: undefined };
  const call = { format: openaiChat, track, requestId: 'req_1' } as unknown as Call;
  const target = {
    format: 'openai-chat',
    providerId: 'p',
    model: 'm',
    family: 'm',
    thinking: 'none',
    sampling: true,
    lateSystem: true,
    quirks: {},
  } as const;
  const lane = losslessStream(call, { target }, openaiChat.tap.askUsage?.hide);
  const out = [...pieces.map((piece) => lane.take(piece)), lane.end()];
  const text = Buffer.concat(out.flatMap((bytes) => (bytes === undefined ? [] : [bytes]))).toString('utf8');
  return { text, track, failure: lane.failure };
}

test.each([
  { name: 'LF', end: '\n' },
  { name: 'CRLF', end: '\r\n' },
])('a usage event that the client did not ask for is kept from it and counted, cut at any byte, $name', ({ end }) => {
  const { whole, wanted } = wires(end);
  const bytes = Buffer.from(whole);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const { text, track, failure } = relay([bytes.subarray(0, cut), bytes.subarray(cut)]);
    if (text !== wanted) expect({ cut, text }).toEqual({ cut, text: wanted });
    if (failure !== undefined) throw failure;
    expect(track).toMatchObject({ usage: { inputTokens: 3, outputTokens: 2 }, stopReason: 'stop' });
  }
});

test.each([1, 2, 3, 7, 64])('so it is in pieces of %i bytes', (size) => {
  const { whole, wanted } = wires('\n');
  const bytes = Buffer.from(whole);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  expect(relay(pieces).text).toBe(wanted);
});
