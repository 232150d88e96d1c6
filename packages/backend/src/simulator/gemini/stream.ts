import type { JsonObject } from '../../types/json.ts';
import type { Ask, EndReason, Frame, Script } from '../contract.ts';
import { usageOf } from '../fold.ts';
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
  let empty = true;
  for (const step of script.steps) {
    switch (step.type) {
      case 'think':
        signature = thoughtSignature(step);
        if (!ask.reasoningVisible || step.hidden) break;
        for (const text of step.pieces) yield chunk([{ text, thought: true }]);
        break;
      case 'say':
        for (const text of step.pieces) yield chunk([{ text }]);
        break;
      case 'refuse':
        for (const text of step.text.match(/\S+\s*/g) ?? []) yield chunk([{ text }]);
        break;
      case 'call':
        for (const part of callParts(ask, step.calls, signature)) yield chunk([part]);
        signature = undefined;
        break;
      case 'fail':
        yield { type: 'event', json: JSON.stringify({ error: geminiErrorObject(step.failure, ask.model) }) };
        return;
      case 'end': {
        // With text before it the signature comes last, on an empty text; a blocked prompt has no candidate.
        const last = { text: '', ...(signature === undefined ? {} : { thoughtSignature: signature }) };
        yield chunk(empty && step.reason === 'filter' ? [] : [last], step.reason);
        return;
      }
      default:
        yield step;
    }
    empty = false;
  }
}
