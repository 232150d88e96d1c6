import { GatewayError } from '../../types/errors.ts';
import type { AnswerContext, DecodeReplyContext, Format, StreamDecoder } from '../../types/format.ts';
import type { Emit, StreamEvent } from '../../types/ir/stream-event.ts';
import { createSseParser, type Repeats } from '../../utils/sse.ts';
import { mergeUsage } from '../../utils/usage.ts';
import type { LaneStream } from './lane.ts';
import { isContent } from './lossless-stream.ts';
import type { Call, Translation } from './ports.ts';

const encoder = new TextEncoder();

/** The decoder's offer to take many events of one shape at a time, where it makes one. */
function repeatsOf(decoder: StreamDecoder, emit: Emit): Repeats | undefined {
  const { shape, repeat } = decoder;
  return shape === undefined || repeat === undefined ? undefined : { shape, take: (words) => repeat(words, emit) };
}

type Delta = Extract<StreamEvent, { type: 'text-delta' | 'args-delta' }>;

/**
 * Joins neighbouring deltas of one block, as far as they came in one chunk: they would reach the client together
 * anyway, and each event costs all three of us as much as its words. Hands everything else on in its place.
 */
function createJoiner(push: (event: StreamEvent) => void) {
  let run: Delta | undefined;
  let text = '';
  const flush = (): void => {
    if (run === undefined) return;
    const { type, block } = run;
    run = undefined;
    push({ type, block, text });
  };
  const take = (event: StreamEvent): void => {
    if (event.type !== 'text-delta' && event.type !== 'args-delta') {
      flush();
      push(event);
      return;
    }
    if (run !== undefined && run.block === event.block && run.type === event.type) {
      text += event.text;
      return;
    }
    flush();
    run = event;
    text = event.text;
  };
  return { take, flush };
}

/** Decode, normalise, encode: all events of a chunk become one piece of the client's wire. */
export function translatedStream(
  call: Call,
  upstream: Format,
  context: DecodeReplyContext,
  { answer, translation }: { answer: AnswerContext; translation: Translation },
): LaneStream {
  const { format, track } = call;
  const parser = createSseParser();
  const decoder = upstream.streamDecoder(context);
  const client = format.streamEncoder(answer);
  const state = { hasContent: false, failure: undefined as GatewayError | undefined, isOver: false };
  let out = '';

  const sink = (event: StreamEvent): void => {
    if (event.type === 'usage-update') track.usage = mergeUsage(track.usage, event.usage);
    else if (event.type === 'message-end') {
      track.stopReason = event.reason;
      state.isOver = true;
    } else if (event.type === 'message-failure') state.failure = event.error;
    if (!state.hasContent && isContent(event)) state.hasContent = true;
    out += client.push(event);
  };
  const joiner = createJoiner(sink);
  const normaliser = translation.createNormaliser(joiner.take);
  const repeats = repeatsOf(decoder, normaliser.push);
  const flush = (): Uint8Array | undefined => {
    joiner.flush();
    if (out === '') return undefined;
    const bytes = encoder.encode(out);
    out = '';
    return bytes;
  };
  const garbled = (cause: unknown): void => {
    const message = cause instanceof RangeError ? cause.message : 'the stream of the provider could not be read';
    normaliser.push({ type: 'message-failure', error: new GatewayError('upstream_garbled', message, { cause }) });
  };
  return {
    take: (chunk) => {
      try {
        parser.push(chunk, (event) => decoder.push(event, normaliser.push), repeats);
      } catch (thrown) {
        garbled(thrown);
      }
      return flush();
    },
    end: () => {
      try {
        parser.end((event) => decoder.push(event, normaliser.push));
        decoder.end(normaliser.push);
      } catch (thrown) {
        garbled(thrown);
      }
      normaliser.end();
      return flush();
    },
    errorBytes: (error) => encoder.encode(client.push({ type: 'message-failure', error })),
    get hasContent() {
      return state.hasContent;
    },
    get failure() {
      return state.failure;
    },
    get isOver() {
      return state.isOver;
    },
    atBoundary: true,
    settle: () => undefined,
  };
}
