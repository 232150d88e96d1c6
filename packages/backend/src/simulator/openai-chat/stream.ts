import type { Json, JsonObject } from '../../types/json.ts';
import type { Ask, Block, Frame, Script } from '../contract.ts';
import { argumentPieces } from '../conversation.ts';
import { isFault, usageOf } from '../fold.ts';
import { openaiErrorObject } from '../openai-errors.ts';
import { callId, chatId, chatUsage, finishOf, hiddenDetail } from './answer.ts';

type CallStep = Extract<Block, { type: 'call' }>;

/** `chat.completion.chunk` events up to `[DONE]`; a failure is an `error` object and the end, without `[DONE]`. */
export function* streamChat(ask: Ask, script: Script, createdS: number): Generator<Frame> {
  const chunk = (choices: Json[], usage: JsonObject | null = null): Frame => ({
    type: 'event',
    json: JSON.stringify({
      id: chatId(ask),
      object: 'chat.completion.chunk',
      created: createdS,
      model: ask.model,
      service_tier: 'default',
      system_fingerprint: 'fp_simulator',
      choices,
      ...(ask.wantsUsage && script.usage !== 'none' ? { usage } : {}),
    }),
  });
  const delta = (fields: JsonObject, finish: string | null = null): Frame =>
    chunk([{ index: 0, delta: fields, logprobs: null, finish_reason: finish }]);

  if (script.steps[0]?.type !== 'wait')
    yield delta({ role: 'assistant', content: firstContent(script), refusal: null });
  for (const step of script.steps) {
    if (step.type === 'end') {
      yield delta({}, finishOf(step.reason, script.steps));
      const usage = usageOf(ask, script);
      if (ask.wantsUsage && usage !== undefined) yield chunk([], chatUsage(usage));
      yield { type: 'event', json: '[DONE]' };
      return;
    }
    if (step.type === 'fail') {
      yield { type: 'event', json: JSON.stringify({ error: openaiErrorObject(step.failure, ask.model) }) };
      return;
    }
    if (isFault(step)) yield step;
    else for (const fields of deltasOf(ask, step)) yield delta(fields);
  }
}

/** Without any words to come, content starts as null and stays so. */
function firstContent({ steps }: Script): '' | null {
  return steps.some(({ type }) => type === 'refuse' || type === 'call') ? null : '';
}

function* deltasOf(ask: Ask, step: Block): Generator<JsonObject> {
  switch (step.type) {
    case 'say':
      for (const content of step.pieces) yield { content };
      return;
    case 'refuse':
      for (const refusal of step.text.match(/\S+\s*/g) ?? []) yield { refusal };
      return;
    case 'think':
      if (step.hidden) yield { reasoning_details: [hiddenDetail(step.pieces.join(''))] };
      else for (const piece of step.pieces) yield { reasoning_content: piece };
      return;
    case 'call':
      for (const fragments of callFragments(ask, step)) yield { tool_calls: [fragments] };
  }
}

/** Fragments of parallel calls take turns, as models that write them side by side send them. */
function* callFragments(ask: Ask, { calls, manner }: CallStep): Generator<JsonObject> {
  const named = (index: number, args: string): JsonObject => ({
    ...(manner === 'whole' ? {} : { index }),
    id: callId(ask, index),
    type: 'function',
    function: { name: calls[index]?.name ?? '', arguments: args },
  });
  if (manner === 'whole') {
    for (const [index, { args }] of calls.entries()) yield named(index, args);
    return;
  }
  if (manner === 'fragments') for (const index of calls.keys()) yield named(index, '');
  const pieces = calls.map(({ args }) => argumentPieces(args));
  const rounds = Math.max(0, ...pieces.map((list) => list.length));
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, list] of pieces.entries()) {
      const piece = list[round];
      if (piece !== undefined) yield { index, function: { arguments: piece } };
    }
  }
  if (manner === 'late-name') for (const index of calls.keys()) yield named(index, '');
}
