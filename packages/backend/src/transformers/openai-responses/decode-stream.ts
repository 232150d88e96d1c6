import type { DecodeReplyContext, SseEvent, StreamDecoder } from '../../types/format.ts';
import type { Emit, StopReason } from '../../types/ir/stream-event.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, ownValue, softCount, softString } from '../../utils/fields.ts';
import {
  addItem,
  argsDelta,
  argsRest,
  cite,
  type DecodeState,
  endItem,
  endPart,
  fail,
  itemOf,
  newState,
  type PartState,
  partAt,
  partDelta,
  placesOf,
  reasoningDelta,
  start,
  wholeIndexOf,
} from './decode-output.ts';
import { decodeAnswerError, failedResponse, garbled } from './errors.ts';
import { decodeUsage } from './usage.ts';

const INCOMPLETE: Readonly<Record<string, StopReason>> = {
  max_output_tokens: 'length',
  max_tokens: 'length',
  content_filter: 'filter',
};

function incompleteReason(response: JsonObject): string | undefined {
  const details = response['incomplete_details'];
  return isObject(details) ? softString(details['reason']) : undefined;
}

function reasonOf(state: DecodeState, response: JsonObject): { reason: StopReason; raw: string } {
  if (response['status'] === 'incomplete') {
    const raw = incompleteReason(response) ?? 'incomplete';
    return { reason: ownValue(INCOMPLETE, raw) ?? 'other', raw };
  }
  return { reason: state.sawCall ? 'tool' : state.sawRefusal ? 'refusal' : 'stop', raw: 'completed' };
}

/** The terminal event: what no event told comes out of the whole response, then usage, then the finish. */
function finish(state: DecodeState, wire: JsonObject, status: string): void {
  const response = wire['response'];
  if (!isObject(response)) {
    fail(state, garbled('a final event without its response'));
    return;
  }
  start(state, response);
  const output = (Array.isArray(response['output']) ? response['output'] : []).filter(isObject);
  for (const [at, index] of placesOf(state, output).entries()) {
    const item = output[at];
    if (item !== undefined && !state.finished) endItem(state, index, item);
  }
  if (!state.finished && [...state.items.values()].some(({ held }) => held !== '')) {
    fail(state, garbled('a tool call without a name'));
  }
  const usage = decodeUsage(response['usage']);
  if (Object.keys(usage).length > 0) state.emit({ type: 'usage-update', usage });
  if (state.finished) return;
  if (status === 'failed') {
    fail(state, failedResponse(response));
    return;
  }
  state.finished = true;
  state.emit({ type: 'message-end', ...reasonOf(state, { ...response, status }) });
}

type Handler = (state: DecodeState, wire: JsonObject) => void;

const deltaOf = (wire: JsonObject): string => softString(wire['delta']) ?? '';

const announce: Handler = (state, wire) => start(state, wire['response']);

const partOf = (state: DecodeState, wire: JsonObject): PartState =>
  partAt(itemOf(state, wire, 'message'), softCount(wire['content_index']) ?? 0);

const callDelta =
  (custom: boolean): Handler =>
  (state, wire) => {
    const item = itemOf(state, wire, custom ? 'custom_tool_call' : 'function_call');
    if (custom) item.custom = true;
    argsDelta(state, item, deltaOf(wire));
  };

/** One small handler for each event with content; progress events of hosted tools have none and are passed over. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  'response.created': announce,
  'response.in_progress': announce,
  'response.queued': announce,
  'response.output_item.added': (state, wire) => {
    if (isObject(wire['item'])) addItem(state, wire, wire['item']);
  },
  'response.output_item.done': (state, wire) => {
    if (isObject(wire['item'])) endItem(state, wholeIndexOf(state, wire, wire['item']), wire['item']);
  },
  'response.content_part.done': (state, wire) => {
    const part = wire['part'];
    if (isObject(part) && part['type'] !== 'reasoning_text') endPart(state, partOf(state, wire), part);
  },
  'response.output_text.delta': (state, wire) => partDelta(state, partOf(state, wire), 'text', deltaOf(wire)),
  'response.output_text.done': (state, wire) => {
    const part = partOf(state, wire);
    partDelta(state, part, 'text', (softString(wire['text']) ?? '').slice(part.chars));
  },
  'response.output_text.annotation.added': (state, wire) => cite(state, partOf(state, wire), wire['annotation']),
  'response.refusal.delta': (state, wire) => partDelta(state, partOf(state, wire), 'refusal', deltaOf(wire)),
  'response.refusal.done': (state, wire) => {
    const part = partOf(state, wire);
    partDelta(state, part, 'refusal', (softString(wire['refusal']) ?? '').slice(part.chars));
  },
  'response.reasoning_summary_text.delta': (state, wire) => reasoningDelta(state, wire, 'summary', deltaOf(wire)),
  'response.reasoning_text.delta': (state, wire) => reasoningDelta(state, wire, 'content', deltaOf(wire)),
  'response.function_call_arguments.delta': callDelta(false),
  'response.custom_tool_call_input.delta': callDelta(true),
  'response.function_call_arguments.done': (state, wire) =>
    argsRest(state, itemOf(state, wire, 'function_call'), softString(wire['arguments']) ?? ''),
  'response.custom_tool_call_input.done': (state, wire) =>
    argsRest(state, itemOf(state, wire, 'custom_tool_call'), softString(wire['input']) ?? ''),
  'response.completed': (state, wire) => finish(state, wire, 'completed'),
  'response.done': (state, wire) => finish(state, wire, 'completed'),
  'response.incomplete': (state, wire) => finish(state, wire, 'incomplete'),
  'response.failed': (state, wire) => finish(state, wire, 'failed'),
  'response.cancelled': (state, wire) => finish(state, wire, 'failed'),
  error: (state, wire) => fail(state, decodeAnswerError(isObject(wire['error']) ? wire['error'] : wire)),
  keepalive: (state) => state.emit({ type: 'keep-alive' }),
};

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // Not JSON: the caller reports the stream as garbled.
    return undefined;
  }
}

function push(state: DecodeState, { event, data }: SseEvent): void {
  if (state.finished || data === '' || data === '[DONE]') return;
  const wire = parse(data);
  if (!isObject(wire)) {
    fail(state, garbled('an event that is no JSON object'));
    return;
  }
  const type = softString(wire['type']) ?? event ?? '';
  const handle = ownValue(HANDLERS, type);
  if (handle !== undefined) handle(state, wire);
  // Some servers put a bare error object into a 200 stream.
  else if (isObject(wire['error'])) fail(state, decodeAnswerError(wire['error']));
}

/** Decoder of one Responses stream. The end of the bytes says nothing new: without a finish it is a truncation. */
export function streamDecoder(context: DecodeReplyContext): StreamDecoder {
  const state = newState(context, () => undefined);
  return {
    push: (event, emit) => {
      state.emit = emit;
      push(state, event);
    },
    end: () => undefined,
  };
}

/** A whole response object, told as if it had been streamed in one event: the same tables serve both. */
export function decodeWhole(response: JsonObject, context: DecodeReplyContext, emit: Emit): void {
  const status = softString(response['status']) ?? 'completed';
  const state = newState(context, emit);
  if (status === 'queued' || status === 'in_progress') fail(state, garbled('a response that is not finished'));
  else finish(state, { response }, status === 'cancelled' ? 'failed' : status);
}
