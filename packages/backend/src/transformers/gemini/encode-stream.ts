import { GatewayError } from '../../types/errors.ts';
import type { AnswerContext, StreamEncoder } from '../../types/format.ts';
import type { BlockKind, StreamEvent } from '../../types/ir/stream-event.ts';
import type { Usage } from '../../types/ir/usage.ts';
import type { JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import { mergeUsage } from '../../utils/usage.ts';
import { encodeStreamError } from './errors.ts';
import { BLOCKED_PROMPT } from './finish.ts';
import { encodeGrounding, type Placed } from './grounding.ts';
import { callPart, carriedSignature, signatureText } from './part-text.ts';
import { ending } from './reply.ts';
import { encodeUsage } from './usage.ts';
import { ANSWER_CHARS_MAX, CALL_CHARS_MAX, KEEP_ALIVE } from './wire.ts';

interface PendingCall {
  readonly id: string;
  readonly name: string;
  readonly custom: boolean;
  argsText: string;
  signature: string | undefined;
  done: boolean;
}

interface Media {
  readonly mime: string;
  readonly data: string;
}

interface State {
  readonly context: AnswerContext;
  /** Around the JSON of a part: everything of a chunk that never changes. */
  head: string;
  tail: string;
  responseId: string;
  readonly kinds: Map<number, BlockKind>;
  /** Calls in the order of their start; they go out whole, and in that order. */
  readonly calls: Map<number, PendingCall>;
  readonly media: Map<number, Media>;
  readonly broken: string[];
  readonly placed: Placed[];
  /** Text of the block that is written, and UTF-8 bytes of the blocks before it: offsets of citations count in them. */
  text: string;
  bytesBefore: number;
  /** True when the open reasoning block has text. */
  thought: boolean;
  /** Signature that waits for the part behind a thought. */
  waiting: string | undefined;
  heldChars: number;
  usage: Usage;
  sentParts: boolean;
  opened: boolean;
  ended: boolean;
}

type Handlers = {
  [T in StreamEvent['type']]: (state: State, event: Extract<StreamEvent, { type: T }>) => string;
};

function framed(state: State, json: string): string {
  if (state.context.framing === 'sse') return `data: ${json}\r\n\r\n`;
  const before = state.opened ? ',\r\n' : '[';
  state.opened = true;
  return before + json;
}

function setHead(state: State): void {
  const sse = state.context.framing === 'sse';
  const { model } = state.context;
  state.head = `${sse ? 'data: ' : ''}{"candidates":[{"content":{"parts":[`;
  const names = `"modelVersion":${JSON.stringify(model)},"responseId":${JSON.stringify(state.responseId)}}`;
  state.tail = `],"role":"model"},"index":0}],${names}${sse ? '\r\n\r\n' : ''}`;
}

function chunk(state: State, part: string): string {
  state.sentParts = true;
  if (state.context.framing === 'sse') return state.head + part + state.tail;
  const before = state.opened ? ',\r\n' : '[';
  state.opened = true;
  return before + state.head + part + state.tail;
}

/** The waiting signature as the end of a part, used up. */
function takeWaiting(state: State): string {
  if (state.waiting === undefined) return '';
  const text = `,"thoughtSignature":${JSON.stringify(state.waiting)}`;
  state.waiting = undefined;
  return text;
}

function failed(state: State, error: GatewayError): string {
  state.ended = true;
  const { requestId, framing } = state.context;
  const text = encodeStreamError(error, requestId, framing);
  if (framing === 'sse') return text;
  return `${state.opened ? ',\r\n' : '['}${text}]`;
}

function tooLarge(state: State): string {
  return failed(state, new GatewayError('upstream_garbled', 'the provider sent a function call that is too large'));
}

/** Calls that are whole, as long as no earlier one is still open. */
function flushCalls(state: State): string {
  let text = '';
  for (const [block, call] of state.calls) {
    if (!call.done) break;
    state.calls.delete(block);
    state.heldChars -= call.argsText.length;
    const signature = call.signature ?? state.waiting;
    const part = callPart(call, signature);
    if (part === undefined) state.broken.push(call.name);
    else {
      state.waiting = undefined;
      text += chunk(state, part);
    }
  }
  return text;
}

/** A picture waits for its end, because its signature comes with it and belongs to the same part. */
function mediaPart(state: State, { mime, data }: Media, signature: string | undefined): string {
  state.waiting = signature ?? state.waiting;
  const inlineData = `{"mimeType":${JSON.stringify(mime)},"data":${JSON.stringify(data)}}`;
  return `{"inlineData":${inlineData}${takeWaiting(state)}}`;
}

function endText(state: State, signature: string | undefined): string {
  state.bytesBefore += Buffer.byteLength(state.text);
  state.text = '';
  if (signature === undefined) return '';
  return chunk(state, `{"text":"","thoughtSignature":${JSON.stringify(signature)}}`);
}

function lastChunk(state: State, { reason, raw }: Extract<StreamEvent, { type: 'message-end' }>): string {
  const usageMetadata = encodeUsage(state.usage);
  const tail: JsonObject = {
    ...(usageMetadata !== undefined && { usageMetadata }),
    modelVersion: state.context.model,
    responseId: state.responseId,
  };
  if (!state.sentParts && raw?.startsWith(BLOCKED_PROMPT)) {
    return framed(
      state,
      JSON.stringify({ promptFeedback: { blockReason: raw.slice(BLOCKED_PROMPT.length) }, ...tail }),
    );
  }
  const groundingMetadata = encodeGrounding(state.placed);
  const candidate: JsonObject = {
    content: { parts: [{ text: '' }], role: 'model' },
    ...ending(reason, raw, state.broken),
    index: 0,
    ...(groundingMetadata !== undefined && { groundingMetadata }),
  };
  return framed(state, JSON.stringify({ candidates: [candidate], ...tail }));
}

const handlers: Handlers = {
  'message-start': (state, { id }) => {
    if (id !== undefined) state.responseId = id;
    setHead(state);
    return '';
  },
  'block-start': (state, event) => {
    const { block, kind } = event;
    state.kinds.set(block, kind);
    if (kind === 'reasoning') state.thought = false;
    if (kind === 'call') {
      const { id = '', name = '', custom = false } = event;
      state.calls.set(block, { id, name, custom, argsText: '', signature: undefined, done: false });
    }
    if (kind === 'media' && event.media !== undefined) state.media.set(block, event.media);
    const raw = kind === 'opaque' ? event.raw : undefined;
    return raw?.format === 'gemini' && isObject(raw.value) ? chunk(state, JSON.stringify(raw.value)) : '';
  },
  'text-delta': (state, { block, text }) => {
    if (text === '') return '';
    if (state.kinds.get(block) === 'reasoning') {
      state.thought = true;
      return chunk(state, `{"text":${JSON.stringify(text)},"thought":true}`);
    }
    if (state.text.length < ANSWER_CHARS_MAX) state.text += text;
    if (state.waiting === undefined) return chunk(state, `{"text":${JSON.stringify(text)}}`);
    return chunk(state, `{"text":${JSON.stringify(text)}${takeWaiting(state)}}`);
  },
  'args-delta': (state, { block, text }) => {
    const call = state.calls.get(block);
    if (call === undefined) return '';
    call.argsText += text;
    state.heldChars += text.length;
    return call.argsText.length > CALL_CHARS_MAX || state.heldChars > ANSWER_CHARS_MAX ? tooLarge(state) : '';
  },
  citation: (state, { citation }) => {
    state.placed.push({ citation, text: state.text, byteBase: state.bytesBefore, partIndex: 0 });
    return '';
  },
  'block-end': (state, { block, proof }) => {
    const kind = state.kinds.get(block);
    state.kinds.delete(block);
    const signature = signatureText(proof);
    const call = state.calls.get(block);
    if (call !== undefined) {
      call.signature = signature;
      call.done = true;
      return flushCalls(state);
    }
    const media = state.media.get(block);
    if (media !== undefined) {
      state.media.delete(block);
      return chunk(state, mediaPart(state, media, signature));
    }
    if (kind === 'text' || kind === 'refusal') return endText(state, signature);
    if (kind !== 'reasoning' || signature === undefined) return '';
    state.waiting = carriedSignature(proof, state.thought ? 'said' : '') ?? state.waiting;
    return chunk(state, `{"text":"","thought":true,"thoughtSignature":${JSON.stringify(signature)}}`);
  },
  'usage-update': (state, { usage }) => {
    state.usage = mergeUsage(state.usage, usage);
    return '';
  },
  'message-end': (state, event) => {
    state.ended = true;
    const text = lastChunk(state, event);
    return state.context.framing === 'sse' ? text : `${text}]`;
  },
  'message-failure': (state, { error }) => failed(state, error),
  'keep-alive': ({ context }) => (context.framing === 'sse' ? KEEP_ALIVE : '\n'),
};

/**
 * Encoder of `streamGenerateContent`: with `sse` framing `data:` lines with CRLF, without it one JSON array. Text
 * goes out as it comes, a call when it is whole, usage and finish in the last chunk. There is no `[DONE]`.
 */
export function streamEncoder(context: AnswerContext): StreamEncoder {
  const state: State = {
    context,
    head: '',
    tail: '',
    responseId: context.requestId,
    kinds: new Map(),
    calls: new Map(),
    media: new Map(),
    broken: [],
    placed: [],
    text: '',
    bytesBefore: 0,
    thought: false,
    waiting: undefined,
    heldChars: 0,
    usage: {},
    sentParts: false,
    opened: false,
    ended: false,
  };
  setHead(state);
  return {
    push: (event) => {
      if (state.ended) return '';
      // TypeScript cannot see that key and event agree.
      return (handlers[event.type] as (state: State, event: StreamEvent) => string)(state, event);
    },
  };
}
