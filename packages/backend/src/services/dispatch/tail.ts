import type { GatewayError } from '../../types/errors.ts';
import type { DecodeReplyContext, Format, SseEvent } from '../../types/format.ts';
import type { StreamEvent } from '../../types/ir/stream-event.ts';
import type { Usage } from '../../types/ir/usage.ts';
import type { Json } from '../../types/json.ts';
import { endOfValue } from '../../utils/json-scan.ts';
import { createSseParser } from '../../utils/sse.ts';

const QUOTE = 0x22;
const SPACE = 0x20;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const LETTER_N = 0x6e;

/** What the end of a stream says. */
export interface TailReading {
  readonly usage: Usage;
  readonly reason: string | undefined;
  readonly failure: GatewayError | undefined;
  /** A finish (or the upstream's own failure) was seen. */
  readonly isEnded: boolean;
}

/** Where the event begins that holds the earliest mark; -1 when no mark is there or that event was cut. */
function firstMarked(bytes: Buffer, isWhole: boolean, marks: readonly string[]): number {
  let first = -1;
  for (const mark of marks) {
    const at = bytes.indexOf(mark, 0, 'latin1');
    if (at !== -1 && (first === -1 || at < first)) first = at;
  }
  if (first === -1) return -1;
  const blank = bytes.lastIndexOf('\n\n', first, 'latin1');
  const crlf = bytes.lastIndexOf('\r\n\r\n', first, 'latin1');
  const start = Math.max(blank === -1 ? -1 : blank + 2, crlf === -1 ? -1 : crlf + 4);
  if (start !== -1) return start;
  if (isWhole) return 0;
  // The first marked event was cut: the next whole event is where reading may begin.
  const next = bytes.indexOf('\n\n', first, 'latin1');
  const nextCrlf = bytes.indexOf('\r\n\r\n', first, 'latin1');
  return next === -1 && nextCrlf === -1 ? -1 : Math.max(next, nextCrlf);
}

/** The events from the first marked one on. */
function eventsOf(bytes: Buffer, isWhole: boolean, marks: readonly string[]): SseEvent[] {
  const start = firstMarked(bytes, isWhole, marks);
  const events: SseEvent[] = [];
  if (start === -1) return events;
  const parser = createSseParser();
  parser.push(bytes.subarray(start), (event) => events.push(event));
  parser.end((event) => events.push(event));
  return events;
}

/** The last usage object in the bytes; `{}` when there is none. */
function lastUsage(bytes: Buffer, { tap }: Format): Usage {
  const key = `"${tap.usageKey}"`;
  const at = bytes.lastIndexOf(key);
  if (at === -1) return {};
  let start = at + key.length;
  while (bytes[start] === COLON || bytes[start] === SPACE) start += 1;
  const end = bytes[start] === OPEN_BRACE ? endOfValue(bytes, start) : -1;
  if (end === -1) return {};
  try {
    return tap.decodeUsage(JSON.parse(bytes.toString('utf8', start, end)) as Json);
  } catch {
    // Not a usage object after all, so usage stays unknown.
    return {};
  }
}

/**
 * Usage and stop reason from the bytes of a whole reply, or of the end of a stream, without decoding any of it.
 * Undefined when an error may be in it, or the format's own words were not found, so that it must be decoded.
 */
export function readInPassing(bytes: Buffer, format: Format): TailReading | undefined {
  const { stop } = format.tap;
  if (stop === undefined || holdsError(bytes)) return undefined;
  for (const mark of stop.marks) {
    const at = bytes.lastIndexOf(mark);
    if (at === -1) continue;
    const start = at + mark.length;
    const end = bytes.indexOf(QUOTE, start);
    if (end === -1) return undefined;
    const reason = stop.reasonOf(bytes.toString('latin1', start, end));
    return { usage: lastUsage(bytes, format), reason, failure: undefined, isEnded: true };
  }
  return undefined;
}

/** An `error` key with a value; `"error":null` of the Responses API is none. */
function holdsError(bytes: Buffer): boolean {
  let at = bytes.indexOf('"error"', 0, 'latin1');
  while (at !== -1) {
    let value = at + 7;
    while (bytes[value] === COLON || bytes[value] === SPACE) value += 1;
    if (value > at + 7 && bytes[value] !== LETTER_N) return true;
    at = bytes.indexOf('"error"', value, 'latin1');
  }
  return false;
}

/**
 * Reads usage, stop reason and failure from the last bytes of a stream. Only events that hold one of the format's
 * marks are decoded. `isWhole` says that these bytes are the whole stream.
 */
export function readTail(bytes: Buffer, isWhole: boolean, format: Format, context: DecodeReplyContext): TailReading {
  const { marks, endMarks = [] } = format.tap;
  const decoder = format.streamDecoder(context);
  let usage: Usage = {};
  let reason: string | undefined;
  let failure: GatewayError | undefined;
  const take = (event: StreamEvent): void => {
    if (event.type === 'usage-update') usage = { ...usage, ...event.usage };
    else if (event.type === 'message-end') reason = event.reason;
    else if (event.type === 'message-failure') failure = event.error;
  };
  for (const event of eventsOf(bytes, isWhole, marks)) {
    if (marks.some((mark) => event.data.includes(mark))) decoder.push(event, take);
  }
  decoder.end(take);
  if (Object.keys(usage).length === 0) usage = lastUsage(bytes, format);
  const isEnded =
    reason !== undefined || failure !== undefined || endMarks.some((mark) => bytes.includes(mark, 0, 'latin1'));
  return { usage, reason, failure, isEnded };
}
