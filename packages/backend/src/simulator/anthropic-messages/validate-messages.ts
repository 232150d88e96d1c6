import type { Json, JsonObject } from '../../types/json.ts';
import { isBase64 } from '../../utils/data-url.ts';
import { isObject } from '../../utils/fields.ts';
import { objects } from '../conversation.ts';
import { isOwnProof } from '../ids.ts';
import { refuse } from '../refuse.ts';
import { wordOf } from '../word-of.ts';

const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];
const ID = /^[a-zA-Z0-9_-]+$/;
const NAME = /^[a-zA-Z0-9_-]{1,128}$/;
const COMMON = ['type', 'cache_control'];
/** Keys of each block type that a translator could write; other types belong to hosted tools and pass. */
const BLOCK_KEYS: Readonly<Record<string, ReadonlySet<string>>> = {
  text: new Set([...COMMON, 'text', 'citations']),
  image: new Set([...COMMON, 'source', 'transformations']),
  document: new Set([...COMMON, 'source', 'title', 'context', 'citations']),
  tool_use: new Set([...COMMON, 'id', 'name', 'input', 'caller']),
  tool_result: new Set([...COMMON, 'tool_use_id', 'content', 'is_error']),
  thinking: new Set(['type', 'thinking', 'signature']),
  redacted_thinking: new Set(['type', 'data']),
};
const OTHER_BLOCKS =
  /^(server_tool_use|search_result|container_upload|tool_reference|compaction|mcp_tool_use|mcp_tool_result|\w+_tool_result)$/;

export interface ConversationRules {
  readonly version: string;
  /** The model thinks, so with `enabled` thinking its call turns must start with it. */
  readonly thinks: boolean;
  /** Demands the reasoning of every call turn, whatever the thinking mode. */
  readonly strict: boolean;
}

/** Refuses conversations that the Messages API refuses: order of roles, blocks, pairing, and proofs of thinking. */
export function checkConversation(body: JsonObject, { version, thinks, strict }: ConversationRules): void {
  const { messages } = body;
  if (!Array.isArray(messages)) refuse('messages: Input should be a valid list');
  if (messages.length === 0) refuse('messages: at least one message is required');
  const odd = messages.findIndex((message) => !isObject(message));
  if (odd !== -1) refuse(`messages.${odd}: Input should be a valid dictionary or object to extract fields from`);
  checkSystem(body['system']);
  const turns = objects(messages);
  checkRoles(turns, version);
  for (const [at, turn] of turns.entries()) checkTurn(turn, at, at === turns.length - 1);
  checkPairs(turns.filter(({ role }) => role !== 'system'));
  const type = isObject(body['thinking']) ? body['thinking']['type'] : undefined;
  if (thinks && (type === 'enabled' || (strict && type !== 'disabled'))) checkThoughtful(turns);
  if (type !== undefined && type !== 'disabled' && turns.at(-1)?.['role'] === 'assistant') {
    refuse('This model does not support assistant message prefill. The conversation must end with a user message.');
  }
}

function checkSystem(system: Json | undefined): void {
  if (system === undefined || typeof system === 'string') return;
  if (!Array.isArray(system)) refuse('system: Input should be a valid list');
  for (const [at, block] of objects(system).entries()) {
    if (block['type'] !== 'text') refuse(`system.${at}.type: Input should be 'text'`);
    checkText(block['text'], 'system');
  }
}

function checkRoles(turns: readonly JsonObject[], version: string): void {
  let before: Json | undefined;
  for (const [at, { role }] of turns.entries()) {
    if (role === 'system') {
      // Newer models take a system message in place, right behind a user turn.
      if (version >= '2026-10-21' && before === 'user') continue;
      refuse(
        `messages: Unexpected role "system". The Messages API accepts a top-level \`system\` parameter, not "system" as an input message role.`,
      );
    }
    if (role !== 'user' && role !== 'assistant') refuse(`messages.${at}.role: Input should be 'user' or 'assistant'`);
    if (before === undefined && role !== 'user') refuse('messages: first message must use the "user" role');
    if (role === before)
      refuse(
        `messages: roles must alternate between "user" and "assistant", but found multiple "${wordOf(role)}" roles in a row`,
      );
    before = role;
  }
}

function checkTurn(turn: JsonObject, at: number, isLast: boolean): void {
  const path = `messages.${at}`;
  const stray = Object.keys(turn).find((key) => key !== 'role' && key !== 'content');
  if (stray !== undefined) refuse(`${path}.${stray}: Extra inputs are not permitted`);
  const { content, role } = turn;
  if (content === undefined || content === null) refuse(`${path}.content: Field required`);
  const prefill = isLast && role === 'assistant';
  if ((content === '' || (Array.isArray(content) && content.length === 0)) && !prefill) {
    refuse(`${path}: all messages must have non-empty content except for the optional final assistant message`);
  }
  if (typeof content === 'string') {
    if (content !== '') checkText(content, 'messages');
  } else if (Array.isArray(content)) {
    for (const [index, block] of content.entries()) checkBlock(block, `${path}.content.${index}`, wordOf(role));
  } else refuse(`${path}.content: Input should be a valid list`);
  const last = typeof content === 'string' ? content : objects(content).at(-1)?.['text'];
  if (prefill && typeof last === 'string' && /\s$/.test(last))
    refuse('messages: final assistant content cannot end with trailing whitespace');
}

function checkText(text: Json | undefined, where: string): void {
  if (typeof text !== 'string') refuse(`${where}: text: Input should be a valid string`);
  if (text === '') refuse(`${where}: text content blocks must be non-empty`);
  if (text.trim() === '') refuse(`${where}: text content blocks must contain non-whitespace text`);
}

function checkBlock(block: Json, path: string, role: string): void {
  if (!isObject(block)) refuse(`${path}: Input should be a valid dictionary or object to extract fields from`);
  const type = wordOf(block['type']);
  const keys = BLOCK_KEYS[type];
  if (keys === undefined) {
    if (OTHER_BLOCKS.test(type)) return;
    refuse(
      `${path}: Input tag '${type}' found using 'type' does not match any of the expected tags: ${Object.keys(
        BLOCK_KEYS,
      )
        .map((one) => `'${one}'`)
        .join(', ')}`,
    );
  }
  const stray = Object.keys(block).find((key) => !keys.has(key));
  if (stray !== undefined) refuse(`${path}.${type}.${stray}: Extra inputs are not permitted`);
  if (type === 'text') checkText(block['text'], 'messages');
  else if (type === 'image' || type === 'document') checkSource(block, `${path}.${type}.source`);
  else if (type === 'tool_use') checkUse(block, `${path}.tool_use`, role);
  else if (type === 'tool_result') checkResult(block, `${path}.tool_result`, role);
  else checkProof(block, path, type, role);
}

function checkSource(block: JsonObject, path: string): void {
  const source = block['source'];
  if (!isObject(source)) refuse(`${path}: Field required`);
  if (source['type'] !== 'base64') return;
  const mime = wordOf(source['media_type']);
  if (block['type'] === 'image' && !IMAGE_TYPES.includes(mime)) {
    refuse(`${path}.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'`);
  }
  if (block['type'] === 'document' && mime !== 'application/pdf')
    refuse(`${path}.base64.media_type: Input should be 'application/pdf'`);
  if (typeof source['data'] !== 'string' || !isBase64(source['data'])) refuse(`${path}.base64: invalid base64 data`);
}

function checkUse(block: JsonObject, path: string, role: string): void {
  if (role !== 'assistant')
    refuse(`${path.split('.content')[0]}: \`tool_use\` blocks can only be in \`assistant\` messages`);
  if (typeof block['id'] !== 'string' || !ID.test(block['id']))
    refuse(`${path}.id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
  if (typeof block['name'] !== 'string' || !NAME.test(block['name']))
    refuse(`${path}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
  if (!isObject(block['input'])) refuse(`${path}.input: Input should be a valid dictionary`);
}

function checkResult(block: JsonObject, path: string, role: string): void {
  if (role !== 'user') refuse(`${path.split('.content')[0]}: \`tool_result\` blocks can only be in \`user\` messages`);
  if (typeof block['tool_use_id'] !== 'string' || !ID.test(block['tool_use_id'])) {
    refuse(`${path}.tool_use_id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
  }
  const { content } = block;
  if (!Array.isArray(content)) return;
  for (const [at, part] of content.entries()) {
    const type = isObject(part) ? wordOf(part['type']) : '';
    if (!['text', 'image', 'document', 'search_result', 'tool_reference'].includes(type)) {
      refuse(
        `${path}.content.${at}: Input tag '${type}' found using 'type' does not match any of the expected tags: 'document', 'image', 'search_result', 'text', 'tool_reference'`,
      );
    }
    checkBlock(part, `${path}.content.${at}`, role);
  }
}

function checkProof(block: JsonObject, path: string, type: string, role: string): void {
  if (role !== 'assistant')
    refuse(`${path.split('.content')[0]}: \`${type}\` blocks can only be in \`assistant\` messages`);
  if (type === 'redacted_thinking') {
    if (!isOwnProof('anthropic-messages', wordOf(block['data'])))
      refuse(`${path}: Invalid \`data\` in \`redacted_thinking\` block`);
    return;
  }
  if (typeof block['signature'] !== 'string') refuse(`${path}.thinking.signature: Field required`);
  if (typeof block['thinking'] !== 'string') refuse(`${path}.thinking.thinking: Field required`);
  // A caller who did not see the thought sends it back empty.
  const text = block['thinking'] === '' ? undefined : block['thinking'];
  if (!isOwnProof('anthropic-messages', block['signature'], text))
    refuse(`${path}: Invalid \`signature\` in \`thinking\` block`);
}

function checkPairs(turns: readonly JsonObject[]): void {
  for (const [at, turn] of turns.entries()) {
    const blocks = objects(turn['content']);
    if (turn['role'] === 'assistant') checkAnswered(blocks, objects(turns[at + 1]?.['content']), at);
    else checkResults(blocks, objects(turns[at - 1]?.['content']), at);
  }
}

function checkAnswered(blocks: readonly JsonObject[], next: readonly JsonObject[], at: number): void {
  const asked = blocks.filter(({ type }) => type === 'tool_use').map(({ id }) => wordOf(id));
  // Only results that lead the next turn count.
  const end = next.findIndex(({ type }) => type !== 'tool_result');
  const answers = end === -1 ? next : next.slice(0, end);
  const answered = new Set(answers.map((block) => wordOf(block['tool_use_id'])));
  const open = asked.filter((id) => !answered.has(id));
  const first = blocks.findIndex(({ type }) => type === 'tool_use');
  const spokenAfter = first !== -1 && blocks.slice(first).some(({ type }) => type === 'text');
  if (open.length === 0 && !spokenAfter) return;
  const ids = (open.length > 0 ? open : asked).join(', ');
  refuse(
    `messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
  );
}

function checkResults(blocks: readonly JsonObject[], before: readonly JsonObject[], at: number): void {
  const asked = new Set(before.filter(({ type }) => type === 'tool_use').map(({ id }) => wordOf(id)));
  const seen = new Set<string>();
  for (const [index, block] of blocks.entries()) {
    if (block['type'] !== 'tool_result') continue;
    const id = wordOf(block['tool_use_id']);
    if (!asked.has(id)) {
      refuse(
        `messages.${at}.content.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
    }
    if (seen.has(id)) {
      refuse(
        `messages.${at}.content.${index}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${id}`,
      );
    }
    seen.add(id);
  }
}

/** In a tool loop with thinking, the assistant turns since the caller last spoke begin with their thinking. */
function checkThoughtful(turns: readonly JsonObject[]): void {
  const opening = turns.findLastIndex(
    ({ role, content }) => role === 'user' && !objects(content).some(({ type }) => type === 'tool_result'),
  );
  for (const [at, turn] of turns.entries()) {
    if (at <= opening || turn['role'] !== 'assistant') continue;
    const first = wordOf(objects(turn['content'])[0]?.['type'] ?? 'text');
    if (first === 'thinking' || first === 'redacted_thinking') continue;
    refuse(
      `messages.${at}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable \`thinking\`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking`,
    );
  }
}
