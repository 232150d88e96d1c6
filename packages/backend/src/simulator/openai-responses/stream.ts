import type { Json, JsonObject } from '../../types/json.ts';
import type { Ask, Block, Frame, Script, Step } from '../contract.ts';
import { argumentPieces } from '../conversation.ts';
import { breaksAfter, isFault, usageOf } from '../fold.ts';
import { openaiErrorObject } from '../openai-errors.ts';
import { incompleteOf, itemsOf, type ResponseState, responseObject, responsesUsage } from './answer.ts';

/** An event before it has its sequence number. */
type Draft = readonly [type: string, fields: JsonObject];

/** The response as the terminal event repeats it. */
type LastResponse = (state: ResponseState) => JsonObject;

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
      const last = (state: ResponseState): JsonObject => responseObject(ask, createdS, { output, ...state });
      for (const draft of step.type === 'end' ? ending(ask, script, step, last) : failing(ask, step, last))
        yield number(draft);
      return;
    }
    if (isFault(step)) {
      yield step;
      continue;
    }
    const items = itemsOf(ask, step, output.length);
    const broken = breaksAfter(script, at);
    for (const draft of itemEvents(step, items, output.length)) {
      // A break right behind this step hits before its texts are declared done.
      if (!broken || !draft[0].endsWith('.done')) yield number(draft);
    }
    output.push(...items);
  }
}

function failing(ask: Ask, { failure }: Extract<Step, { type: 'fail' }>, last: LastResponse): Draft[] {
  const { message, type, code, param } = openaiErrorObject(failure, ask.model);
  const error = { code: 'server_error', message };
  return [
    ['error', { code: code ?? type, message, param }],
    ['response.failed', { response: last({ status: 'failed', error }) }],
  ];
}

function ending(ask: Ask, script: Script, step: Extract<Step, { type: 'end' }>, last: LastResponse): Draft[] {
  const counted = usageOf(ask, script);
  const usage = counted && responsesUsage(counted);
  const incomplete = incompleteOf(step);
  const status = incomplete === undefined ? 'completed' : 'incomplete';
  return [[`response.${status}`, { response: last({ status, usage, incomplete }) }]];
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
