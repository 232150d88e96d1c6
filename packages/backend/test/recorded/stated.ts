import type { Json, JsonObject } from '../../src/types/json.ts';
import { isObject } from '../../src/utils/fields.ts';
import type { RecordedReply } from './wires.ts';

/**
 * What a recorded reply says, read from its wire by hand: nothing here uses a decoder. Counts are as the provider
 * counts, so `inputTokens` is the whole prompt with what came from a cache.
 */
export interface Stated {
  readonly text: string;
  /** Names of the called functions, in order. */
  readonly calls: readonly string[];
  /** The provider's own word for the end. */
  readonly stop: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const list = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.map(object) : []);
const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const count = (value: Json | undefined): number => (typeof value === 'number' ? value : 0);

function chat({ wire }: RecordedReply): Stated {
  const choices = wire.flatMap((chunk) => list(chunk['choices']));
  const said = choices.map((choice) => object(choice['delta'] ?? choice['message']));
  const usage = object(wire.findLast((chunk) => isObject(chunk['usage']))?.['usage']);
  const input = count(usage['prompt_tokens']);
  const calls = said.flatMap((message) => list(message['tool_calls']));
  return {
    text: said.map((message) => text(message['content'])).join(''),
    calls: calls.map((call) => text(object(call['function'])['name'])).filter((name) => name !== ''),
    stop: choices.map((choice) => text(choice['finish_reason'])).find((word) => word !== '') ?? '',
    inputTokens: input,
    // xAI leaves thoughts out of its completion count and only the total holds them.
    outputTokens: count(usage['total_tokens']) - input,
  };
}

function messages({ wire, isStream }: RecordedReply): Stated {
  const opening = object(isStream ? wire[0]?.['message'] : wire[0]);
  const closing = wire.findLast(({ type }) => type === 'message_delta');
  const usage = { ...object(opening['usage']), ...object(closing?.['usage']) };
  // A stream that goes on after its own code called a function opens with that call.
  const begun = [...list(opening['content']), ...wire.map((event) => object(event['content_block']))];
  const deltas = wire.map((event) => object(event['delta']));
  return {
    text: [...begun.filter(({ type }) => type === 'text'), ...deltas.filter(({ type }) => type === 'text_delta')]
      .map((piece) => text(piece['text']))
      .join(''),
    calls: begun.filter(({ type }) => type === 'tool_use').map((block) => text(block['name'])),
    stop: text(object(closing?.['delta'])['stop_reason'] ?? opening['stop_reason']),
    inputTokens:
      count(usage['input_tokens']) +
      count(usage['cache_read_input_tokens']) +
      count(usage['cache_creation_input_tokens']),
    outputTokens: count(usage['output_tokens']),
  };
}

function responses({ wire, isStream }: RecordedReply): Stated {
  const response = object(isStream ? wire.at(-1)?.['response'] : wire[0]);
  const usage = object(response['usage']);
  const output = list(response['output']);
  const parts = output.filter(({ type }) => type === 'message').flatMap((item) => list(item['content']));
  return {
    text: parts.map((part) => text(part['text'])).join(''),
    calls: output
      .filter(({ type }) => type === 'function_call' || type === 'custom_tool_call')
      .map((item) => text(item['name'])),
    stop: text(response['status']),
    inputTokens: count(usage['input_tokens']),
    outputTokens: count(usage['output_tokens']),
  };
}

function gemini({ wire }: RecordedReply): Stated {
  const candidates = wire.flatMap((chunk) => list(chunk['candidates']));
  const parts = candidates.flatMap((candidate) => list(object(candidate['content'])['parts']));
  const usage = object(wire.at(-1)?.['usageMetadata']);
  const input = count(usage['promptTokenCount']);
  return {
    text: parts
      .filter(({ thought }) => thought !== true)
      .map((part) => text(part['text']))
      .join(''),
    // The pieces of one call that streams its arguments carry no name after the first.
    calls: parts.map((part) => text(object(part['functionCall'])['name'])).filter((name) => name !== ''),
    stop: candidates.map((candidate) => text(candidate['finishReason'])).findLast((word) => word !== '') ?? '',
    inputTokens: input,
    outputTokens: count(usage['totalTokenCount']) - input,
  };
}

const READERS = {
  'openai-chat': chat,
  'anthropic-messages': messages,
  'openai-responses': responses,
  gemini,
} as const;

export const statedBy = (reply: RecordedReply): Stated => READERS[reply.format](reply);
