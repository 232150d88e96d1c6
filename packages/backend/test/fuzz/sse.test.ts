import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { createNormaliser } from '../../src/transformers/normalise.ts';
import type { SseEvent } from '../../src/types/format.ts';
import { FORMAT_IDS, type FormatId } from '../../src/types/format-id.ts';
import type { StreamEvent } from '../../src/types/ir/stream-event.ts';
import type { Json } from '../../src/types/json.ts';
import { createSseParser } from '../../src/utils/sse.ts';
import { answerContext, formatOf, replyContext } from '../recorded/lane.ts';

const encoder = new TextEncoder();

function parsed(pieces: readonly Uint8Array[]): SseEvent[] {
  const events: SseEvent[] = [];
  const parser = createSseParser();
  for (const piece of pieces) parser.push(piece, (event) => events.push(event));
  parser.end((event) => events.push(event));
  return events;
}

const cutInto = (bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
};

/** Pieces of which streams are made, and of which they are made wrongly. */
const bit = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('\n', '\n\n', '\r', '\r\n', 'data: ', 'data:', 'event: a', ': no', 'data', 'id: 1'),
  },
  fc.string({ unit: 'grapheme', maxLength: 6 }),
);
const text = fc.array(bit, { maxLength: 30 }).map((bits) => bits.join(''));
const cuts = fc.array(fc.nat(500), { maxLength: 12 });

describe('the parser of server-sent events', () => {
  test('gives the same events however the bytes are cut', () => {
    fc.assert(
      fc.property(text, cuts, (stream, at) => {
        const bytes = encoder.encode(stream);
        expect(parsed(cutInto(bytes, at))).toEqual(parsed([bytes]));
      }),
      { numRuns: 2000 },
    );
  });

  test('gives the same events for LF, CRLF, CR and any mix of them', () => {
    const line = fc.oneof(
      fc.constantFrom('', 'data: x', 'data: {"a":1}', 'event: e', ': no'),
      fc.stringMatching(/^[a-z: ]*$/),
    );
    const ends = fc.array(fc.constantFrom('\n', '\r\n', '\r'), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), ends, (lines, kinds) => {
        // A blank line after a lone CR would make a CRLF with the LF of the next; such a mix is another stream.
        const mixed = lines.map((one, index) => one + (kinds[index % kinds.length] ?? '\n')).join('');
        if (/\r\n/.test(mixed.replaceAll('\r\n', '')) || (kinds.includes('\r') && kinds.includes('\n'))) return;
        expect(parsed([encoder.encode(mixed)])).toEqual(
          parsed([encoder.encode(lines.map((one) => `${one}\n`).join(''))]),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test('refuses an event beyond its limit, in one line or in many, and holds no more than that', () => {
    const chunk = encoder.encode('x'.repeat(1024 * 1024));
    const feed = (between: string): void => {
      const parser = createSseParser();
      parser.push(encoder.encode('data: '), () => undefined);
      for (let sent = 0; sent < 40; sent += 1) {
        parser.push(chunk, () => undefined);
        parser.push(encoder.encode(between), () => undefined);
      }
    };
    expect(() => feed('')).toThrow(RangeError);
    expect(() => feed('\ndata: ')).toThrow(RangeError);
  });
});

const LONG = 'x'.repeat(10 * 1024 * 1024);
const BIG: Readonly<Record<FormatId, readonly Json[]>> = {
  'openai-chat': [
    { choices: [{ index: 0, delta: { content: LONG }, finish_reason: null }] },
    { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
  ],
  'openai-responses': [
    { type: 'response.created', response: { id: 'r', status: 'in_progress', output: [] } },
    { type: 'response.output_item.added', output_index: 0, item: { type: 'message', id: 'm', content: [] } },
    { type: 'response.output_text.delta', output_index: 0, content_index: 0, item_id: 'm', delta: LONG },
    { type: 'response.completed', response: { id: 'r', status: 'completed', output: [] } },
  ],
  'anthropic-messages': [
    { type: 'message_start', message: { id: 'm', usage: {} } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: LONG } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: {} },
    { type: 'message_stop' },
  ],
  gemini: [{ candidates: [{ content: { parts: [{ text: LONG }] }, finishReason: 'STOP' }] }],
};

describe('ten megabytes in one line', () => {
  test.each([...FORMAT_IDS])('come through from %s to each client, in bounded time', (format) => {
    const wire = BIG[format].map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
    const bytes = encoder.encode(wire);
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += 65_536) pieces.push(bytes.subarray(at, at + 65_536));
    const startMs = performance.now();
    const events: StreamEvent[] = [];
    const normaliser = createNormaliser((event) => events.push(event));
    const decoder = formatOf(format).streamDecoder(replyContext(format));
    for (const event of parsed(pieces)) decoder.push(event, normaliser.push);
    decoder.end(normaliser.push);
    normaliser.end();
    expect(events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('').length).toBe(LONG.length);
    for (const client of FORMAT_IDS) {
      const answer = formatOf(client).streamEncoder(answerContext(client, true));
      expect(events.reduce((size, event) => size + answer.push(event).length, 0)).toBeGreaterThan(LONG.length);
    }
    expect(performance.now() - startMs).toBeLessThan(10_000);
  });
});
