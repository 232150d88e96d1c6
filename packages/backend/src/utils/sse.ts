import type { SseEvent } from '../types/format.ts';

/** Longest event that is held before it is complete; above it the stream counts as garbled. */
const SSE_EVENT_CHARS_MAX = 16 * 1024 * 1024;

const LINE_FEED = 10;

export interface SseParser {
  /** Takes the next bytes, cut anywhere, and calls `onEvent` for each event that became complete. */
  push(bytes: Uint8Array, onEvent: (event: SseEvent) => void): void;
  /** The bytes are over: an event without its last blank line is still given. */
  end(onEvent: (event: SseEvent) => void): void;
}

/**
 * Takes events off the front of the text that are one `data` line and a blank one, with or without an `event` line
 * before: nearly all are, and they need no state. Gives where the rest begins.
 */
function takePlainEvents(text: string, onEvent: (event: SseEvent) => void): number {
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
    from = end + 2;
  }
}

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

  const takeText = (fresh: string, onEvent: (event: SseEvent) => void): void => {
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
    if (data === undefined && name === undefined) from = takePlainEvents(text, onEvent);
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
    push: (bytes, onEvent) => takeText(decoder.decode(bytes, { stream: true }), onEvent),
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
