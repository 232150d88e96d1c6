import { afterAll, expect, test } from 'bun:test';
import { losslessStream } from '../../src/services/dispatch/lossless-stream.ts';
import type { Call } from '../../src/services/dispatch/ports.ts';
import { readTail } from '../../src/services/dispatch/tail.ts';
import type { Track } from '../../src/services/dispatch/track.ts';
import type { ErrorCode } from '../../src/types/errors.ts';
import type { FormatId } from '../../src/types/format-id.ts';
import type { StreamEvent } from '../../src/types/ir/stream-event.ts';
import type { Usage } from '../../src/types/ir/usage.ts';
import type { JsonObject } from '../../src/types/json.ts';
import { mergeUsage } from '../../src/utils/usage.ts';
import { decodeStream, formatOf, replyContext } from './lane.ts';
import { recordedFiles } from './replies.ts';
import { SPLICED, sortRecorded } from './wires.ts';

/** Cuts of the bytes that one stream is tried with. */
const CUTS = [1, 2, 7, 100, 511, 4096, 65_536];
const streams = sortRecorded(recordedFiles()).replies.filter(({ isStream }) => isStream);
let readings = 0;

/** The stream's bytes as each vendor frames them. */
function framed(format: FormatId, events: readonly JsonObject[], isDone = true): Buffer {
  const [end, last] =
    format === 'gemini' ? ['\r\n\r\n', ''] : ['\n\n', format === 'openai-chat' && isDone ? 'data: [DONE]\n\n' : ''];
  const isNamed = format === 'anthropic-messages' || format === 'openai-responses';
  const texts = events.map(
    (event) => `${isNamed ? `event: ${event['type']}\n` : ''}data: ${JSON.stringify(event)}${end}`,
  );
  return Buffer.from(texts.join('') + last);
}

interface Reading {
  readonly usage: Usage;
  readonly reason: string | undefined;
  readonly failure: ErrorCode | undefined;
}

/** What the full decoder makes of it. */
function decoded(events: readonly StreamEvent[]): Reading {
  let usage: Usage = {};
  const end = events.find(({ type }) => type === 'message-end' || type === 'message-failure');
  for (const event of events) if (event.type === 'usage-update') usage = mergeUsage(usage, event.usage);
  return {
    usage,
    reason: end?.type === 'message-end' ? end.reason : undefined,
    failure: end?.type === 'message-failure' ? end.error.code : undefined,
  };
}

/** The same bytes through the lossless lane, in pieces of this size. */
function passed(format: FormatId, bytes: Buffer, size: number): Reading & { out: Buffer } {
  const track: Pick<Track, 'usage' | 'stopReason'> = { usage: {}, stopReason: undefined };
  const call = { format: formatOf(format), track, requestId: 'req_1' } as unknown as Call;
  const lane = losslessStream(call, replyContext(format));
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size)
    out.push(lane.take(bytes.subarray(at, at + size)) ?? new Uint8Array());
  const rest = lane.end();
  if (rest !== undefined) out.push(rest);
  return { usage: track.usage, reason: track.stopReason, failure: lane.failure?.code, out: Buffer.concat(out) };
}

/**
 * The lane reads the wire's own word, and only from the last bytes: that a function was called stands further up
 * where the word does not say so (Gemini, Responses).
 */
const asPassed = ({ reason, ...rest }: Reading, word: string | undefined): Reading => ({
  ...rest,
  reason: reason === 'tool' && word === 'stop' ? 'stop' : reason,
});

const whole = streams.filter(({ file }) => file !== SPLICED);

test.each(whole)('$name passes unchanged, and its end is read as the decoder reads it', ({ format, wire }) => {
  const bytes = framed(format, wire);
  const full = decoded(
    decodeStream(
      format,
      wire.map((event) => ({ data: JSON.stringify(event) })),
    ),
  );
  for (const size of CUTS) {
    const { out, ...reading } = passed(format, bytes, size);
    expect(out.equals(bytes)).toBe(true);
    expect(reading).toEqual(asPassed(full, reading.reason));
    readings += 1;
  }
  const tail = readTail(bytes, true, formatOf(format), replyContext(format));
  expect({ usage: tail.usage, reason: tail.reason, isEnded: tail.isEnded, failure: tail.failure?.code }).toEqual({
    ...asPassed(full, tail.reason),
    isEnded: true,
  });
});

test.each(whole)('$name is a cut stream without its last events', ({ format, wire }) => {
  const events = wire.map((event) => JSON.stringify(event));
  const ends = (kept: number): ErrorCode | undefined =>
    decoded(
      decodeStream(
        format,
        events.slice(0, kept).map((data) => ({ data })),
      ),
    ).failure;
  for (const kept of new Set([1, Math.floor(wire.length / 2), wire.length - 2, wire.length - 1])) {
    if (kept < 1) continue;
    const bytes = framed(format, wire.slice(0, kept), false);
    expect({ kept, failure: passed(format, bytes, 1000).failure }).toEqual({ kept, failure: ends(kept) });
  }
});

test.each(streams.filter(({ file }) => file === SPLICED))(
  '$name passes unchanged for its own client to judge',
  (broken) => {
    const bytes = framed(broken.format, broken.wire);
    for (const size of CUTS) expect(passed(broken.format, bytes, size).out.equals(bytes)).toBe(true);
  },
);

afterAll(() => {
  if (streams.length > 0) console.log(`recorded streams: ${streams.length} passed, ${readings} readings of their ends`);
});
