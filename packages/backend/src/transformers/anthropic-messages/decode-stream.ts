import { asGatewayError, GatewayError } from '../../types/errors.ts';
import type { DecodeReplyContext, SseEvent, StreamDecoder } from '../../types/format.ts';
import type { Emit, StreamEvent } from '../../types/ir/stream-event.ts';
import type { Usage } from '../../types/ir/usage.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, ownValue, softCount, softString } from '../../utils/fields.ts';
import { mergeUsage } from '../../utils/usage.ts';
import { createShapeMemo, type Leaf, type ShapeMemo } from '../shape-memo.ts';
import {
  type BlockState,
  createBlockState,
  pushCitation,
  pushInput,
  pushOpaque,
  pushSignature,
  pushText,
  pushThinking,
  startBlock,
  stopAllBlocks,
  stopBlock,
} from './decode-blocks.ts';
import { errorOfBody } from './errors.ts';
import { decodeReason } from './reasons.ts';
import { decodeUsage } from './usage.ts';

interface State extends BlockState {
  readonly shapes: ShapeMemo;
  started: boolean;
  /** After an end or a failure nothing is believed. */
  over: boolean;
  usage: Usage;
  /** The finish, held until `message_stop` or the last byte. */
  end: Extract<StreamEvent, { type: 'message-end' }> | undefined;
}

type Handler = (state: State, wire: JsonObject, emit: Emit) => void;

const createState = (context: DecodeReplyContext): State => ({
  ...createBlockState(context),
  shapes: createShapeMemo(changingWords),
  started: false,
  over: false,
  usage: {},
  end: undefined,
});

function takeUsage(state: State, wire: Json | undefined, emit: Emit): void {
  const usage = decodeUsage(wire, state.usage);
  if (Object.keys(usage).length === 0) return;
  state.usage = mergeUsage(state.usage, usage);
  emit({ type: 'usage-update', usage });
}

function takeHead(state: State, message: JsonObject, emit: Emit): void {
  const id = softString(message['id']);
  const model = softString(message['model']);
  state.started = true;
  state.messageId = id ?? '';
  emit({ type: 'message-start', ...(id !== undefined && { id }), ...(model !== undefined && { model }) });
}

function takeContent(state: State, content: Json | undefined, emit: Emit): void {
  if (!Array.isArray(content)) return;
  for (const [index, block] of content.entries()) {
    if (!isObject(block)) continue;
    startBlock(state, index, block, emit);
    stopBlock(state, index, emit);
  }
}

/** `stop_reason` with its companions. A refusal's explanation is the only text that a refused answer has. */
function takeEnding(state: State, wire: JsonObject, emit: Emit): void {
  const raw = softString(wire['stop_reason']);
  if (raw === undefined) return;
  stopAllBlocks(state, emit);
  const details = wire['stop_details'];
  const explanation = isObject(details) ? (softString(details['explanation']) ?? '') : '';
  const reason = decodeReason(raw);
  if (reason === 'refusal' && explanation !== '' && state.end === undefined) {
    const block = state.nextBlock++;
    emit({ type: 'block-start', block, kind: 'refusal' });
    emit({ type: 'text-delta', block, text: explanation });
    emit({ type: 'block-end', block });
  }
  const stopSequence = softString(wire['stop_sequence']);
  state.end = { type: 'message-end', reason, raw, ...(stopSequence !== undefined && { stopSequence }) };
}

function finish(state: State, emit: Emit): void {
  // Some servers end so when they choke on the request: nothing said, and no reason given.
  if (state.end === undefined && state.nextBlock === 0) {
    throw new GatewayError('upstream_garbled', 'the provider ended an empty answer without a stop reason');
  }
  stopAllBlocks(state, emit);
  state.over = true;
  emit(state.end ?? { type: 'message-end', reason: 'other' });
}

function fail(state: State, error: GatewayError, emit: Emit): void {
  state.over = true;
  emit({ type: 'message-failure', error });
}

const indexOf = (wire: JsonObject): number => softCount(wire['index']) ?? 0;

const DELTAS: Readonly<Record<string, (state: State, index: number, delta: JsonObject, emit: Emit) => void>> = {
  text_delta: (state, index, delta, emit) => pushText(state, index, softString(delta['text']) ?? '', emit),
  thinking_delta: (state, index, delta, emit) => pushThinking(state, index, softString(delta['thinking']) ?? '', emit),
  input_json_delta: (state, index, delta, emit) =>
    pushInput(state, index, softString(delta['partial_json']) ?? '', emit),
  signature_delta: (state, index, delta) => pushSignature(state, index, softString(delta['signature']) ?? ''),
  citations_delta: (state, index, delta, emit) => pushCitation(state, index, delta['citation'], emit),
};

const HANDLERS: Readonly<Record<string, Handler>> = {
  message_start: (state, wire, emit) => {
    const message = wire['message'];
    if (!isObject(message)) throw new GatewayError('upstream_garbled', 'message_start holds no message');
    // A second answer inside the first: what was half said cannot be taken back, so this must not look whole.
    if (state.nextBlock > 0) throw new GatewayError('upstream_garbled', 'the provider began its answer a second time');
    if (!state.started) takeHead(state, message, emit);
    takeUsage(state, message['usage'], emit);
    // A turn that only calls tools from running code comes whole in its start, stop reason included.
    takeContent(state, message['content'], emit);
    takeEnding(state, message, emit);
  },
  content_block_start: (state, wire, emit) => {
    const block = wire['content_block'];
    if (isObject(block)) startBlock(state, indexOf(wire), block, emit);
  },
  content_block_delta: (state, wire, emit) => {
    const delta = wire['delta'];
    if (!isObject(delta)) return;
    const index = indexOf(wire);
    const push = ownValue(DELTAS, softString(delta['type']) ?? '');
    if (push === undefined) pushOpaque(state, index, delta);
    else push(state, index, delta, emit);
  },
  content_block_stop: (state, wire, emit) => stopBlock(state, indexOf(wire), emit),
  message_delta: (state, wire, emit) => {
    takeUsage(state, wire['usage'], emit);
    if (isObject(wire['delta'])) takeEnding(state, wire['delta'], emit);
  },
  message_stop: (state, _wire, emit) => finish(state, emit),
  ping: (_state, _wire, emit) => emit({ type: 'keep-alive' }),
  error: (state, wire, emit) => fail(state, errorOfBody(wire), emit),
  // A server that ignores `stream` answers with the whole message at once.
  message: takeMessage,
};

function takeMessage(state: State, message: JsonObject, emit: Emit): void {
  if (!Array.isArray(message['content'])) throw new GatewayError('upstream_garbled', 'the reply has no content list');
  takeHead(state, message, emit);
  takeContent(state, message['content'], emit);
  takeUsage(state, message['usage'], emit);
  takeEnding(state, message, emit);
  finish(state, emit);
}

const WORDS: Readonly<Record<string, string>> = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  input_json_delta: 'partial_json',
};

/** The string of a delta whose handler copies it. */
function changingWords(root: unknown): Leaf | undefined {
  const delta = isObject(root) ? root['delta'] : undefined;
  const key = isObject(delta) ? ownValue(WORDS, softString(delta['type']) ?? '') : undefined;
  return isObject(delta) && key !== undefined ? { parent: delta, key } : undefined;
}

function parse({ shapes }: State, data: string): JsonObject {
  let wire: unknown;
  try {
    wire = shapes.parse(data);
  } catch (cause) {
    throw new GatewayError('upstream_garbled', 'the provider sent an event that is not JSON', { cause });
  }
  if (isObject(wire)) return wire;
  throw new GatewayError('upstream_garbled', 'the provider sent an event that is not an object');
}

function pushEvent(state: State, event: SseEvent, emit: Emit): void {
  if (event.data === '' || event.data === '[DONE]') return;
  takeWire(state, parse(state, event.data), event.event, emit);
}

function takeWire(state: State, wire: JsonObject, name: string | undefined, emit: Emit): void {
  const type = softString(wire['type']) ?? name ?? '';
  const handle = ownValue(HANDLERS, type);
  if (handle !== undefined) handle(state, wire, emit);
  else if (isObject(wire['error'])) fail(state, errorOfBody(wire), emit);
  // Any other event is a later addition of the API, which promises that clients may pass over it.
}

/** Runs one step; what it throws ends the answer as a failure. */
function guarded(state: State, emit: Emit, step: () => void): void {
  if (state.over) return;
  try {
    step();
  } catch (thrown) {
    fail(state, asGatewayError(thrown), emit);
  }
}

/**
 * Decoder of a Messages stream. The finish is told at `message_stop`; a stream that ends after its stop reason but
 * without `message_stop` counts as finished, one without a stop reason does not.
 */
export function streamDecoder(context: DecodeReplyContext): StreamDecoder {
  const state = createState(context);
  return {
    push: (event, emit) => guarded(state, emit, () => pushEvent(state, event, emit)),
    shape: () => (state.over ? undefined : state.shapes.shape()),
    repeat: (words, emit) =>
      guarded(state, emit, () => {
        const wire = state.shapes.withWords(words);
        // A shape is learnt from an object only, and its type stands in it.
        if (isObject(wire)) takeWire(state, wire, undefined, emit);
      }),
    end: (emit) =>
      guarded(state, emit, () => {
        if (state.end !== undefined) finish(state, emit);
        else throw new GatewayError('upstream_truncated', 'the provider ended its answer without a stop reason');
      }),
  };
}

/** A whole Messages reply as the events that its stream would have given. */
export function decodeReply(wire: Json, context: DecodeReplyContext): StreamEvent[] {
  const events: StreamEvent[] = [];
  const emit: Emit = (event) => events.push(event);
  const state = createState(context);
  guarded(state, emit, () => {
    if (!isObject(wire)) throw new GatewayError('upstream_garbled', 'the reply is not an object');
    if (wire['type'] === 'error' || isObject(wire['error'])) fail(state, errorOfBody(wire), emit);
    else takeMessage(state, wire, emit);
  });
  return events;
}
