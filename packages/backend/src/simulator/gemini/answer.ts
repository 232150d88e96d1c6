import type { Json, JsonObject } from '../../types/json.ts';
import type { Ask, Block, EndReason, Script, SimulatedUsage } from '../contract.ts';
import { foldScript } from '../fold.ts';
import { digest, signProof } from '../ids.ts';

const FINISH: Readonly<Record<EndReason, string>> = {
  end: 'STOP',
  tool: 'STOP',
  length: 'MAX_TOKENS',
  'stop-sequence': 'STOP',
  filter: 'SAFETY',
  refusal: 'SAFETY',
  pause: 'STOP',
};

function geminiUsage(usage: SimulatedUsage): JsonObject {
  return {
    promptTokenCount: usage.input,
    candidatesTokenCount: usage.output - usage.reasoning,
    totalTokenCount: usage.input + usage.output,
    ...(usage.cacheRead > 0 ? { cachedContentTokenCount: usage.cacheRead } : {}),
    ...(usage.reasoning > 0 ? { thoughtsTokenCount: usage.reasoning } : {}),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: usage.input }],
  };
}

/** The proof that goes on the part after the thought. */
export function thoughtSignature({ pieces }: Extract<Block, { type: 'think' }>): string {
  return signProof('gemini', pieces.join(''));
}

/** Parts of a call step: calls come whole, and a signature only on the first. Ids only for a model "…:ids". */
export function callParts(
  ask: Ask,
  calls: Extract<Block, { type: 'call' }>['calls'],
  signature: string | undefined,
): JsonObject[] {
  const withIds = ask.model.split(/[:,]/).includes('ids');
  return calls.map(({ name, args }, at) => ({
    functionCall: {
      ...(withIds ? { id: digest(16, ask.seed, 'call', String(at)) } : {}),
      name,
      args: JSON.parse(args || '{}') as Json,
    },
    ...(at === 0 && signature !== undefined ? { thoughtSignature: signature } : {}),
  }));
}

/** One response object; every chunk of a stream is one as well. */
export function geminiResponse(
  ask: Ask,
  parts: readonly JsonObject[],
  usage: SimulatedUsage | undefined,
  reason?: EndReason,
): JsonObject {
  const blocked = reason === 'filter' && parts.length === 0;
  const candidate: JsonObject = {
    content: { parts: [...parts], role: 'model' },
    ...(reason === undefined ? {} : { finishReason: FINISH[reason] }),
    index: 0,
  };
  return {
    ...(blocked ? { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } } : { candidates: [candidate] }),
    ...(usage ? { usageMetadata: geminiUsage(usage) } : {}),
    modelVersion: ask.model,
    responseId: ask.seed.slice(0, 22),
  };
}

/** A whole response. */
export function answerGemini(ask: Ask, script: Script): JsonObject {
  const { blocks, end, usage } = foldScript(ask, script);
  const parts: JsonObject[] = [];
  let signature: string | undefined;
  for (const block of blocks) {
    if (block.type === 'think') {
      signature = thoughtSignature(block);
      if (ask.reasoningVisible && !block.hidden) parts.push({ text: block.pieces.join(''), thought: true });
    } else if (block.type === 'call') {
      parts.push(...callParts(ask, block.calls, signature));
      signature = undefined;
    } else {
      const text = block.type === 'say' ? block.pieces.join('') : block.text;
      parts.push({ text, ...(signature === undefined ? {} : { thoughtSignature: signature }) });
      signature = undefined;
    }
  }
  return geminiResponse(ask, parts, usage, end.reason);
}
