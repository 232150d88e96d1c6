import type { Json, JsonObject } from '../../types/json.ts';
import type { Ask, EndReason, Script, SimulatedUsage, Step } from '../contract.ts';
import { foldScript } from '../fold.ts';
import { digest, signProof } from '../ids.ts';

const FINISH: Readonly<Record<EndReason, string>> = {
  end: 'stop',
  tool: 'tool_calls',
  length: 'length',
  'stop-sequence': 'stop',
  filter: 'content_filter',
  refusal: 'stop',
  pause: 'stop',
};

/** `finish_reason`; a server that gives calls whole also says "stop" beside them. */
export function finishOf(reason: EndReason, steps: readonly Step[]): string {
  const whole = steps.some((step) => step.type === 'call' && step.manner === 'whole');
  return whole ? 'stop' : FINISH[reason];
}

export const chatId = (ask: Ask): string => `chatcmpl-${ask.seed.slice(0, 29)}`;
export const callId = (ask: Ask, at: number): string => `call_${digest(24, ask.seed, 'call', String(at))}`;

/** The opaque form of reasoning that nobody can read, in OpenRouter's `reasoning_details`. */
export function hiddenDetail(text: string): JsonObject {
  return { type: 'reasoning.encrypted', data: signProof('openai-chat', text), format: 'simulator-v1', index: 0 };
}

export function chatUsage(usage: SimulatedUsage): JsonObject {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: {
      cached_tokens: usage.cacheRead,
      audio_tokens: 0,
      ...(usage.cacheWrite5m + usage.cacheWrite1h > 0
        ? { cache_write_tokens: usage.cacheWrite5m + usage.cacheWrite1h }
        : {}),
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** A whole `chat.completion`. */
export function answerChat(ask: Ask, script: Script, createdS: number): JsonObject {
  const { end, usage } = foldScript(ask, script);
  return {
    id: chatId(ask),
    object: 'chat.completion',
    created: createdS,
    model: ask.model,
    choices: [
      { index: 0, message: messageOf(ask, script), logprobs: null, finish_reason: finishOf(end.reason, script.steps) },
    ],
    ...(usage ? { usage: chatUsage(usage) } : {}),
    service_tier: 'default',
    system_fingerprint: 'fp_simulator',
  };
}

function messageOf(ask: Ask, script: Script): JsonObject {
  const message: JsonObject = { role: 'assistant', content: null, refusal: null, annotations: [] };
  const calls: Json[] = [];
  for (const block of foldScript(ask, script).blocks) {
    if (block.type === 'say') message['content'] = `${message['content'] ?? ''}${block.pieces.join('')}`;
    else if (block.type === 'refuse') message['refusal'] = block.text;
    else if (block.type === 'call') {
      for (const { name, args } of block.calls) {
        calls.push({ id: callId(ask, calls.length), type: 'function', function: { name, arguments: args } });
      }
    } else if (block.hidden) message['reasoning_details'] = [hiddenDetail(block.pieces.join(''))];
    else message['reasoning_content'] = block.pieces.join('');
  }
  if (calls.length > 0) message['tool_calls'] = calls;
  return message;
}
