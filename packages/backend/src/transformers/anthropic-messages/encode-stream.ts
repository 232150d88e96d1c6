import { GatewayError } from '../../types/errors.ts';
import type { AnswerContext, StreamEncoder } from '../../types/format.ts';
import type { Proof } from '../../types/ir/request.ts';
import type { BlockStart, StreamEvent } from '../../types/ir/stream-event.ts';
import type { Usage } from '../../types/ir/usage.ts';
import { SSE_KEEP_ALIVE, sseEvent } from '../../utils/sse.ts';
import { mergeUsage } from '../../utils/usage.ts';
import { answerId, hidesThinking } from './encode-blocks.ts';
import { encodeStreamError } from './errors.ts';
import { proofBlock } from './proofs.ts';
import { encodeEnding } from './reasons.ts';
import { encodeUsage } from './usage.ts';
import { type BlockWriter, beginBlock, canYield, wholeBlock } from './write-block.ts';

/** Most characters held for one later block, and for all of them. */
const BLOCK_CHARS_MAX = 4 * 1024 * 1024;
const ANSWER_CHARS_MAX = 16 * 1024 * 1024;

type Delta = Extract<StreamEvent, { type: 'text-delta' | 'args-delta' | 'citation' }>;

/** A block that must wait until the call before it is closed. */
interface Waiting {
  readonly start: BlockStart;
  readonly deltas: Delta[];
  chars: number;
  ended: boolean;
  proof: Proof | undefined;
}

interface State {
  readonly context: AnswerContext;
  readonly hidden: boolean;
  /** `message_start` waits for the event after it, which may tell the input tokens. */
  head: 'before' | 'held' | 'sent';
  id: string | undefined;
  usage: Usage;
  /** Wire index of the next content block. */
  index: number;
  current: BlockWriter | undefined;
  readonly waiting: Map<number, Waiting>;
  waitingChars: number;
  /**
   * Proof of the text that was closed last. Its block goes before the next one and never to the end, where some
   * clients look for the answer: Gemini signs its last text, and asks for nothing but the signatures of calls.
   */
  carried: Proof | undefined;
  /** Starts of blocks that gave way to another one; a later delta opens them again. */
  readonly yielded: Map<number, BlockStart>;
  /** Refusal blocks and their text, which `stop_details` repeats. */
  readonly refusals: Set<number>;
  refusal: string;
  over: boolean;
}

const PING = sseEvent('{"type":"ping"}', 'ping');

function headText(state: State): string {
  if (state.head !== 'held') return '';
  state.head = 'sent';
  const { context } = state;
  const message = {
    id: answerId(state.id, context),
    type: 'message',
    role: 'assistant',
    model: context.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    // Some clients add both counts of a stream up, so the output begins at 0.
    usage: encodeUsage({ ...state.usage, outputTokens: 0, reasoningTokens: undefined }),
  };
  return sseEvent(JSON.stringify({ type: 'message_start', message }), 'message_start');
}

function writeDelta(writer: BlockWriter, event: Delta): string {
  return event.type === 'citation' ? writer.cite(event.citation) : writer.write(event.text);
}

/** Closes the open block and takes its wire indexes. */
function close(state: State, proof: Proof | undefined): string {
  const writer = state.current;
  if (writer === undefined) return '';
  state.current = undefined;
  const isText = writer.start.kind === 'text';
  const text = writer.close(isText ? undefined : proof);
  state.index = writer.nextIndex();
  if (isText) state.carried = proof;
  return text;
}

/** The block of the proof that waited for a successor. */
function carrier(state: State): string {
  const { carried, index } = state;
  if (carried === undefined) return '';
  state.carried = undefined;
  state.index += 1;
  return wholeBlock(index, proofBlock(carried, undefined));
}

/** Opens a block; one that is whole at its start is closed at once. */
function begin(state: State, start: BlockStart): string {
  const { context, hidden } = state;
  const before = carrier(state);
  const writer = beginBlock({ start, index: state.index, hidden, context });
  state.current = writer;
  return writer.whole ? before + close(state, undefined) : before;
}

/** The open text or thinking gives way; its later deltas open it again. */
function giveWay(state: State): string {
  const writer = state.current;
  if (writer === undefined) return '';
  state.yielded.set(writer.start.block, writer.start);
  return close(state, undefined);
}

const isBusy = ({ current }: State): boolean => current !== undefined && !canYield(current.start.kind);

function wait(state: State, start: BlockStart): Waiting {
  const waiting: Waiting = { start, deltas: [], chars: 0, ended: false, proof: undefined };
  state.waiting.set(start.block, waiting);
  return waiting;
}

function hold(state: State, waiting: Waiting, event: Delta): void {
  const chars = event.type === 'citation' ? 256 : event.text.length;
  waiting.chars += chars;
  state.waitingChars += chars;
  if (waiting.chars > BLOCK_CHARS_MAX || state.waitingChars > ANSWER_CHARS_MAX) {
    throw new GatewayError(
      'upstream_garbled',
      'the provider sent overlapping tool calls larger than the gateway holds',
    );
  }
  waiting.deltas.push(event);
}

/** Tells the waiting blocks in their order, up to the first that is a call and still grows. */
function drain(state: State): string {
  let text = '';
  for (const [number, waiting] of state.waiting) {
    if (isBusy(state)) break;
    state.waiting.delete(number);
    state.waitingChars -= waiting.chars;
    text += giveWay(state) + begin(state, waiting.start);
    for (const delta of waiting.deltas) if (state.current !== undefined) text += writeDelta(state.current, delta);
    if (waiting.ended) text += close(state, waiting.proof);
  }
  return text;
}

function onStart(state: State, start: BlockStart): string {
  if (!isBusy(state)) return giveWay(state) + begin(state, start);
  wait(state, start);
  return '';
}

function onDelta(state: State, event: Delta): string {
  const { current } = state;
  if (current?.start.block === event.block) return writeDelta(current, event);
  const start = state.yielded.get(event.block);
  let waiting = state.waiting.get(event.block);
  if (waiting === undefined && start !== undefined && isBusy(state)) waiting = wait(state, start);
  if (waiting !== undefined) {
    hold(state, waiting, event);
    return '';
  }
  if (start === undefined) return '';
  const opened = giveWay(state) + begin(state, start);
  return state.current === undefined ? opened : opened + writeDelta(state.current, event);
}

function onEnd(state: State, block: number, proof: Proof | undefined): string {
  if (state.current?.start.block === block) return close(state, proof) + drain(state);
  let waiting = state.waiting.get(block);
  const start = state.yielded.get(block);
  state.yielded.delete(block);
  // A proof that comes after its block gave way still reaches the client, in a block of its own.
  if (waiting === undefined && start !== undefined && proof !== undefined) {
    if (!isBusy(state)) return giveWay(state) + begin(state, start) + close(state, proof);
    waiting = wait(state, start);
  }
  if (waiting !== undefined) {
    waiting.ended = true;
    waiting.proof = proof;
  }
  return '';
}

function endText(state: State, { reason, stopSequence }: Extract<StreamEvent, { type: 'message-end' }>): string {
  state.over = true;
  const rest = close(state, undefined) + drain(state) + close(state, undefined);
  const delta = encodeEnding({ reason, stopSequence, refusal: state.refusal });
  const last = JSON.stringify({ type: 'message_delta', delta, usage: encodeUsage(state.usage) });
  return `${rest}${sseEvent(last, 'message_delta')}${sseEvent('{"type":"message_stop"}', 'message_stop')}`;
}

function failureText(state: State, error: GatewayError): string {
  state.over = true;
  return encodeStreamError(error, state.context.requestId);
}

type Handlers = {
  [T in StreamEvent['type']]: (state: State, event: Extract<StreamEvent, { type: T }>) => string;
};

const HANDLERS: Handlers = {
  'message-start': (state, { id }) => {
    if (state.head !== 'before') return '';
    state.head = 'held';
    state.id = id;
    return '';
  },
  'usage-update': (state, { usage }) => {
    state.usage = mergeUsage(state.usage, usage);
    return headText(state);
  },
  'block-start': (state, start) => {
    if (start.kind === 'refusal') state.refusals.add(start.block);
    return headText(state) + onStart(state, start);
  },
  'text-delta': (state, event) => {
    if (state.refusals.has(event.block)) state.refusal += event.text;
    return onDelta(state, event);
  },
  'args-delta': onDelta,
  citation: onDelta,
  'block-end': (state, { block, proof }) => onEnd(state, block, proof),
  'message-end': (state, end) => headText(state) + endText(state, end),
  'message-failure': (state, { error }) => headText(state) + failureText(state, error),
  'keep-alive': (state) => {
    const head = headText(state);
    return state.head === 'sent' ? head + PING : SSE_KEEP_ALIVE;
  },
};

/**
 * Encoder of a Messages stream. Blocks follow one another on this wire: the first open call streams, what comes
 * beside it waits until it is closed; open text or thinking gives way to a block that begins.
 */
export function streamEncoder(context: AnswerContext): StreamEncoder {
  const state: State = {
    context,
    hidden: hidesThinking(context),
    head: 'before',
    id: undefined,
    usage: {},
    index: 0,
    current: undefined,
    waiting: new Map(),
    waitingChars: 0,
    carried: undefined,
    yielded: new Map(),
    refusals: new Set(),
    refusal: '',
    over: false,
  };
  return {
    push: (event) => {
      if (state.over) return '';
      try {
        // TypeScript cannot see that key and event agree.
        return (HANDLERS[event.type] as (state: State, event: StreamEvent) => string)(state, event);
      } catch (thrown) {
        if (!(thrown instanceof GatewayError)) throw thrown;
        return failureText(state, thrown);
      }
    },
  };
}
