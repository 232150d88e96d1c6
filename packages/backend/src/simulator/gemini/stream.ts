import type { JsonObject } from '../../types/json.ts';
import type { Ask, Block, EndReason, Frame, Script } from '../contract.ts';
import { isFault, usageOf } from '../fold.ts';
import { callParts, geminiResponse, thoughtSignature } from './answer.ts';
import { geminiErrorObject } from './errors.ts';

/** Response objects with text deltas and whole calls; usage on each, the finish reason on the last. */
export function* streamGemini(ask: Ask, script: Script): Generator<Frame> {
  const usage = usageOf(ask, script);
  const chunk = (parts: readonly JsonObject[], reason?: EndReason): Frame => ({
    type: 'event',
    json: JSON.stringify(geminiResponse(ask, parts, usage, reason)),
  });
  let signature: string | undefined;
  for (const [at, step] of script.steps.entries()) {
    if (step.type === 'fail') {
      yield { type: 'event', json: JSON.stringify({ error: geminiErrorObject(step.failure, ask.model) }) };
      return;
    }
    if (step.type === 'end') {
      // With text before it the signature comes last, on an empty text; a blocked prompt has no candidate.
      const last = { text: '', ...(signature === undefined ? {} : { thoughtSignature: signature }) };
      yield chunk(at === 0 && step.reason === 'filter' ? [] : [last], step.reason);
      return;
    }
    if (isFault(step)) {
      yield step;
      continue;
    }
    for (const part of partsOf(ask, step, signature)) yield chunk([part]);
    if (step.type === 'think') signature = thoughtSignature(step);
    else if (step.type === 'call') signature = undefined;
  }
}

function partsOf(ask: Ask, block: Block, signature: string | undefined): JsonObject[] {
  switch (block.type) {
    case 'think':
      return ask.reasoningVisible && !block.hidden ? block.pieces.map((text) => ({ text, thought: true })) : [];
    case 'say':
      return block.pieces.map((text) => ({ text }));
    case 'refuse':
      return (block.text.match(/\S+\s*/g) ?? []).map((text) => ({ text }));
    case 'call':
      return callParts(ask, block.calls, signature);
  }
}
