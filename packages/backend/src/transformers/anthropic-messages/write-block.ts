import { GatewayError } from '../../types/errors.ts';
import type { AnswerContext } from '../../types/format.ts';
import type { Citation, Proof } from '../../types/ir/request.ts';
import type { BlockKind, BlockStart } from '../../types/ir/stream-event.ts';
import type { JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import { encodeCitation } from './citations.ts';
import { callId, mediaText, signatureOf } from './encode-blocks.ts';
import { encodeProof, proofBlock } from './proofs.ts';
import { FORMAT, textBlock } from './wire.ts';

/** Most characters of thinking that are held for a client which wants none to see. */
const HIDDEN_CHARS_MAX = 4 * 1024 * 1024;

/** Writes one content block of a stream. Texts are complete server-sent events. */
export interface BlockWriter {
  readonly start: BlockStart;
  /** The start held the whole block; it is to be closed at once. */
  readonly whole: boolean;
  write(text: string): string;
  cite(citation: Citation): string;
  close(proof: Proof | undefined): string;
  /** Wire index of the block after this one, valid once it is closed. */
  nextIndex(): number;
}

export interface Beginning {
  readonly start: BlockStart;
  readonly index: number;
  readonly hidden: boolean;
  readonly context: AnswerContext;
}

/** Text and thinking can be closed and opened again; a call cannot. */
export function canYield(kind: BlockKind): boolean {
  return kind === 'text' || kind === 'refusal' || kind === 'reasoning';
}

const startText = (index: number, block: JsonObject): string =>
  `event: content_block_start\ndata: {"type":"content_block_start","index":${index},"content_block":${JSON.stringify(block)}}\n\n`;

const stopText = (index: number): string =>
  `event: content_block_stop\ndata: {"type":"content_block_stop","index":${index}}\n\n`;

/** Everything of a delta event up to its text, made once for each block. */
const deltaPrefix = (index: number, type: string, key: string): string =>
  `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"${type}","${key}":`;

const DELTA_SUFFIX = '}}\n\n';

/** Start and end of a block that is known whole. */
export const wholeBlock = (index: number, block: JsonObject): string => startText(index, block) + stopText(index);

/** Opens with its first text, so that an empty text gives no block. */
function textWriter({ start, index }: Beginning): BlockWriter {
  const prefix = deltaPrefix(index, 'text_delta', 'text');
  let next = index;
  const opening = (): string => {
    if (next > index) return '';
    next = index + 1;
    return startText(index, textBlock(''));
  };
  return {
    start,
    whole: false,
    write: (text) => (text === '' ? '' : `${opening()}${prefix}${JSON.stringify(text)}${DELTA_SUFFIX}`),
    cite: (citation) => {
      const value = JSON.stringify(encodeCitation(citation));
      return `${opening()}${deltaPrefix(index, 'citations_delta', 'citation')}${value}${DELTA_SUFFIX}`;
    },
    // A proof of a text stands before the block after it, so the encoder of the stream writes it.
    close: () => (next > index ? stopText(index) : ''),
    nextIndex: () => next,
  };
}

function thinkingWriter({ start, index, hidden }: Beginning): BlockWriter {
  const prefix = deltaPrefix(index, 'thinking_delta', 'thinking');
  let hiddenText = '';
  let next = index;
  const opening = (): string => {
    if (next > index) return '';
    next = index + 1;
    return startText(index, { type: 'thinking', thinking: '', signature: '' });
  };
  return {
    start,
    whole: false,
    write: (text) => {
      if (text === '') return '';
      if (!hidden) return `${opening()}${prefix}${JSON.stringify(text)}${DELTA_SUFFIX}`;
      hiddenText += text;
      if (hiddenText.length > HIDDEN_CHARS_MAX) {
        throw new GatewayError('upstream_garbled', 'the provider sent thinking larger than the gateway holds');
      }
      return '';
    },
    cite: () => '',
    close: (proof) => {
      if (next === index && hiddenText === '' && proof === undefined) return '';
      const signature = JSON.stringify(signatureOf(proof, hiddenText));
      const signed = `${deltaPrefix(index, 'signature_delta', 'signature')}${signature}${DELTA_SUFFIX}`;
      return opening() + signed + stopText(index);
    },
    nextIndex: () => next,
  };
}

function redactedWriter({ start, index }: Beginning): BlockWriter {
  let next = index;
  return {
    start,
    whole: false,
    write: () => '',
    cite: () => '',
    close: (proof) => {
      if (proof === undefined) return '';
      next = index + 1;
      return wholeBlock(index, { type: 'redacted_thinking', data: encodeProof(proof) });
    },
    nextIndex: () => next,
  };
}

/**
 * Writes a call. Start and first fragment wait for the event after them, because a call that came whole may end
 * with a proof, and the block of that proof belongs before the call; a later proof follows it.
 */
function callWriter({ start, index, context }: Beginning): BlockWriter {
  const custom = start.custom === true;
  let at = index;
  let next = index;
  let prefix = '';
  let held: string | undefined;
  const delta = (text: string): string => (text === '' ? '' : `${prefix}${JSON.stringify(text)}${DELTA_SUFFIX}`);
  const opening = (): string => {
    prefix = deltaPrefix(at, 'input_json_delta', 'partial_json');
    next = at + 1;
    const block = { type: 'tool_use', id: callId(start.id, at, context), name: start.name ?? '', input: {} };
    return startText(at, block) + delta(custom ? `{"input":"${held ?? ''}` : (held ?? ''));
  };
  const isOpen = (): boolean => next > at;
  return {
    start,
    whole: false,
    write: (text) => {
      if (text === '') return '';
      // Free text becomes the inside of a JSON string.
      const fragment = custom ? JSON.stringify(text).slice(1, -1) : text;
      if (isOpen()) return delta(fragment);
      if (held !== undefined) return opening() + delta(fragment);
      held = fragment;
      return '';
    },
    cite: () => '',
    close: (proof) => {
      const ending = (): string => (custom ? delta('"}') : '') + stopText(at);
      if (isOpen()) {
        const text = ending();
        if (proof === undefined) return text;
        next += 1;
        return text + wholeBlock(next - 1, proofBlock(proof, callId(start.id, at, context)));
      }
      if (proof === undefined) return opening() + ending();
      at = index + 1;
      return wholeBlock(index, proofBlock(proof, callId(start.id, at, context))) + opening() + ending();
    },
    nextIndex: () => next,
  };
}

/** A block that is known whole; a server tool's input goes in a delta, where clients look for it. */
function wholeWriter({ start, index }: Beginning, block: JsonObject | undefined): BlockWriter {
  const text = (): string => {
    if (block === undefined) return '';
    const { input, ...rest } = block;
    if (!isObject(input)) return wholeBlock(index, block);
    const delta = `${deltaPrefix(index, 'input_json_delta', 'partial_json')}${JSON.stringify(JSON.stringify(input))}${DELTA_SUFFIX}`;
    return startText(index, { ...rest, input: {} }) + delta + stopText(index);
  };
  return {
    start,
    whole: true,
    write: () => '',
    cite: () => '',
    close: text,
    nextIndex: () => (block === undefined ? index : index + 1),
  };
}

function opaqueBlock({ raw }: BlockStart): JsonObject | undefined {
  return raw?.format === FORMAT && isObject(raw.value) ? raw.value : undefined;
}

function mediaWriter(beginning: Beginning): BlockWriter {
  const { media } = beginning.start;
  if (media === undefined) return wholeWriter(beginning, undefined);
  const writer = textWriter(beginning);
  return { ...writer, whole: true, close: (proof) => writer.write(mediaText(media)) + writer.close(proof) };
}

/** The writer for a block that begins. Blocks of other APIs that this wire cannot carry write nothing. */
export function beginBlock(beginning: Beginning): BlockWriter {
  const { start } = beginning;
  switch (start.kind) {
    case 'text':
    case 'refusal':
      return textWriter(beginning);
    case 'reasoning':
      return start.redacted === true ? redactedWriter(beginning) : thinkingWriter(beginning);
    case 'call':
      return callWriter(beginning);
    case 'media':
      return mediaWriter(beginning);
    case 'opaque':
      return wholeWriter(beginning, opaqueBlock(start));
    default:
      return start.kind satisfies never;
  }
}
