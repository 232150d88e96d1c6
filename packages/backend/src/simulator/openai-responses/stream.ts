import type { Json, JsonObject } from '../../types/json.ts';
import type { Ask, Frame, Script, Step } from '../contract.ts';
import { argumentPieces } from '../conversation.ts';
import { usageOf } from '../fold.ts';
import { openaiErrorObject } from '../openai-errors.ts';
import { incompleteOf, itemsOf, responseObject, responsesUsage } from './answer.ts';

type Block = Extract<Step, { type: 'think' | 'say' | 'call' | 'refuse' }>;
/** An event before it has its sequence number. */
type Draft = readonly [type: string, fields: JsonObject];

/** Responses events, numbered from 0, up to the terminal event with the whole response. */
export function* streamResponses(ask: Ask, script: Script, createdS: number): Generator<Frame> {
  let sequence = 0;
  const number = ([type, fields]: Draft): Frame => {
    const json = JSON.stringify({ type, sequence_number: sequence, ...fields });
    sequence += 1;
    return { type: 'event', name: type, json };
  };
  const output: Json[] = [];
  if (script.steps[0]?.type !== 'wait') {
    const response = responseObject(ask, createdS, { status: 'in_progress', output: [] });
    yield number(['response.created', { response }]);
    yield number(['response.in_progress', { response }]);
  }
  for (const [at, step] of script.steps.entries()) {
    if (step.type === 'end' || step.type === 'fail') {
      for (const draft of terminal(ask, script, createdS, step, output)) yield number(draft);
      return;
    }
    if (step.type === 'wait' || step.type === 'drop' || step.type === 'close') {
      yield step;
      continue;
    }
    const items = itemsOf(ask, step, output.length);
    const broken = ['wait', 'drop', 'close', 'fail'].includes(script.steps[at + 1]?.type ?? '');
    for (const draft of itemEvents(step, items, output.length)) {
      // A break right behind this step hits before its texts are declared done.
      if (!broken || !draft[0].endsWith('.done')) yield number(draft);
    }
    output.push(...items);
  }
}

function* terminal(
  ask: Ask,
  script: Script,
  createdS: number,
  step: Extract<Step, { type: 'end' | 'fail' }>,
  output: Json[],
): Generator<Draft> {
  if (step.type === 'fail') {
    const { message, type, code, param } = openaiErrorObject(step.failure, ask.model);
    yield ['error', { code: code ?? type, message, param }];
    const error = { code: 'server_error', message };
    yield ['response.failed', { response: responseObject(ask, createdS, { status: 'failed', output, error }) }];
    return;
  }
  const counted = usageOf(ask, script);
  const usage = counted && responsesUsage(counted);
  const incomplete = incompleteOf(step);
  const status = incomplete === undefined ? 'completed' : 'incomplete';
  yield [`response.${status}`, { response: responseObject(ask, createdS, { status, output, usage, incomplete }) }];
}

function* itemEvents(block: Block, items: readonly JsonObject[], first: number): Generator<Draft> {
  if (block.type === 'call') {
    yield* callEvents(items, first);
    return;
  }
  const [item] = items;
  if (item === undefined) return;
  const place = { output_index: first };
  const at = { item_id: item['id'], ...place };
  yield ['response.output_item.added', { ...place, item: opened(item) }];
  if (block.type === 'say') yield* textEvents(block.pieces, at);
  else if (block.type === 'refuse') yield* refusalEvents(block.text, at);
  else if (Array.isArray(item['summary']) && item['summary'].length > 0) yield* summaryEvents(block.pieces, at);
  yield ['response.output_item.done', { ...place, item }];
}

/** The item as it is announced: nothing in it yet. */
function opened(item: JsonObject): JsonObject {
  if (item['type'] === 'reasoning') return { ...item, summary: [] };
  if (item['type'] === 'function_call') return { ...item, status: 'in_progress', arguments: '' };
  return { ...item, status: 'in_progress', content: [] };
}

function* textEvents(pieces: readonly string[], item: JsonObject): Generator<Draft> {
  const at = { ...item, content_index: 0 };
  const part = (text: string): JsonObject => ({ type: 'output_text', text, annotations: [], logprobs: [] });
  const text = pieces.join('');
  yield ['response.content_part.added', { ...at, part: part('') }];
  for (const delta of pieces) yield ['response.output_text.delta', { ...at, delta, logprobs: [] }];
  yield ['response.output_text.done', { ...at, text, logprobs: [] }];
  yield ['response.content_part.done', { ...at, part: part(text) }];
}

function* refusalEvents(refusal: string, item: JsonObject): Generator<Draft> {
  const at = { ...item, content_index: 0 };
  yield ['response.content_part.added', { ...at, part: { type: 'refusal', refusal: '' } }];
  for (const delta of refusal.match(/\S+\s*/g) ?? []) yield ['response.refusal.delta', { ...at, delta }];
  yield ['response.refusal.done', { ...at, refusal }];
  yield ['response.content_part.done', { ...at, part: { type: 'refusal', refusal } }];
}

function* summaryEvents(pieces: readonly string[], item: JsonObject): Generator<Draft> {
  const at = { ...item, summary_index: 0 };
  const text = pieces.join('');
  yield ['response.reasoning_summary_part.added', { ...at, part: { type: 'summary_text', text: '' } }];
  for (const delta of pieces) yield ['response.reasoning_summary_text.delta', { ...at, delta }];
  yield ['response.reasoning_summary_text.done', { ...at, text }];
  yield ['response.reasoning_summary_part.done', { ...at, part: { type: 'summary_text', text } }];
}

/** All calls are announced, their fragments take turns, then each is finished. */
function* callEvents(items: readonly JsonObject[], first: number): Generator<Draft> {
  const places = items.map((item, at) => ({
    item,
    output_index: first + at,
    pieces: argumentPieces(String(item['arguments'])),
  }));
  for (const { item, output_index } of places)
    yield ['response.output_item.added', { output_index, item: opened(item) }];
  const rounds = Math.max(0, ...places.map(({ pieces }) => pieces.length));
  for (let round = 0; round < rounds; round += 1) {
    for (const { item, output_index, pieces } of places) {
      const delta = pieces[round];
      if (delta !== undefined)
        yield ['response.function_call_arguments.delta', { item_id: item['id'], output_index, delta }];
    }
  }
  for (const { item, output_index } of places) {
    const { id, name, arguments: args } = item;
    yield ['response.function_call_arguments.done', { item_id: id, output_index, name, arguments: args }];
    yield ['response.output_item.done', { output_index, item }];
  }
}
