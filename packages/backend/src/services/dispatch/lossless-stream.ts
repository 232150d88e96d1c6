import { GatewayError } from '../../types/errors.ts';
import type { DecodeReplyContext, Format } from '../../types/format.ts';
import type { StreamEvent } from '../../types/ir/stream-event.ts';
import type { Usage } from '../../types/ir/usage.ts';
import { createSseParser } from '../../utils/sse.ts';
import { mergeUsage } from '../../utils/usage.ts';
import type { LaneStream } from './lane.ts';
import { HEAD_LOOK_BYTES, HEAD_SLICE_BYTES } from './limits.ts';
import type { Call } from './ports.ts';
import { readInPassing, readTail } from './tail.ts';
import { createTailBuffer } from './tail-buffer.ts';

const encoder = new TextEncoder();
const BLANK_LINE = encoder.encode('\n\n');

/** Does this event mean that the model has begun to answer (or has answered nothing, on purpose)? */
export function isContent(event: StreamEvent): boolean {
  switch (event.type) {
    case 'text-delta':
    case 'args-delta':
      return event.text !== '';
    case 'block-start':
      return event.kind === 'call' || event.kind === 'media' || event.kind === 'opaque';
    case 'message-end':
      return true;
    default:
      return false;
  }
}

/** A later total of cache writes says nothing that the earlier split did not say better (Anthropic). */
function withoutTotal(earlier: Usage, { cacheWriteTokens, ...rest }: Usage): Usage {
  const isTotal = earlier.cacheWriteLongTokens !== undefined && rest.cacheWriteLongTokens === undefined;
  return isTotal ? rest : { ...rest, cacheWriteTokens };
}

/** A look at the first bytes that needs no decoder. An error of any kind is left to the decoder. */
function showsContent(chunk: Uint8Array, { tap }: Format): boolean {
  if (tap.content === undefined) return false;
  const text = Buffer.from(chunk.buffer, chunk.byteOffset, Math.min(chunk.length, HEAD_LOOK_BYTES)).toString('latin1');
  return tap.content.test(text) && !text.includes('"error"');
}

/** Looks for the first content in the first bytes, with the format's own decoder. */
function createHead(format: Format, context: DecodeReplyContext, onUsage: (usage: Usage) => void) {
  const parser = createSseParser();
  const decoder = format.streamDecoder(context);
  const head = { hasContent: false, failure: undefined as GatewayError | undefined };
  const look = (event: StreamEvent): void => {
    if (event.type === 'usage-update') onUsage(event.usage);
    if (head.hasContent || head.failure !== undefined) return;
    if (event.type === 'message-failure') head.failure = event.error;
    else if (isContent(event)) head.hasContent = true;
  };
  let isFirst = true;
  const take = (chunk: Uint8Array): void => {
    if (isFirst && showsContent(chunk, format)) head.hasContent = true;
    isFirst = false;
    for (let at = 0; at < chunk.length && !head.hasContent && head.failure === undefined; at += HEAD_SLICE_BYTES) {
      parser.push(chunk.subarray(at, at + HEAD_SLICE_BYTES), (event) => {
        if (!head.hasContent) decoder.push(event, look);
      });
    }
  };
  return { head, take };
}

/** Bytes go through untouched; usage, finish and failure are read from the first and the last events only. */
export function losslessStream(call: Call, context: DecodeReplyContext, hide?: readonly string[]): LaneStream {
  const { format, track } = call;
  const onUsage = (usage: Usage): void => {
    track.usage = mergeUsage(track.usage, usage);
  };
  const { head, take: lookForContent } = createHead(format, context, onUsage);
  const tail = createTailBuffer();
  const filter = hide === undefined ? undefined : createEventFilter(hide);
  const state = { failure: undefined as GatewayError | undefined, settled: false };

  const settle = (): void => {
    if (state.settled) return;
    state.settled = true;
    const glance = tail.glance();
    let reading = readInPassing(glance.bytes, format) ?? readTail(glance.bytes, glance.isWhole, format, context);
    const isVague = reading.reason === undefined && reading.failure === undefined;
    if (isVague && !glance.isWhole) {
      const { bytes, isWhole } = tail.read();
      reading = readTail(bytes, isWhole, format, context);
    }
    onUsage(withoutTotal(track.usage, reading.usage));
    track.stopReason = reading.reason;
    state.failure ??= reading.failure;
    if (!reading.isEnded) {
      state.failure ??= new GatewayError('upstream_truncated', 'the provider ended its stream without a finish');
    }
  };
  const errorBytes = (error: GatewayError): Uint8Array => {
    const text = format.encodeStreamError(error, call.requestId, 'sse');
    return encoder.encode(tail.endsWithBlankLine() ? text : `\n\n${text}`);
  };
  return {
    take: (chunk) => {
      if (!head.hasContent && head.failure === undefined) lookForContent(chunk);
      tail.add(chunk);
      return filter === undefined ? chunk : filter.take(chunk);
    },
    end: () => {
      settle();
      const rest = filter?.end();
      if (state.failure?.code !== 'upstream_truncated') {
        // Several SDKs drop a last event that no blank line ends.
        return tail.endsWithBlankLine() ? rest : Buffer.concat([rest ?? new Uint8Array(), BLANK_LINE]);
      }
      return Buffer.concat([rest ?? new Uint8Array(), errorBytes(state.failure)]);
    },
    errorBytes,
    get hasContent() {
      return head.hasContent;
    },
    get failure() {
      return head.failure ?? state.failure;
    },
    isOver: false,
    get atBoundary() {
      return tail.endsWithBlankLine();
    },
    settle,
  };
}

/** Passes whole events on and leaves out those that hold every one of the texts. */
function createEventFilter(hide: readonly string[]) {
  let carry: Buffer = Buffer.alloc(0);
  const first = hide[0] ?? '';
  const keep = (event: string): boolean => !hide.every((text) => event.includes(text));
  const take = (chunk: Uint8Array): Uint8Array | undefined => {
    const bytes =
      carry.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : Buffer.concat([carry, chunk]);
    const cut = Math.max(bytes.lastIndexOf('\n\n') + 2, bytes.lastIndexOf('\r\n\r\n') + 4);
    if (cut < 4) {
      carry = bytes;
      return undefined;
    }
    carry = bytes.subarray(cut);
    const whole = bytes.subarray(0, cut);
    if (!whole.includes(first)) return whole;
    const events = whole.toString('utf8').split(/(?<=\r?\n\r?\n)/);
    return Buffer.from(events.filter(keep).join(''), 'utf8');
  };
  return {
    take,
    end: (): Uint8Array | undefined => (carry.length > 0 && keep(carry.toString('utf8')) ? carry : undefined),
  };
}
