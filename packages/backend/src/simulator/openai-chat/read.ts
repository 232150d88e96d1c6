import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, softString } from '../../utils/fields.ts';
import type { Arrival, Ask, DeclaredTool, ReceivedMedia } from '../contract.ts';
import {
  EMPTY_TURN,
  inlineMedia,
  inputTokensOf,
  mediaOfUrl,
  objects,
  readHistory,
  strings,
  type Turn,
} from '../conversation.ts';
import { digest } from '../ids.ts';

/** Chat Completions body, already checked, to what scenarios look at. */
export function readChat(body: JsonObject, { model }: Arrival): Ask {
  const messages = objects(body['messages']);
  const format = isObject(body['response_format']) ? body['response_format'] : undefined;
  const options = isObject(body['stream_options']) ? body['stream_options'] : undefined;
  return {
    format: 'openai-chat',
    model,
    stream: body['stream'] === true,
    seed: digest(32, model, JSON.stringify(body)),
    ...readHistory(messages.map((message) => turnOf(message, messages)).filter((turn) => turn !== undefined)),
    tools: body['tool_choice'] === 'none' ? [] : objects(body['tools']).flatMap(toolOf),
    parallel: body['parallel_tool_calls'] !== false,
    forcedTool: forcedTool(body['tool_choice']),
    schema: schemaOf(format),
    stopSequences: typeof body['stop'] === 'string' ? [body['stop']] : strings(body['stop']),
    inputTokens: inputTokensOf(body),
    wantsUsage: options?.['include_usage'] === true,
    reasoningOff: body['reasoning_effort'] === 'none',
    reasoningVisible: true,
    wantsEncrypted: false,
    asArray: false,
  };
}

function toolOf(tool: JsonObject): DeclaredTool[] {
  const declared = tool['function'];
  if (!isObject(declared)) return [];
  return [
    {
      name: softString(declared['name']) ?? '',
      schema: isObject(declared['parameters']) ? declared['parameters'] : {},
    },
  ];
}

function forcedTool(choice: Json | undefined): string | undefined {
  if (choice === 'required') return '*';
  if (!isObject(choice)) return undefined;
  return isObject(choice['function']) ? softString(choice['function']['name']) : undefined;
}

function schemaOf(format: JsonObject | undefined): JsonObject | undefined {
  if (format?.['type'] === 'json_object') return {};
  const named = format?.['json_schema'];
  if (format?.['type'] !== 'json_schema' || !isObject(named)) return undefined;
  return isObject(named['schema']) ? named['schema'] : {};
}

function turnOf(message: JsonObject, messages: readonly JsonObject[]): Turn | undefined {
  const parts = objects(message['content']);
  const text = typeof message['content'] === 'string' ? message['content'] : textOf(parts);
  switch (message['role']) {
    case 'user':
      return { ...EMPTY_TURN, text, media: parts.flatMap(mediaOf) };
    case 'tool':
      return { ...EMPTY_TURN, results: [{ name: calledName(message['tool_call_id'], messages), text }] };
    case 'assistant':
      return {
        ...EMPTY_TURN,
        role: 'assistant',
        text,
        calls: objects(message['tool_calls']).length,
        proofs: message['reasoning_content'] || objects(message['reasoning_details']).length > 0 ? 1 : 0,
      };
    default:
      return undefined;
  }
}

const textOf = (parts: readonly JsonObject[]): string =>
  parts.flatMap((part) => softString(part['text']) ?? []).join('\n');

function calledName(id: Json | undefined, messages: readonly JsonObject[]): string | undefined {
  const call = messages.flatMap((message) => objects(message['tool_calls'])).find((one) => one['id'] === id);
  return isObject(call?.['function']) ? softString(call['function']['name']) : undefined;
}

function mediaOf(part: JsonObject): ReceivedMedia[] {
  if (isObject(part['image_url'])) return [mediaOfUrl(softString(part['image_url']['url']) ?? '', 'image/*')];
  if (isObject(part['input_audio'])) {
    const { format, data } = part['input_audio'];
    return [inlineMedia(`audio/${softString(format) ?? 'wav'}`, softString(data) ?? '')];
  }
  if (isObject(part['file'])) {
    const given = softString(part['file']['file_data']);
    return [given === undefined ? mediaOfUrl(softString(part['file']['file_id']) ?? '') : mediaOfUrl(given)];
  }
  return [];
}
