import { expect, test } from 'bun:test';
import { FORMATS } from '../../transformers/index.ts';
import type { FormatId } from '../../types/format-id.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import { losslessStream } from './lossless-stream.ts';
import type { Call } from './ports.ts';

const event = (fields: object, name?: string): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(fields)}\n\n`;

const usage = { input_tokens: 3, output_tokens: 5 };
const counts = { promptTokenCount: 3, totalTokenCount: 8 };
const chars = (count: number): string => 'x'.repeat(count);
const completed = (size: number): object => {
  const output = [{ type: 'message', content: [{ type: 'output_text', text: chars(size) }] }];
  return { type: 'response.completed', response: { id: 'r', status: 'completed', output, usage } };
};
const created = event({ type: 'response.created', response: { id: 'r', usage: null } }, 'response.created');
const said = event({ type: 'response.output_text.delta', delta: 'Hi' }, 'response.output_text.delta').repeat(500);

const rows: { name: string; format: FormatId; wire: string; reason: string | undefined; failure?: string }[] = [
  {
    name: 'a Responses stream whose last event repeats a long answer has ended',
    format: 'openai-responses',
    wire: created + said + event(completed(200_000), 'response.completed'),
    reason: 'stop',
  },
  {
    name: 'a last event beyond every limit still shows that the stream has ended',
    format: 'openai-responses',
    wire: created + said + event(completed(3_000_000), 'response.completed'),
    reason: undefined,
  },
  {
    name: 'a Responses stream without its last event is cut',
    format: 'openai-responses',
    wire: created + said,
    reason: undefined,
    failure: 'upstream_truncated',
  },
  {
    name: 'a Gemini stream whose last event holds long sources has ended',
    format: 'gemini',
    wire:
      event({ candidates: [{ content: { parts: [{ text: 'Hi' }] } }] }).repeat(500) +
      event({
        candidates: [{ finishReason: 'STOP', groundingMetadata: { webSearchQueries: [chars(50_000)] } }],
        usageMetadata: counts,
      }),
    reason: 'stop',
  },
  {
    name: 'a Gemini stream without a finish is cut',
    format: 'gemini',
    wire: event({ candidates: [{ content: { parts: [{ text: 'Hi' }] } }], usageMetadata: counts }).repeat(500),
    reason: undefined,
    failure: 'upstream_truncated',
  },
];

/** The lane of one format, and the track that it writes to. */
function open(id: FormatId) {
  const format = FORMATS.find((one) => one.id === id);
  if (format === undefined) throw new Error(`no format ${id}`);
  const track = { usage: {} as object, stopReason: undefined };
  const profile: TargetProfile = {
    format: id,
    providerId: 'p',
    model: 'm',
    family: 'f',
    thinking: 'effort',
    sampling: true,
    lateSystem: true,
    quirks: {},
  };
  const lane = losslessStream({ format, track, requestId: 'req_1' } as unknown as Call, { target: profile });
  return { lane, track };
}

test.each(rows)('$name', (row) => {
  const { lane, track } = open(row.format);
  const bytes = Buffer.from(row.wire);
  for (let at = 0; at < bytes.length; at += 3000) lane.take(bytes.subarray(at, at + 3000));
  lane.end();
  expect(lane.failure?.code as string | undefined).toBe(row.failure);
  expect(track.stopReason as string | undefined).toBe(row.reason);
  if (row.failure === undefined) expect(track.usage).toEqual({ inputTokens: 3, outputTokens: 5 });
});

const done = event(completed(10), 'response.completed');
const lastEnds: { name: string; wire: string; added: string | undefined }[] = [
  {
    name: 'a last event without its blank line gets one, for SDKs drop it otherwise',
    wire: done.slice(0, -1),
    added: '\n\n',
  },
  { name: 'so it does with CRLF', wire: `${done.slice(0, -2)}\r\n`, added: '\n\n' },
  { name: 'a stream that ends as it should is left alone', wire: done, added: undefined },
];
test.each(lastEnds)('$name', ({ wire, added }) => {
  const { lane } = open('openai-responses');
  lane.take(Buffer.from(created + wire));
  const last = lane.end();
  expect(last === undefined ? undefined : Buffer.from(last).toString()).toBe(added);
});
