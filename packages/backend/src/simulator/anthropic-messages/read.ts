import type { JsonObject } from '../../types/json.ts';
import { isObject, softString } from '../../utils/fields.ts';
import type { Arrival, Ask, DeclaredTool, ReceivedMedia, ReceivedResult } from '../contract.ts';
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

/** Messages body, already checked, to what scenarios look at. */
export function readMessages(body: JsonObject, { model }: Arrival): Ask {
  const messages = objects(body['messages']);
  const choice = isObject(body['tool_choice']) ? body['tool_choice'] : {};
  const thinking = isObject(body['thinking']) ? body['thinking'] : undefined;
  return {
    format: 'anthropic-messages',
    model,
    stream: body['stream'] === true,
    seed: digest(32, model, JSON.stringify(body)),
    ...readHistory(messages.filter(({ role }) => role !== 'system').map((message) => turnOf(message, messages))),
    tools: choice['type'] === 'none' ? [] : objects(body['tools']).flatMap(toolOf),
    parallel: choice['disable_parallel_tool_use'] !== true,
    forcedTool: forcedTool(choice),
    schema: schemaOf(body),
    stopSequences: strings(body['stop_sequences']),
    inputTokens: inputTokensOf(body),
    wantsUsage: true,
    reasoningOff: thinking?.['type'] === 'disabled',
    reasoningVisible: thinking?.['display'] !== 'omitted',
    wantsEncrypted: true,
    asArray: false,
  };
}

function toolOf(tool: JsonObject): DeclaredTool[] {
  const schema = tool['input_schema'];
  return isObject(schema) ? [{ name: softString(tool['name']) ?? '', schema }] : [];
}

function forcedTool(choice: JsonObject): string | undefined {
  if (choice['type'] === 'any') return '*';
  return choice['type'] === 'tool' ? softString(choice['name']) : undefined;
}

function schemaOf(body: JsonObject): JsonObject | undefined {
  const format = isObject(body['output_config']) ? body['output_config']['format'] : body['output_format'];
  return isObject(format) && isObject(format['schema']) ? format['schema'] : undefined;
}

function turnOf(message: JsonObject, messages: readonly JsonObject[]): Turn {
  const role = message['role'] === 'assistant' ? 'assistant' : 'user';
  if (typeof message['content'] === 'string') return { ...EMPTY_TURN, role, text: message['content'] };
  const blocks = objects(message['content']);
  const results = blocks.filter(({ type }) => type === 'tool_result');
  const inside = results.flatMap(({ content }) => objects(content));
  return {
    role,
    text: textOf(blocks),
    results: results.map((block) => resultOf(block, messages)),
    calls: blocks.filter(({ type }) => type === 'tool_use').length,
    proofs: blocks.filter(({ type }) => type === 'thinking' || type === 'redacted_thinking').length,
    media: [...inside, ...blocks].flatMap(mediaOf),
  };
}

const textOf = (blocks: readonly JsonObject[]): string =>
  blocks.flatMap((block) => (block['type'] === 'text' ? (softString(block['text']) ?? []) : [])).join('\n');

function resultOf(block: JsonObject, messages: readonly JsonObject[]): ReceivedResult {
  const call = messages
    .flatMap(({ content }) => objects(content))
    .find(({ type, id }) => type === 'tool_use' && id === block['tool_use_id']);
  const text = typeof block['content'] === 'string' ? block['content'] : textOf(objects(block['content']));
  return { name: softString(call?.['name']), text };
}

function mediaOf(block: JsonObject): ReceivedMedia[] {
  const source = block['source'];
  if ((block['type'] !== 'image' && block['type'] !== 'document') || !isObject(source)) return [];
  const mime = softString(source['media_type']) ?? (block['type'] === 'image' ? 'image/*' : 'application/pdf');
  if (source['type'] === 'base64') return [inlineMedia(mime, softString(source['data']) ?? '')];
  if (source['type'] === 'text')
    return [inlineMedia(mime, Buffer.from(softString(source['data']) ?? '').toString('base64'))];
  return [mediaOfUrl(softString(source['url']) ?? softString(source['file_id']) ?? '', mime)];
}
