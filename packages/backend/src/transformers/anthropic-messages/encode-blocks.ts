import type { AnswerContext } from '../../types/format.ts';
import type { ReplyBlock } from '../../types/ir/reply.ts';
import type { Proof } from '../../types/ir/request.ts';
import type { JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import { fitId } from '../names.ts';
import { encodeCitation } from './citations.ts';
import { encodeProof, proofBlock, sealHiddenText } from './proofs.ts';
import { CALL_ID, CALL_ID_PREFIX, FORMAT, textBlock } from './wire.ts';

/** Id of an answer: the API's own where there is one, else made from the request's. */
export function answerId(id: string | undefined, { requestId }: AnswerContext): string {
  return id?.startsWith('msg_') === true ? id : `msg_${requestId.replace(/[^A-Za-z0-9]/g, '')}`;
}

/** Id of a call as this API writes ids; one that the upstream left out is made from the place of its block. */
export function callId(id: string | undefined, index: number, { requestId }: AnswerContext): string {
  if (id === undefined || id === '') return `${CALL_ID_PREFIX}${requestId.replace(/[^A-Za-z0-9]/g, '')}_${index}`;
  return fitId(id, CALL_ID, CALL_ID_PREFIX);
}

/** True when the client wants thinking blocks without their text (`display: "omitted"`). */
export function hidesThinking({ request }: AnswerContext): boolean {
  return request.reasoning?.visible === false;
}

/** The signature that closes a thinking block; a hidden text without a proof travels inside it. */
export function signatureOf(proof: Proof | undefined, hiddenText: string): string {
  return proof === undefined && hiddenText !== '' ? sealHiddenText(hiddenText) : encodeProof(proof);
}

/** This API has no media in answers: the client is told what came, in words. */
export function mediaText(media: { readonly mime: string; readonly data: string }): string {
  const bytes = Math.floor((media.data.replace(/=+$/, '').length * 3) / 4);
  return `[${media.mime}, ${bytes} bytes, cannot be shown through this API]`;
}

/**
 * A call's arguments as an object. A text that was encoded twice is opened; one that is no object, because the model
 * broke it or was cut off, is kept under `_raw`, where a tool's own check will see it.
 */
export function inputOf(argsText: string): JsonObject {
  if (argsText.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(argsText);
    if (typeof value === 'string') value = JSON.parse(value);
  } catch {
    // Not JSON: handed on as text below.
    return { _raw: argsText };
  }
  return isObject(value) ? value : { _raw: argsText };
}

function reasoningBlock(block: Extract<ReplyBlock, { kind: 'reasoning' }>, hidden: boolean): JsonObject[] {
  const { text, proof, redacted } = block;
  if (redacted) return proof === undefined ? [] : [{ type: 'redacted_thinking', data: encodeProof(proof) }];
  if (text === '' && proof === undefined) return [];
  const signature = signatureOf(proof, hidden ? text : '');
  return [{ type: 'thinking', thinking: hidden ? '' : text, signature }];
}

function textBlocks({ text, citations, proof }: Extract<ReplyBlock, { kind: 'text' }>): JsonObject[] {
  const cited = citations.length === 0 ? {} : { citations: citations.map(encodeCitation) };
  const blocks: JsonObject[] = text === '' && citations.length === 0 ? [] : [{ ...textBlock(text), ...cited }];
  return proof === undefined ? blocks : [...blocks, proofBlock(proof, undefined)];
}

function callBlocks(block: Extract<ReplyBlock, { kind: 'call' }>, index: number, context: AnswerContext): JsonObject[] {
  const { proof, name, custom, argsText } = block;
  const before = proof === undefined ? [] : [proofBlock(proof, callId(block.id, index + 1, context))];
  const id = callId(block.id, index + before.length, context);
  return [...before, { type: 'tool_use', id, name, input: custom ? { input: argsText } : inputOf(argsText) }];
}

/** One block of a reply as content blocks; `index` is the place of the first. */
export function encodeBlock(block: ReplyBlock, index: number, context: AnswerContext): JsonObject[] {
  switch (block.kind) {
    case 'text':
      return textBlocks(block);
    case 'refusal':
      return block.text === '' ? [] : [textBlock(block.text)];
    case 'reasoning':
      return reasoningBlock(block, hidesThinking(context));
    case 'call':
      return callBlocks(block, index, context);
    case 'media':
      return [textBlock(mediaText(block))];
    case 'opaque':
      return block.format === FORMAT && isObject(block.value) ? [block.value] : [];
    default:
      return block satisfies never;
  }
}
