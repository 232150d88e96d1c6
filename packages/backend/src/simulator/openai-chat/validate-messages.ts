import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import { objects } from '../conversation.ts';
import {
  checkFile,
  checkImageUrl,
  checkLength,
  checkName,
  checkNotEmpty,
  missing,
  onlyKeys,
  unsupported,
  wrongType,
} from '../openai-rules.ts';
import { refuse } from '../refuse.ts';
import { wordOf } from '../word-of.ts';

const ROLES = ['system', 'assistant', 'user', 'function', 'tool', 'developer'];
const CALL_ID_MAX = 40;
const MESSAGE_KEYS = new Set(
  `role content name refusal audio annotations function_call tool_calls tool_call_id
  reasoning_content reasoning reasoning_details`.split(/\s+/),
);
const PART_KEYS = new Set(['type', 'text', 'image_url', 'input_audio', 'file', 'refusal', 'prompt_cache_breakpoint']);
const PART_TYPES: Readonly<Record<string, readonly string[]>> = {
  user: ['text', 'image_url', 'input_audio', 'file'],
  assistant: ['text', 'refusal'],
  system: ['text'],
  developer: ['text'],
  tool: ['text'],
};

export interface MessageRules {
  /** The model reasons, so its call turns must bring `reasoning_content` back, as DeepSeek demands. */
  readonly thinks: boolean;
  readonly lenient: boolean;
}

/** Refuses messages that Chat Completions refuses: shapes, parts by role, and the pairing of calls and results. */
export function checkChatMessages(messages: Json | undefined, rules: MessageRules): void {
  if (messages === undefined) missing('messages');
  if (!Array.isArray(messages)) wrongType('messages', 'an array of objects', messages);
  checkNotEmpty('messages', messages);
  for (const [at, message] of messages.entries()) {
    if (!isObject(message)) wrongType(`messages[${at}]`, 'an object', message);
    checkMessage(message, at);
  }
  checkPairs(objects(messages));
  if (rules.thinks && !rules.lenient) checkReasoning(objects(messages));
}

function checkMessage(message: JsonObject, at: number): void {
  const path = `messages[${at}]`;
  const role = message['role'];
  if (role === undefined) missing(`${path}.role`);
  if (!ROLES.includes(wordOf(role))) unsupported(`${path}.role`, role, ROLES);
  onlyKeys(message, path, MESSAGE_KEYS);
  if (message['tool_calls'] !== undefined) checkCalls(message['tool_calls'], path);
  if (role === 'tool' && typeof message['tool_call_id'] !== 'string') {
    refuse("Missing parameter 'tool_call_id': messages with role 'tool' must have a 'tool_call_id'.", {
      param: `messages.[${at}].tool_call_id`,
    });
  }
  checkLength(`${path}.tool_call_id`, message['tool_call_id'], CALL_ID_MAX);
  checkContent(message, wordOf(role), at);
}

function checkContent(message: JsonObject, role: string, at: number): void {
  const content = message['content'];
  if (content === undefined || content === null) {
    const may =
      role === 'assistant' &&
      (message['tool_calls'] !== undefined || message['refusal'] != null || message['function_call'] != null);
    if (!may)
      refuse("Invalid value for 'content': expected a string, got null.", { param: `messages.[${at}].content` });
    return;
  }
  if (typeof content === 'string') return;
  if (!Array.isArray(content)) wrongType(`messages[${at}].content`, 'one of an array of objects or string', content);
  checkNotEmpty(`messages[${at}].content`, content);
  for (const [index, part] of content.entries()) {
    const path = `messages[${at}].content[${index}]`;
    if (!isObject(part)) wrongType(path, 'an object', part);
    checkPart(part, path, role, at);
  }
}

function checkPart(part: JsonObject, path: string, role: string, at: number): void {
  const allowed = PART_TYPES[role] ?? ['text'];
  if (part['type'] === 'image_url' && role !== 'user') {
    refuse(
      `Invalid 'messages[${at}]'. Image URLs are only allowed for messages with role 'user', but this message with role '${role}' contains an image URL.`,
      { param: `messages[${at}]`, code: 'invalid_value' },
    );
  }
  if (!allowed.includes(wordOf(part['type']))) unsupported(`${path}.type`, part['type'], allowed);
  onlyKeys(part, path, PART_KEYS);
  if (part['type'] === 'text' && typeof part['text'] !== 'string') missing(`${path}.text`);
  if (part['type'] === 'image_url') {
    if (!isObject(part['image_url'])) wrongType(`${path}.image_url`, 'an object', part['image_url']);
    checkImageUrl(`${path}.image_url.url`, part['image_url']['url']);
  }
  if (part['type'] === 'file') {
    if (!isObject(part['file'])) missing(`${path}.file`);
    checkFile(`${path}.file`, part['file']);
  }
  if (part['type'] === 'input_audio') {
    const audio = isObject(part['input_audio']) ? part['input_audio'] : missing(`${path}.input_audio`);
    if (audio['format'] !== 'wav' && audio['format'] !== 'mp3')
      unsupported(`${path}.input_audio.format`, audio['format'], ['wav', 'mp3']);
  }
}

function checkCalls(calls: Json, path: string): void {
  if (!Array.isArray(calls)) wrongType(`${path}.tool_calls`, 'an array of objects', calls);
  checkNotEmpty(`${path}.tool_calls`, calls);
  for (const [index, call] of objects(calls).entries()) {
    const where = `${path}.tool_calls[${index}]`;
    if (typeof call['id'] !== 'string') missing(`${where}.id`);
    checkLength(`${where}.id`, call['id'], CALL_ID_MAX);
    if (call['type'] === 'custom') continue;
    if (call['type'] !== 'function') unsupported(`${where}.type`, call['type'], ['function', 'custom']);
    const called = isObject(call['function']) ? call['function'] : missing(`${where}.function`);
    checkName(`${where}.function.name`, called['name']);
    if (typeof called['arguments'] !== 'string')
      wrongType(`${where}.function.arguments`, 'a string', called['arguments']);
  }
}

function checkPairs(messages: readonly JsonObject[]): void {
  let open = new Set<string>();
  let askedAt = 0;
  const unanswered = (): void => {
    if (open.size === 0) return;
    refuse(
      `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open].join(', ')}`,
      { param: `messages.[${askedAt + 1}].role` },
    );
  };
  for (const [at, message] of messages.entries()) {
    if (message['role'] === 'tool') {
      if (!open.delete(wordOf(message['tool_call_id']))) {
        refuse(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          {
            param: `messages.[${at}].role`,
          },
        );
      }
      continue;
    }
    unanswered();
    open = new Set(objects(message['tool_calls']).map(({ id }) => wordOf(id)));
    askedAt = at;
  }
  unanswered();
}

function checkReasoning(messages: readonly JsonObject[]): void {
  const opening = messages.findLastIndex(({ role }, at) => role === 'user' && messages[at - 1]?.['role'] !== 'tool');
  for (const message of messages.slice(opening + 1)) {
    if (message['role'] !== 'assistant' || message['tool_calls'] === undefined) continue;
    if (message['reasoning_content'] === undefined && message['reasoning_details'] === undefined) {
      refuse('The `reasoning_content` in the thinking mode must be passed back to the API.', {
        code: 'invalid_request_error',
      });
    }
  }
}
