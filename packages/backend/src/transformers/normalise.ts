import { GatewayError } from '../types/errors.ts';
import type { BlockStart, Emit, StreamEvent } from '../types/ir/stream-event.ts';

interface State {
  started: boolean;
  ended: boolean;
  sawCall: boolean;
  open: Set<number>;
  emit: Emit;
}

type Handlers = {
  [T in StreamEvent['type']]: (state: State, event: Extract<StreamEvent, { type: T }>) => void;
};

const start = (state: State): void => {
  if (state.started) return;
  state.started = true;
  state.emit({ type: 'message-start' });
};

const kindOf = { 'text-delta': 'text', 'args-delta': 'call', citation: 'text' } as const;

const delta = (state: State, event: Extract<StreamEvent, { type: keyof typeof kindOf }>): void => {
  start(state);
  if (!state.open.has(event.block))
    openBlock(state, { type: 'block-start', block: event.block, kind: kindOf[event.type] });
  state.emit(event);
};

const openBlock = (state: State, event: BlockStart): void => {
  start(state);
  if (state.open.has(event.block)) return;
  state.open.add(event.block);
  if (event.kind === 'call') state.sawCall = true;
  state.emit(event);
};

const closeAll = (state: State): void => {
  for (const block of state.open) state.emit({ type: 'block-end', block });
  state.open.clear();
};

const handlers: Handlers = {
  'message-start': (state, event) => {
    if (state.started) return;
    state.started = true;
    state.emit(event);
  },
  'block-start': openBlock,
  'text-delta': delta,
  'args-delta': delta,
  citation: delta,
  'block-end': (state, event) => {
    if (state.open.delete(event.block)) state.emit(event);
  },
  'usage-update': (state, event) => {
    start(state);
    state.emit(event);
  },
  'message-end': (state, event) => {
    start(state);
    closeAll(state);
    state.ended = true;
    // Several servers say "stop" and Gemini always does: what was called decides, not the word.
    const reason = state.sawCall && (event.reason === 'stop' || event.reason === 'other') ? 'tool' : event.reason;
    state.emit(reason === event.reason ? event : { ...event, reason });
  },
  'message-failure': (state, event) => {
    state.ended = true;
    state.emit(event);
  },
  'keep-alive': (state, event) => state.emit(event),
};

export interface Normaliser {
  /** Takes an event from a decoder, however sloppy, and hands on what an encoder may rely on. */
  push: Emit;
  /** The upstream's bytes are over: without a finish this is a failure, never a quiet success. */
  end(): void;
}

/**
 * Enforces the grammar between decoders and encoders, once for all formats: message-start first; every delta in
 * an open block; all blocks closed before the end; exactly one end or failure; nothing after it.
 */
export function createNormaliser(emit: Emit): Normaliser {
  const state: State = { started: false, ended: false, sawCall: false, open: new Set(), emit };
  return {
    push: (event) => {
      if (state.ended) {
        // Usage may follow the finish (Chat sends it last), but nothing else is believed.
        if (event.type === 'usage-update') emit(event);
        return;
      }
      // TypeScript cannot see that key and event agree.
      (handlers[event.type] as (state: State, event: StreamEvent) => void)(state, event);
    },
    end: () => {
      if (state.ended) return;
      state.ended = true;
      const error = new GatewayError('upstream_truncated', 'the provider ended its answer without a finish');
      emit({ type: 'message-failure', error });
    },
  };
}
