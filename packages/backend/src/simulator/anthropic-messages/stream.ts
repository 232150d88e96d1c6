import type { JsonObject } from '../../types/json.ts';
import type { Ask, Block, Failure, Frame, Script } from '../contract.ts';
import { argumentPieces } from '../conversation.ts';
import { breaksAfter, isFault, usageOf } from '../fold.ts';
import { digest } from '../ids.ts';
import { deltaUsage, messageId, startUsage, stopFields, thinkingBlock, toolUseId } from './answer.ts';
import { messagesErrorBody } from './errors.ts';

/** A block as it goes over the wire. */
interface WireBlock {
  readonly start: JsonObject;
  readonly deltas: readonly JsonObject[];
}

/** Messages events: blocks strictly one after another, then `message_delta` and `message_stop`. */
export function* streamMessages(ask: Ask, script: Script): Generator<Frame> {
  const usage = usageOf(ask, script);
  if (script.steps[0]?.type !== 'wait') {
    yield event('message_start', { message: openMessage(ask, startUsage(usage)) });
    yield event('ping', {});
  }
  let index = 0;
  let calls = 0;
  for (const [at, step] of script.steps.entries()) {
    if (step.type === 'end') {
      yield event('message_delta', { delta: stopFields(step), usage: deltaUsage(usage) });
      yield event('message_stop', {});
      return;
    }
    if (step.type === 'fail') {
      yield errorEvent(ask, step.failure);
      return;
    }
    if (isFault(step)) {
      yield step;
      continue;
    }
    const blocks = blocksOf(ask, step, calls);
    for (const block of blocks) {
      yield* blockEvents(block, index, !breaksAfter(script, at));
      index += 1;
    }
    if (step.type === 'call') calls += step.calls.length;
  }
}

function* blockEvents({ start, deltas }: WireBlock, index: number, closes: boolean): Generator<Frame> {
  yield event('content_block_start', { index, content_block: start });
  for (const delta of deltas) yield event('content_block_delta', { index, delta });
  if (closes) yield event('content_block_stop', { index });
}

function errorEvent(ask: Ask, failure: Failure): Frame {
  const body = messagesErrorBody(failure, ask.model, `req_01${digest(22, ask.seed)}`);
  return { type: 'event', name: 'error', json: JSON.stringify(body) };
}

function event(type: string, fields: JsonObject): Frame {
  return { type: 'event', name: type, json: JSON.stringify({ type, ...fields }) };
}

function openMessage(ask: Ask, usage: JsonObject): JsonObject {
  return {
    id: messageId(ask),
    type: 'message',
    role: 'assistant',
    model: ask.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage,
  };
}

function blocksOf(ask: Ask, step: Block, calls: number): WireBlock[] {
  const textBlock = (pieces: readonly string[]): WireBlock => ({
    start: { type: 'text', text: '' },
    deltas: pieces.map((text) => ({ type: 'text_delta', text })),
  });
  if (step.type === 'say') return [textBlock(step.pieces)];
  if (step.type === 'refuse') return [textBlock(step.text.match(/\S+\s*/g) ?? [])];
  if (step.type === 'think') return [thinking(ask, step)];
  return step.calls.map(({ name, args }, at) => ({
    start: { type: 'tool_use', id: toolUseId(ask, calls + at), name, input: {} },
    deltas: ['', ...argumentPieces(args)].map((partial_json) => ({ type: 'input_json_delta', partial_json })),
  }));
}

function thinking(ask: Ask, step: Extract<Block, { type: 'think' }>): WireBlock {
  const whole = thinkingBlock(step, ask.reasoningVisible);
  if (step.hidden) return { start: whole, deltas: [] };
  const words = ask.reasoningVisible ? step.pieces.map((piece) => ({ type: 'thinking_delta', thinking: piece })) : [];
  const proof = { type: 'signature_delta', signature: whole['signature'] };
  return { start: { type: 'thinking', thinking: '', signature: '' }, deltas: [...words, proof] };
}
