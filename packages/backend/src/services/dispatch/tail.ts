import type { GatewayError } from '../../types/errors.ts';
import type { DecodeReplyContext, Format, SseEvent } from '../../types/format.ts';
import type { Json } from '../../types/json.ts';
import type { StreamEvent } from '../../types/ir/stream-event.ts';
import type { Usage } from '../../types/ir/usage.ts';
import { endOfValue } from '../../utils/json-scan.ts';
import { createSseParser } from '../../utils/sse.ts';

/** What the end of a stream says. */
export interface TailReading {
  readonly usage: Usage;
  readonly reason: string | undefined;
  readonly failure: GatewayError | undefined;
  /** A finish (or the upstream's own failure) was seen. */
  readonly isEnded: boolean;
}

const encoder = new TextEncoder();

/** The events that stand whole in the text; a first event that was cut is left out. */
function eventsOf(text: string, isWhole: boolean): SseEvent[] {
  const start = isWhole ? 0 : text.search(/\r?\n\r?\n/);
  const events: SseEvent[] = [];
  if (start === -1) return events;
  const parser = createSseParser();
  parser.push(encoder.encode(text.slice(start)), (event) => events.push(event));
  parser.end((event) => events.push(event));
  return events;
}

/** The last usage object in the text, for an event that is longer than what was kept. */
function lastUsage(text: string, format: Format): Usage {
  const key = `"${format.tap.usageKey}":`;
  const at = text.lastIndexOf(key);
  if (at === -1) return {};
  const rest = Buffer.from(text.slice(at + key.length).trimStart(), 'utf8');
  const end = endOfValue(rest, 0);
  if (end === -1) return {};
  try {
    return format.tap.decodeUsage(JSON.parse(rest.toString('utf8', 0, end)) as Json);
  } catch {
    // Not a usage object after all, so usage stays unknown.
    return {};
  }
}

/**
 * Reads usage, stop reason and failure from the last bytes of a stream. Only events that hold one of the format's
 * marks are decoded. `isWhole` says that the text is the whole stream.
 */
export function readTail(text: string, isWhole: boolean, format: Format, context: DecodeReplyContext): TailReading {
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
  for (const event of eventsOf(text, isWhole)) {
    if (marks.some((mark) => event.data.includes(mark))) decoder.push(event, take);
  }
  decoder.end(take);
  if (Object.keys(usage).length === 0) usage = lastUsage(text, format);
  const isEnded = reason !== undefined || failure !== undefined || endMarks.some((mark) => text.includes(mark));
  return { usage, reason, failure, isEnded };
}
