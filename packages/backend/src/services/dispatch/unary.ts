import { GatewayError } from '../../types/errors.ts';
import type { AnswerContext, DecodeReplyContext, Format } from '../../types/format.ts';
import type { StreamEvent } from '../../types/ir/stream-event.ts';
import type { Json } from '../../types/json.ts';
import { mergeUsage } from '../../utils/usage.ts';
import { answerHeaders, copyReturnHeaders, streamHeaders } from './answer-headers.ts';
import type { Answer, Call, Translation } from './ports.ts';
import { readInPassing } from './tail.ts';

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

function parseReply(bytes: Buffer): Json {
  try {
    return JSON.parse(bytes.toString('utf8')) as Json;
  } catch (cause) {
    const cut = bytes.toString('utf8', 0, 64).trimStart().startsWith('{');
    throw new GatewayError(
      cut ? 'upstream_truncated' : 'upstream_garbled',
      cut ? 'the answer of the provider ends in the middle' : 'the provider answered with something that is not JSON',
      { cause },
    );
  }
}

/** An object from its first to its last byte, white space aside. */
function looksWhole(bytes: Buffer): boolean {
  let start = 0;
  while ((bytes[start] ?? 33) <= 32) start += 1;
  let end = bytes.length - 1;
  while ((bytes[end] ?? 33) <= 32) end -= 1;
  return bytes[start] === OPEN_BRACE && bytes[end] === CLOSE_BRACE;
}

/** Usage, stop reason and failure of a whole reply, into the record. Throws the failure. */
function account(call: Call, events: readonly StreamEvent[]): void {
  const { track } = call;
  for (const event of events) {
    if (event.type === 'message-failure') throw event.error;
    if (event.type === 'usage-update') track.usage = mergeUsage(track.usage, event.usage);
    else if (event.type === 'message-end') track.stopReason = event.reason;
  }
}

function accountFor(call: Call, bytes: Buffer, context: DecodeReplyContext): void {
  const reading = readInPassing(bytes, call.format);
  if (reading === undefined) {
    account(call, call.format.decodeReply(parseReply(bytes), context));
    return;
  }
  call.track.usage = reading.usage;
  call.track.stopReason = reading.reason;
}

/** Same format: the reply's own bytes, after a look that it is whole and no error in disguise. */
export function losslessUnary(call: Call, reply: Response, bytes: Buffer, context: DecodeReplyContext): Answer {
  if (!looksWhole(bytes)) parseReply(bytes);
  if (call.operation === 'generate') accountFor(call, bytes, context);
  const headers = answerHeaders(call, 'application/json');
  copyReturnHeaders(call.format, reply.headers, headers);
  return { status: reply.status, headers, body: bytes };
}

/** What one reply becomes in the client's format, as one JSON body or as a whole stream at once. */
export function translatedUnary(
  call: Call,
  events: readonly StreamEvent[],
  answer: AnswerContext,
  translation: Translation,
): Answer {
  const normalised: StreamEvent[] = [];
  const normaliser = translation.createNormaliser((event) => normalised.push(event));
  for (const event of events) normaliser.push(event);
  normaliser.end();
  account(call, normalised);
  if (answer.request.stream) {
    const encoder = call.format.streamEncoder(answer);
    const text = normalised.map((event) => encoder.push(event)).join('');
    const type = call.framing === 'sse' ? 'text/event-stream; charset=utf-8' : 'application/json';
    return { status: 200, headers: streamHeaders(call, type), body: text };
  }
  const reply = translation.foldReply(normalised);
  if (reply instanceof GatewayError) throw reply;
  const body = JSON.stringify(call.format.encodeReply(reply, answer));
  return { status: 200, headers: answerHeaders(call, 'application/json'), body };
}

/** The events of a unary reply in the upstream's format. */
export function decodeUnary(upstream: Format, bytes: Buffer, context: DecodeReplyContext): StreamEvent[] {
  return upstream.decodeReply(parseReply(bytes), context);
}
