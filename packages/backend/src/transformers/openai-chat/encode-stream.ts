import { GatewayError } from '../../types/errors.ts';
import type { AnswerContext, StreamEncoder } from '../../types/format.ts';
import type { Citation } from '../../types/ir/request.ts';
import type { BlockKind, BlockStart, StreamEvent } from '../../types/ir/stream-event.ts';
import type { Usage } from '../../types/ir/usage.ts';
import type { JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import { SSE_KEEP_ALIVE } from '../../utils/sse.ts';
import { mergeUsage } from '../../utils/usage.ts';
import { annotationsOf, answerId, callId, createdSeconds, finishWord, imageOf, signatureText } from './answer.ts';
import { encodeStreamError } from './errors.ts';
import { detailsOf } from './reasoning-details.ts';
import { encodeUsage } from './usage.ts';
import { extraContent } from './wire.ts';

const KEPT_CHARS_MAX = 16 * 1024 * 1024;

interface BlockState {
  readonly kind: BlockKind;
  /** Up to the text or argument fragment of a delta: all that is the same in each chunk of this block. */
  readonly head: string;
  /** Behind the fragment. */
  readonly tail: string;
  readonly callIndex: number;
  readonly custom: boolean;
  readonly redacted: boolean;
  /** Where a text block starts in the message's content. */
  readonly base: number;
  /** Words of a reasoning block, which its proof repeats. */
  text: string;
  chars: number;
  citations: Citation[] | undefined;
  /** The signature stood on the chunk that opened the call. */
  signed: boolean;
}

interface State {
  readonly context: AnswerContext;
  readonly legacy: boolean;
  readonly wantUsage: boolean;
  /** From `data: ` to the value of `delta`. */
  readonly head: string;
  /** Behind `delta`, in chunks without a finish. */
  readonly tail: string;
  readonly blocks: Map<number, BlockState>;
  calls: number;
  details: number;
  contentChars: number;
  refused: boolean;
  failed: boolean;
  usage: Usage;
}

type Handlers = { [T in StreamEvent['type']]: (state: State, event: Extract<StreamEvent, { type: T }>) => string };

/** Encoder for the chunks of a stream, made of ready text: a delta costs one `JSON.stringify` of its words. */
export function streamEncoder(context: AnswerContext): StreamEncoder {
  const common = `"id":${JSON.stringify(answerId(context))},"object":"chat.completion.chunk","created":${createdSeconds(context)},"model":${JSON.stringify(context.model)}`;
  const state: State = {
    context,
    legacy: context.request.legacyCalls === true,
    wantUsage: context.request.wantUsage,
    head: `data: {${common},"choices":[{"index":0,"delta":`,
    tail: context.request.wantUsage ? ',"finish_reason":null}],"usage":null}\n\n' : ',"finish_reason":null}]}\n\n',
    blocks: new Map(),
    calls: 0,
    details: 0,
    contentChars: 0,
    refused: false,
    failed: false,
    usage: {},
  };
  // TypeScript cannot see that key and event agree.
  const handle = (event: StreamEvent): string =>
    (HANDLERS[event.type] as (state: State, event: StreamEvent) => string)(state, event);
  return { push: (event) => (state.failed ? '' : handle(event)) };
}

/** Words of thinking are kept for their proof, up to the limit of what is held for one answer. */
function keep(open: BlockState, text: string): boolean {
  open.text += text;
  return open.text.length <= KEPT_CHARS_MAX;
}

function tooLarge(state: State): string {
  state.failed = true;
  const error = new GatewayError('upstream_garbled', 'the provider sent more thinking than the limit');
  return encodeStreamError(error, state.context.requestId);
}

const chunk = ({ head, tail }: State, delta: JsonObject): string => `${head}${JSON.stringify(delta)}${tail}`;

const HANDLERS: Handlers = {
  'message-start': ({ head, tail }) => `${head}{"role":"assistant","content":""}${tail}`,
  'block-start': startBlock,
  'text-delta': (state, { block, text }) => {
    const open = state.blocks.get(block);
    if (open === undefined) return '';
    open.chars += text.length;
    if (open.kind === 'text') state.contentChars += text.length;
    else if (open.kind === 'reasoning' && !keep(open, text)) return tooLarge(state);
    return `${open.head}${JSON.stringify(text)}${open.tail}`;
  },
  'args-delta': (state, { block, text }) => {
    const open = state.blocks.get(block);
    if (open === undefined || open.head === '') return '';
    open.chars += text.length;
    return `${open.head}${JSON.stringify(text)}${open.tail}`;
  },
  citation: (state, { block, citation }) => {
    const open = state.blocks.get(block);
    if (open === undefined) return '';
    if (open.citations === undefined) open.citations = [citation];
    else open.citations.push(citation);
    return '';
  },
  'block-end': endBlock,
  'usage-update': (state, { usage }) => {
    state.usage = mergeUsage(state.usage, usage);
    return '';
  },
  'message-end': (state, { reason }) => {
    const word = finishWord(reason, state.refused, state.legacy);
    const last = `${state.head}{},"finish_reason":"${word}"}]${state.wantUsage ? ',"usage":null' : ''}}\n\n`;
    return `${last}${usageChunk(state)}data: [DONE]\n\n`;
  },
  'message-failure': ({ context }, { error }) => encodeStreamError(error, context.requestId),
  'keep-alive': () => SSE_KEEP_ALIVE,
};

/** The chunk without a choice that carries usage: only for who asked, and only what the provider said. */
function usageChunk({ head, usage, wantUsage }: State): string {
  const wire = wantUsage ? encodeUsage(usage) : undefined;
  if (wire === undefined) return '';
  return `${head.slice(0, head.lastIndexOf('"choices":'))}"choices":[],"usage":${JSON.stringify(wire)}}\n\n`;
}

const TEXT_FIELDS: Partial<Record<BlockKind, string>> = {
  text: 'content',
  refusal: 'refusal',
  reasoning: 'reasoning_content',
};

function startBlock(state: State, event: BlockStart): string {
  const { block, kind } = event;
  if (kind === 'call') return startCall(state, event);
  if (kind === 'media') return mediaChunk(state, event);
  if (kind === 'opaque') return opaqueChunk(state, event);
  if (kind === 'refusal') state.refused = true;
  const open = blockState(state, event, {
    head: `${state.head}{"${TEXT_FIELDS[kind]}":`,
    tail: `}${state.tail}`,
    callIndex: -1,
  });
  state.blocks.set(block, open);
  return '';
}

type Frame = Pick<BlockState, 'head' | 'tail' | 'callIndex'>;

function blockState(state: State, event: BlockStart, frame: Frame): BlockState {
  return {
    ...frame,
    kind: event.kind,
    custom: event.custom === true,
    redacted: event.redacted === true,
    base: state.contentChars,
    text: '',
    chars: 0,
    citations: undefined,
    signed: false,
  };
}

function startCall(state: State, event: BlockStart): string {
  const index = state.calls++;
  const { block, custom, name = '' } = event;
  const id = callId(event.id, state.context, index);
  if (state.legacy && custom !== true) {
    // The older dialect has room for one call; the request allowed no more.
    const head = index === 0 ? `${state.head}{"function_call":{"arguments":` : '';
    state.blocks.set(block, blockState(state, event, { head, tail: `}}${state.tail}`, callIndex: index }));
    return index === 0 ? chunk(state, { function_call: { name, arguments: '' } }) : '';
  }
  const [inner, field] = custom === true ? ['custom', 'input'] : ['function', 'arguments'];
  const head = `${state.head}{"tool_calls":[{"index":${index},"${inner}":{"${field}":`;
  const open = blockState(state, event, { head, tail: `}}]}${state.tail}`, callIndex: index });
  state.blocks.set(block, open);
  const call: JsonObject =
    custom === true
      ? { index, id, type: 'custom', custom: { name, input: '' } }
      : { index, id, type: 'function', function: { name, arguments: '' } };
  // Google puts the signature here, and some clients look nowhere else.
  const signature = signatureText(event.proof);
  open.signed = signature !== undefined;
  return chunk(state, {
    tool_calls: [signature === undefined ? call : { ...call, extra_content: extraContent(signature) }],
  });
}

function mediaChunk(state: State, { media }: BlockStart): string {
  if (media === undefined) return '';
  const { data, mime } = media;
  if (mime.startsWith('audio/')) return chunk(state, { audio: { data, transcript: '' } });
  return chunk(state, { images: [imageOf(mime, data)] });
}

function opaqueChunk(state: State, { raw }: BlockStart): string {
  if (raw?.format !== 'openai-chat' || !isObject(raw.value)) return '';
  const { logprobs, ...delta } = raw.value;
  if (logprobs === undefined) return chunk(state, delta);
  return `${state.head}${JSON.stringify(delta)},"logprobs":${JSON.stringify(logprobs)}${state.tail}`;
}

function endBlock(state: State, { block, proof }: Extract<StreamEvent, { type: 'block-end' }>): string {
  const open = state.blocks.get(block);
  if (open === undefined) return '';
  state.blocks.delete(block);
  if (open.kind === 'reasoning') {
    const details = detailsOf(open.text, open.redacted, proof, state.details);
    state.details += details.length;
    return details.length === 0 ? '' : chunk(state, { reasoning_details: details });
  }
  const signature = signatureText(proof);
  if (open.kind === 'call') return endCall(state, open, signature);
  const annotations = open.citations === undefined ? [] : annotationsOf(open.citations, open.base, open.chars);
  const cited = annotations.length === 0 ? '' : chunk(state, { annotations });
  return signature === undefined ? cited : cited + chunk(state, { extra_content: extraContent(signature) });
}

function endCall(state: State, open: BlockState, signature: string | undefined): string {
  // Clients parse the arguments as JSON, so "none" must be an object.
  const empty = open.chars === 0 && !open.custom && open.head !== '' ? `${open.head}"{}"${open.tail}` : '';
  if (signature === undefined || open.signed || state.legacy) return empty;
  // Strict clients refuse a fragment without its function.
  const inner = open.custom ? { custom: { input: '' } } : { function: { arguments: '' } };
  const fragment = { index: open.callIndex, ...inner, extra_content: extraContent(signature) };
  return empty + chunk(state, { tool_calls: [fragment] });
}
