import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import { objects } from '../conversation.ts';
import { isOwnProof } from '../ids.ts';
import {
  checkFile,
  checkImageUrl,
  checkLength,
  checkName,
  missing,
  onlyKeys,
  unsupported,
  wrongType,
} from '../openai-rules.ts';
import { refuse } from '../refuse.ts';
import { wordOf } from '../word-of.ts';
import { wasReasoned } from './answer.ts';

const CALL_ID_MAX = 64;
const ROLES = ['assistant', 'system', 'developer', 'user'];
const ITEM_TYPES =
  `message function_call function_call_output reasoning item_reference custom_tool_call custom_tool_call_output
  web_search_call file_search_call computer_call computer_call_output code_interpreter_call image_generation_call local_shell_call
  local_shell_call_output mcp_call mcp_list_tools mcp_approval_request mcp_approval_response shell_call shell_call_output
  apply_patch_call apply_patch_call_output tool_search_call tool_search_output compaction additional_tools`.split(
    /\s+/,
  );
const PREFIXES: Readonly<Record<string, string>> = {
  message: 'msg',
  function_call: 'fc',
  function_call_output: 'fc',
  reasoning: 'rs',
};
const ASSISTANT_PARTS = ['output_text', 'refusal'];
const INPUT_PARTS = ['input_text', 'input_image', 'input_file'];
const PART_KEYS = new Set(
  `type text annotations logprobs refusal image_url file_id detail file_data file_url filename prompt_cache_breakpoint`.split(
    /\s+/,
  ),
);
const MESSAGE_KEYS = new Set(['type', 'role', 'content', 'id', 'status', 'phase']);
const CALL_KEYS = new Set(['type', 'id', 'call_id', 'name', 'arguments', 'status', 'namespace', 'caller']);
const OUTPUT_KEYS = new Set(['type', 'id', 'call_id', 'output', 'status', 'caller']);
const REASONING_KEYS = new Set(['type', 'id', 'summary', 'content', 'encrypted_content', 'status']);

/** Refuses input that Responses refuses; with `strict` a call of a reasoning model without its reasoning as well. */
export function checkItems(input: Json | undefined, strict: boolean): void {
  if (input === undefined) missing('input');
  if (typeof input === 'string') return;
  if (!Array.isArray(input)) wrongType('input', 'one of a string or array of input items', input);
  for (const [at, item] of input.entries()) {
    if (!isObject(item)) wrongType(`input[${at}]`, 'an input item', item);
    checkItem(item, `input[${at}]`);
  }
  const items = objects(input);
  checkPairs(items);
  checkReasoningOrder(items, strict);
}

function checkItem(item: JsonObject, path: string): void {
  const type = item['type'] ?? 'message';
  if (!ITEM_TYPES.includes(wordOf(type))) unsupported(`${path}.type`, type, ITEM_TYPES);
  const prefix = PREFIXES[wordOf(type)];
  const id = item['id'];
  if (type === 'item_reference') refuse(`Item with id '${wordOf(id)}' not found.`, { status: 404, param: 'input' });
  if (prefix !== undefined && typeof id === 'string' && !id.startsWith(prefix)) {
    refuse(`Invalid '${path}.id': '${wordOf(id)}'. Expected an ID that begins with '${prefix}'.`, {
      param: `${path}.id`,
      code: 'invalid_value',
    });
  }
  checkLength(`${path}.id`, id, CALL_ID_MAX);
  if (type === 'message') checkMessage(item, path);
  else if (type === 'function_call') checkCall(item, path);
  else if (type === 'function_call_output') checkOutput(item, path);
  else if (type === 'reasoning') checkProof(item, path);
}

function checkMessage(item: JsonObject, path: string): void {
  onlyKeys(item, path, MESSAGE_KEYS);
  const { role, content } = item;
  if (!ROLES.includes(wordOf(role))) unsupported(`${path}.role`, role, ROLES);
  if (content === undefined) missing(`${path}.content`);
  if (typeof content === 'string') return;
  if (!Array.isArray(content)) wrongType(`${path}.content`, 'one of an array of objects or string', content);
  checkParts(content, `${path}.content`, role === 'assistant' ? ASSISTANT_PARTS : INPUT_PARTS);
}

function checkParts(parts: readonly Json[], path: string, allowed: readonly string[]): void {
  for (const [at, part] of parts.entries()) {
    const where = `${path}[${at}]`;
    if (!isObject(part)) wrongType(where, 'an object', part);
    if (!allowed.includes(wordOf(part['type']))) unsupported(`${where}.type`, part['type'], allowed);
    onlyKeys(part, where, PART_KEYS);
    if (wordOf(part['type']).endsWith('_text') && typeof part['text'] !== 'string') missing(`${where}.text`);
    if (part['type'] === 'input_image' && part['file_id'] == null)
      checkImageUrl(`${where}.image_url`, part['image_url']);
    if (part['type'] === 'input_file') checkFile(where, part);
  }
}

function checkCallId(item: JsonObject, path: string): void {
  if (typeof item['call_id'] !== 'string' || item['call_id'] === '') missing(`${path}.call_id`);
  checkLength(`${path}.call_id`, item['call_id'], CALL_ID_MAX);
}

function checkCall(item: JsonObject, path: string): void {
  onlyKeys(item, path, CALL_KEYS);
  checkCallId(item, path);
  checkName(`${path}.name`, item['name']);
  if (typeof item['arguments'] !== 'string') wrongType(`${path}.arguments`, 'a string', item['arguments']);
}

function checkOutput(item: JsonObject, path: string): void {
  onlyKeys(item, path, OUTPUT_KEYS);
  checkCallId(item, path);
  const { output } = item;
  if (output === undefined) missing(`${path}.output`);
  if (typeof output === 'string') return;
  if (!Array.isArray(output)) wrongType(`${path}.output`, 'one of an array of objects or string', output);
  checkParts(output, `${path}.output`, INPUT_PARTS);
}

function checkProof(item: JsonObject, path: string): void {
  onlyKeys(item, path, REASONING_KEYS);
  if (!Array.isArray(item['summary'])) missing(`${path}.summary`);
  const proof = item['encrypted_content'];
  if (typeof proof === 'string') {
    const text = objects(item['summary'])
      .map((part) => wordOf(part['text'] ?? ''))
      .join('');
    if (isOwnProof('openai-responses', proof, text === '' ? undefined : text)) return;
    const start = proof.length > 12 ? `${proof.slice(0, 4)}...${proof.slice(-4)}` : proof;
    refuse(
      `The encrypted content ${start} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
      {
        code: 'invalid_encrypted_content',
      },
    );
  }
  // Without content the id is looked up in the store, which holds what was answered here.
  if (typeof item['id'] === 'string' && /^rs_[0-9a-f]{47}$/.test(item['id'])) return;
  refuse(
    `Item with id '${wordOf(item['id'])}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
    { status: 404, param: 'input' },
  );
}

function checkPairs(items: readonly JsonObject[]): void {
  const idsOf = (type: string): string[] =>
    items.filter((item) => item['type'] === type).map((item) => wordOf(item['call_id']));
  const outputs = new Set(idsOf('function_call_output'));
  const calls = new Set(idsOf('function_call'));
  const unanswered = idsOf('function_call').find((id) => !outputs.has(id));
  if (unanswered !== undefined) refuse(`No tool output found for function call ${unanswered}.`, { param: 'input' });
  const stray = idsOf('function_call_output').find((id) => !calls.has(id));
  if (stray !== undefined)
    refuse(`No tool call found for function call output with call_id ${stray}.`, { param: 'input' });
}

function checkReasoningOrder(items: readonly JsonObject[], strict: boolean): void {
  for (const [at, item] of items.entries()) {
    const next = items[at + 1];
    if (item['type'] === 'reasoning') {
      const follower = next?.['type'] ?? 'message';
      const right =
        next !== undefined && ['message', 'function_call', 'custom_tool_call', 'reasoning'].includes(wordOf(follower));
      if (right && (follower !== 'message' || next['role'] === 'assistant')) continue;
      refuse(`Item '${wordOf(item['id'])}' of type 'reasoning' was provided without its required following item.`, {
        param: 'input',
      });
    }
    if (item['type'] !== 'function_call') continue;
    const known = typeof item['id'] === 'string' && wasReasoned(item['id']);
    if ((known || strict) && !followsReasoning(items, at)) {
      const id = wordOf(item['id'] ?? item['call_id']);
      refuse(
        `Item '${id}' of type 'function_call' was provided without its required 'reasoning' item: 'rs_${id.slice(3)}'.`,
        { param: 'input' },
      );
    }
  }
}

/** Parallel calls and words may stand between a call and the reasoning it came from. */
function followsReasoning(items: readonly JsonObject[], at: number): boolean {
  for (let before = at - 1; before >= 0; before -= 1) {
    const item = items[before];
    if (item?.['type'] === 'reasoning') return true;
    const same = item?.['type'] === 'function_call' || item?.['role'] === 'assistant';
    if (!same) return false;
  }
  return false;
}
