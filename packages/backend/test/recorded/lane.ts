import { foldReply } from '../../src/transformers/fold.ts';
import { FORMATS } from '../../src/transformers/index.ts';
import { createNormaliser } from '../../src/transformers/normalise.ts';
import type { AnswerContext, DecodeReplyContext, Format, SseEvent } from '../../src/types/format.ts';
import type { FormatId } from '../../src/types/format-id.ts';
import type { StreamEvent } from '../../src/types/ir/stream-event.ts';
import type { Json } from '../../src/types/json.ts';

/** The pure parts of a translation, put together as the dispatcher puts them together. */

export function formatOf(id: FormatId): Format {
  const found = FORMATS.find((format) => format.id === id);
  if (found === undefined) throw new Error(`no format ${id}`);
  return found;
}

/** What a reply decoder knows of a target of this API that has no peculiarities. */
export const replyContext = (format: FormatId): DecodeReplyContext => ({
  target: {
    format,
    providerId: 'recorded',
    model: 'm',
    family: 'f',
    thinking: 'effort',
    sampling: true,
    lateSystem: true,
    quirks: {},
  },
});

/** A client of this API that asked a short question. */
export function answerContext(format: FormatId, stream: boolean): AnswerContext {
  const request = {
    model: 'alias',
    system: [],
    turns: [],
    tools: [],
    sampling: {},
    stream,
    wantUsage: true,
    ext: { format, fields: {} },
  };
  return { requestId: 'req_0198', model: 'alias', createdAtMs: 1_700_000_000_000, framing: 'sse', request };
}

/** The normalised events of what `feed` emits; ended as the pump ends it. */
function normalised(feed: (emit: (event: StreamEvent) => void) => void): StreamEvent[] {
  const events: StreamEvent[] = [];
  const normaliser = createNormaliser((event) => events.push(event));
  feed(normaliser.push);
  normaliser.end();
  return events;
}

/** A stream's events through decoder and normaliser. */
export function decodeStream(format: FormatId, events: readonly SseEvent[]): StreamEvent[] {
  const decoder = formatOf(format).streamDecoder(replyContext(format));
  return normalised((emit) => {
    for (const event of events) decoder.push(event, emit);
    decoder.end(emit);
  });
}

/** A whole reply through decoder and normaliser. */
export function decodeWhole(format: FormatId, wire: Json): StreamEvent[] {
  const events = formatOf(format).decodeReply(wire, replyContext(format));
  return normalised((emit) => {
    for (const event of events) emit(event);
  });
}

/** What a client of this API gets: its stream's text, or its whole answer's. Throws the failure that it would get. */
export function encodeFor(client: FormatId, events: readonly StreamEvent[], stream: boolean): string {
  const format = formatOf(client);
  const context = answerContext(client, stream);
  if (stream) {
    const encoder = format.streamEncoder(context);
    return events.map((event) => encoder.push(event)).join('');
  }
  const reply = foldReply(events);
  if (reply instanceof Error) throw reply;
  return JSON.stringify(format.encodeReply(reply, context));
}
