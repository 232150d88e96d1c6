import type { EventShape, SseEvent } from '../types/format.ts';

/** Longest event that is held before it is complete; above it the stream counts as garbled. */
const SSE_EVENT_CHARS_MAX = 16 * 1024 * 1024;

const LINE_FEED = 10;
const BACKSLASH = 92;

export interface SseParser {
  /** Takes the next bytes, cut anywhere, and calls `onEvent` for each event that became complete. */
  push(bytes: Uint8Array, onEvent: (event: SseEvent) => void, repeats?: Repeats): void;
  /** The bytes are over: an event without its last blank line is still given. */
  end(onEvent: (event: SseEvent) => void): void;
}

/** What a reader says of the event it was given last, so that its like can be taken many at a time. */
export interface Repeats {
  shape(): EventShape | undefined;
  /** Events of that shape, their one changing string unescaped and joined. */
  take(words: string): void;
}

interface Run {
  readonly words: string;
  readonly end: number;
}

/**
 * Events from `from` on that differ from a known one in one string only, read without being taken apart. Undefined
 * when there is none, or when a string proves not to be one, so that the events must be read singly.
 */
function readRun(text: string, from: number, head: string, { prefix, suffix }: EventShape): Run | undefined {
  const start = head + prefix;
  let raw = '';
  let at = from;
  while (text.startsWith(start, at)) {
    const line = text.indexOf('\n', at + start.length);
    const close = line - suffix.length;
    if (close < at + start.length || text.charCodeAt(line + 1) !== LINE_FEED || !text.startsWith(suffix, close)) break;
    // A backslash here may escape the quote that seems to close the string.
    if (text.charCodeAt(close - 1) === BACKSLASH) break;
    raw += text.slice(at + start.length, close);
    at = line + 2;
  }
  if (at === from) return undefined;
  try {
    return { words: JSON.parse(`"${raw}"`) as string, end: at };
  } catch {
    // A quote that is not escaped ends its string early: these events have another shape.
    return undefined;
  }
}

/**
 * Takes events off the front of the text that are one `data` line and a blank one, with or without an `event` line
 * before: nearly all are, and they need no state. Gives where the rest begins.
 */
function takePlainEvents(text: string, onEvent: (event: SseEvent) => void, repeats: Repeats | undefined): number {
  let from = 0;
  for (;;) {
    let event: string | undefined;
    let dataAt = from;
    if (text.startsWith('event: ', from)) {
      const end = text.indexOf('\n', from);
      if (end === -1) return from;
      event = text.slice(from + 7, end);
      dataAt = end + 1;
    }
    if (!text.startsWith('data: ', dataAt)) return from;
    const end = text.indexOf('\n', dataAt);
    if (end === -1 || text.charCodeAt(end + 1) !== LINE_FEED) return from;
    onEvent({ event, data: text.slice(dataAt + 6, end) });
    const head = from;
    from = end + 2;
    const shape = repeats?.shape();
    const run = shape === undefined ? undefined : readRun(text, from, eventHead(text, head, dataAt), shape);
    if (run === undefined) continue;
    repeats?.take(run.words);
    from = run.end;
  }
}

/** The lines before an event's data, and the field name of the data. */
const eventHead = (text: string, from: number, dataAt: number): string => text.slice(from, dataAt + 'data: '.length);

/**
 * Parser for server-sent events: LF, CRLF and lone CR, comments, a byte-order mark, code points and line ends
 * cut at any byte. `id` and `retry` are read past, no API of ours uses them.
 *
 * Throws `RangeError` when one event grows past `SSE_EVENT_CHARS_MAX`.
 */
export function createSseParser(): SseParser {
  const decoder = new TextDecoder();
  let carry = '';
  let endedWithCr = false;
  let name: string | undefined;
  let data: string | undefined;
  let dataChars = 0;

  const countData = (chars: number): void => {
    dataChars += chars;
    if (dataChars > SSE_EVENT_CHARS_MAX) throw new RangeError('an event of the stream is too large');
  };

  const takeLine = (line: string, onEvent: (event: SseEvent) => void): void => {
    if (line === '') {
      if (data !== undefined) onEvent({ event: name, data });
      name = undefined;
      data = undefined;
      dataChars = 0;
      return;
    }
    if (line.startsWith('data:')) {
      const text = line.slice(line.charCodeAt(5) === 32 ? 6 : 5);
      data = data === undefined ? text : `${data}\n${text}`;
      countData(text.length + 1);
    } else if (line.startsWith('event:')) {
      name = line.slice(line.charCodeAt(6) === 32 ? 7 : 6);
    } else if (line === 'data') {
      data = data === undefined ? '' : `${data}\n`;
      countData(1);
    }
  };

  const takeText = (fresh: string, onEvent: (event: SseEvent) => void, repeats?: Repeats): void => {
    let added = fresh;
    if (endedWithCr && added.startsWith('\n')) added = added.slice(1);
    if (fresh !== '') endedWithCr = fresh.endsWith('\r');
    if (added.includes('\r')) added = added.replace(/\r\n?/g, '\n');
    if (!added.includes('\n')) {
      // No line ends here. The pieces are joined when one does: to search each time would copy a long line each time.
      carry += added;
      if (carry.length > SSE_EVENT_CHARS_MAX) throw new RangeError('a line of the stream is too large');
      return;
    }
    const text = carry.length === 0 ? added : carry + added;
    let from = 0;
    if (data === undefined && name === undefined) from = takePlainEvents(text, onEvent, repeats);
    // The carry holds no line end, so the search may skip it.
    let at = text.indexOf('\n', Math.max(from, carry.length));
    while (at !== -1) {
      takeLine(text.slice(from, at), onEvent);
      from = at + 1;
      at = text.indexOf('\n', from);
    }
    carry = from === 0 ? text : text.slice(from);
    if (carry.length > SSE_EVENT_CHARS_MAX) throw new RangeError('a line of the stream is too large');
  };

  return {
    push: (bytes, onEvent, repeats) => takeText(decoder.decode(bytes, { stream: true }), onEvent, repeats),
    end: (onEvent) => {
      takeText(decoder.decode(), onEvent);
      if (carry !== '') takeLine(carry, onEvent);
      carry = '';
      takeLine('', onEvent);
    },
  };
}

/**
 * One event as text. `json` must be one line of JSON text, which cannot hold a raw line end, so a foreign text
 * can never add an event. `name` is one of our own constants.
 */
export function sseEvent(json: string, name?: string): string {
  return name === undefined ? `data: ${json}\n\n` : `event: ${name}\ndata: ${json}\n\n`;
}

/** A comment that keeps a silent connection open; client SDKs pass over it, but for Google's (`Format.keepAlive`). */
export const SSE_KEEP_ALIVE = ': keep-alive\n\n';
