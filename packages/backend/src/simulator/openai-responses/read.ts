import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, softString } from '../../utils/fields.ts';
import type { Arrival, Ask, DeclaredTool, ReceivedMedia } from '../contract.ts';
import { EMPTY_TURN, inputTokensOf, mediaOfUrl, objects, readHistory, strings, type Turn } from '../conversation.ts';
import { digest } from '../ids.ts';

/** Responses body, already checked, to what scenarios look at. */
export function readResponses(body: JsonObject, { model }: Arrival): Ask {
  const items = typeof body['input'] === 'string' ? [{ role: 'user', content: body['input'] }] : objects(body['input']);
  const reasoning = isObject(body['reasoning']) ? body['reasoning'] : {};
  const format = isObject(body['text']) && isObject(body['text']['format']) ? body['text']['format'] : undefined;
  return {
    format: 'openai-responses',
    model,
    stream: body['stream'] === true,
    seed: digest(32, model, JSON.stringify(body)),
    ...readHistory(items.map((item) => turnOf(item, items)).filter((turn) => turn !== undefined)),
    tools: body['tool_choice'] === 'none' ? [] : objects(body['tools']).flatMap(toolOf),
    parallel: body['parallel_tool_calls'] !== false,
    forcedTool: forcedTool(body['tool_choice']),
    schema: schemaOf(format),
    stopSequences: [],
    inputTokens: inputTokensOf(body),
    wantsUsage: true,
    reasoningOff: reasoning['effort'] === 'none',
    reasoningVisible: typeof reasoning['summary'] === 'string',
    wantsEncrypted: strings(body['include']).includes('reasoning.encrypted_content'),
    asArray: false,
  };
}

function toolOf(tool: JsonObject): DeclaredTool[] {
  if (tool['type'] !== 'function') return [];
  return [{ name: softString(tool['name']) ?? '', schema: isObject(tool['parameters']) ? tool['parameters'] : {} }];
}

function forcedTool(choice: Json | undefined): string | undefined {
  if (choice === 'required') return '*';
  return isObject(choice) && choice['type'] === 'function' ? softString(choice['name']) : undefined;
}

function schemaOf(format: JsonObject | undefined): JsonObject | undefined {
  if (format?.['type'] === 'json_object') return {};
  return format?.['type'] === 'json_schema' && isObject(format['schema']) ? format['schema'] : undefined;
}

function turnOf(item: JsonObject, items: readonly JsonObject[]): Turn | undefined {
  switch (item['type'] ?? 'message') {
    case 'message': {
      if (item['role'] !== 'user' && item['role'] !== 'assistant') return undefined;
      const parts = objects(item['content']);
      const text = typeof item['content'] === 'string' ? item['content'] : textOf(parts);
      return { ...EMPTY_TURN, role: item['role'], text, media: parts.flatMap(mediaOf) };
    }
    case 'function_call':
      return { ...EMPTY_TURN, role: 'assistant', calls: 1 };
    case 'reasoning':
      return { ...EMPTY_TURN, role: 'assistant', proofs: 1 };
    case 'function_call_output': {
      const parts = objects(item['output']);
      const call = items.find(({ type, call_id }) => type === 'function_call' && call_id === item['call_id']);
      const text = typeof item['output'] === 'string' ? item['output'] : textOf(parts);
      return { ...EMPTY_TURN, results: [{ name: softString(call?.['name']), text }], media: parts.flatMap(mediaOf) };
    }
    default:
      return undefined;
  }
}

const textOf = (parts: readonly JsonObject[]): string =>
  parts.flatMap((part) => softString(part['text']) ?? []).join('\n');

function mediaOf(part: JsonObject): ReceivedMedia[] {
  const reference = softString(part['file_id']) ?? '';
  if (part['type'] === 'input_image') return [mediaOfUrl(softString(part['image_url']) ?? reference, 'image/*')];
  if (part['type'] !== 'input_file') return [];
  return [mediaOfUrl(softString(part['file_data']) ?? softString(part['file_url']) ?? reference)];
}
