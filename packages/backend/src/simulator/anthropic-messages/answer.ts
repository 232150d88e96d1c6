import type { Json, JsonObject } from '../../types/json.ts';
import type { Ask, EndReason, Script, SimulatedUsage, Step } from '../contract.ts';
import { foldScript } from '../fold.ts';
import { digest, signProof } from '../ids.ts';

type End = Extract<Step, { type: 'end' }>;

const STOP: Readonly<Record<EndReason, string>> = {
  end: 'end_turn',
  tool: 'tool_use',
  length: 'max_tokens',
  'stop-sequence': 'stop_sequence',
  filter: 'refusal',
  refusal: 'refusal',
  pause: 'pause_turn',
};

export const messageId = (ask: Ask): string => `msg_01${ask.seed.slice(0, 22)}`;
export const toolUseId = (ask: Ask, at: number): string => `toolu_01${digest(22, ask.seed, 'call', String(at))}`;

/** The reason with its companions, as they stand in a message and in `message_delta`. */
export function stopFields({ reason, stopSequence }: End): JsonObject {
  const refused = reason === 'refusal' || reason === 'filter';
  const details = { type: 'refusal', category: null, explanation: 'The request was declined under the usage policy.' };
  return {
    stop_reason: STOP[reason],
    stop_sequence: stopSequence ?? null,
    ...(refused ? { stop_details: details } : {}),
  };
}

/** Usage of a whole message, in Anthropic's convention: `input_tokens` leaves out what the cache read and wrote. */
function messagesUsage(usage: SimulatedUsage | undefined): JsonObject {
  return { ...deltaUsage(usage), ...startOnly(usage) };
}

/** Usage in `message_start`: one output token so far. The split of cache writes is told here and never again. */
export function startUsage(usage: SimulatedUsage | undefined): JsonObject {
  return { ...inputUsage(usage), ...startOnly(usage), output_tokens: 1 };
}

/** Usage in `message_delta`: cumulative counts. */
export function deltaUsage(usage: SimulatedUsage | undefined): JsonObject {
  const { output = 0, reasoning = 0 } = usage ?? {};
  return {
    ...inputUsage(usage),
    output_tokens: output,
    ...(reasoning > 0 ? { output_tokens_details: { thinking_tokens: reasoning } } : {}),
  };
}

function inputUsage(usage: SimulatedUsage | undefined): JsonObject {
  const { input = 0, cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0 } = usage ?? {};
  return {
    input_tokens: input - cacheRead - cacheWrite5m - cacheWrite1h,
    cache_creation_input_tokens: cacheWrite5m + cacheWrite1h,
    cache_read_input_tokens: cacheRead,
  };
}

function startOnly(usage: SimulatedUsage | undefined): JsonObject {
  const { cacheWrite5m = 0, cacheWrite1h = 0 } = usage ?? {};
  return {
    cache_creation: { ephemeral_5m_input_tokens: cacheWrite5m, ephemeral_1h_input_tokens: cacheWrite1h },
    service_tier: 'standard',
  };
}

/** The thinking block of a step, whole. */
export function thinkingBlock(step: Extract<Step, { type: 'think' }>, visible: boolean): JsonObject {
  const text = step.pieces.join('');
  const proof = signProof('anthropic-messages', text);
  if (step.hidden) return { type: 'redacted_thinking', data: proof };
  return { type: 'thinking', thinking: visible ? text : '', signature: proof };
}

/** A whole message. */
export function answerMessages(ask: Ask, script: Script): JsonObject {
  const { blocks, end, usage } = foldScript(ask, script);
  const content: Json[] = [];
  let calls = 0;
  for (const block of blocks) {
    if (block.type === 'think') content.push(thinkingBlock(block, ask.reasoningVisible));
    else if (block.type === 'say') content.push({ type: 'text', text: block.pieces.join('') });
    else if (block.type === 'refuse') content.push({ type: 'text', text: block.text });
    else {
      for (const { name, args } of block.calls) {
        const input = JSON.parse(args || '{}') as Json;
        content.push({ type: 'tool_use', id: toolUseId(ask, calls), name, input });
        calls += 1;
      }
    }
  }
  return {
    id: messageId(ask),
    type: 'message',
    role: 'assistant',
    model: ask.model,
    content,
    ...stopFields(end),
    usage: messagesUsage(usage),
  };
}
