import { GatewayError } from '../../types/errors.ts';
import type { CallPart, Part, ReasoningPart, ResultPart, SystemText, Turn } from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import {
  isObject,
  needArray,
  needObject,
  needString,
  optionalString,
  softString,
  wrongField,
} from '../../utils/fields.ts';
import { openProof } from '../proof.ts';
import { cacheField, decodeContent, needTexts } from './decode-parts.ts';
import { reasoningParts } from './reasoning-details.ts';
import { argumentText, thoughtSignature } from './wire.ts';

interface Walk {
  readonly system: SystemText[];
  readonly turns: Turn[];
  /** Tool names by call id, over the whole history. */
  readonly names: Map<string, string>;
  /** Ids of `function_call`s that no `function` message has answered yet, by name. */
  readonly functionIds: Map<string, string[]>;
  /** True while the last turn is made of tool messages only. */
  inResults: boolean;
}

type Decode = (walk: Walk, message: JsonObject, field: string) => void;

const DECODERS: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['system', (walk, message, field) => takeSystem(walk, message, field, 'system')],
  ['developer', (walk, message, field) => takeSystem(walk, message, field, 'developer')],
  ['user', takeUser],
  ['assistant', takeAssistant],
  ['tool', takeTool],
  ['function', takeFunction],
]);

/**
 * `messages` as leading system texts and turns. Tool messages that follow each other become one user turn. Throws
 * `request_invalid` with the exact path; a tool result whose call is nowhere in the history is one.
 */
export function decodeMessages(value: Json | undefined): { system: SystemText[]; turns: Turn[] } {
  const messages = needArray(value, 'messages');
  if (messages.length === 0) {
    throw new GatewayError('request_invalid', 'messages: expected at least one message', { field: 'messages' });
  }
  const walk: Walk = { system: [], turns: [], names: callNames(messages), functionIds: new Map(), inResults: false };
  messages.forEach((entry, index) => {
    const field = `messages[${index}]`;
    const message = needObject(entry, field);
    const decode = DECODERS.get(needString(message['role'], `${field}.role`));
    if (decode === undefined) {
      throw wrongField(`${field}.role`, message['role'], '"system", "developer", "user", "assistant" or "tool"');
    }
    decode(walk, message, field);
  });
  return { system: walk.system, turns: walk.turns };
}

function callNames(messages: readonly Json[]): Map<string, string> {
  const names = new Map<string, string>();
  const lists = messages.map((message) => (isObject(message) ? message['tool_calls'] : undefined));
  for (const call of lists.filter(Array.isArray).flat()) {
    if (!isObject(call) || typeof call['id'] !== 'string') continue;
    const inner = call['function'] ?? call['custom'];
    names.set(call['id'], (isObject(inner) ? softString(inner['name']) : undefined) ?? '');
  }
  return names;
}

function addTurn(walk: Walk, turn: Pick<Turn, 'role' | 'parts'>, message: JsonObject, field: string): void {
  const name = optionalString(message['name'], `${field}.name`);
  walk.turns.push({ ...turn, ...(name !== undefined && { name }) });
  walk.inResults = false;
}

function takeSystem(walk: Walk, message: JsonObject, field: string, role: SystemText['role']): void {
  const texts = needTexts(decodeContent(message['content'], `${field}.content`), `${field}.content`);
  if (walk.turns.length > 0) {
    if (texts.length > 0) addTurn(walk, { role: 'system', parts: texts }, message, field);
    return;
  }
  for (const { text, cache } of texts) walk.system.push({ role, text, ...(cache !== undefined && { cache }) });
}

function takeUser(walk: Walk, message: JsonObject, field: string): void {
  const content = message['content'];
  if (content === undefined) throw wrongField(`${field}.content`, content, 'a string or an array of parts');
  addTurn(walk, { role: 'user', parts: decodeContent(content, `${field}.content`) }, message, field);
}

function takeAssistant(walk: Walk, message: JsonObject, field: string): void {
  const content: Part[] = decodeContent(message['content'], `${field}.content`).map((part) =>
    part.type === 'opaque' ? (thinkingPart(part.raw) ?? part) : part,
  );
  const refusal = softString(message['refusal']);
  if (refusal !== undefined && refusal !== '') content.push({ type: 'text', text: refusal, refusal: true });
  sign(content, message);
  const parts: Part[] = [...thoughts(message), ...content, ...calls(walk, message, field)];
  if (isObject(message['audio'])) {
    parts.push({ type: 'opaque', format: 'openai-chat', raw: { audio: message['audio'] } });
  }
  addTurn(walk, { role: 'assistant', parts }, message, field);
}

/** Mistral's replayed thinking, a part among the content. */
function thinkingPart(raw: Json): ReasoningPart | undefined {
  if (!isObject(raw) || raw['type'] !== 'thinking') return undefined;
  const inner = raw['thinking'];
  if (typeof inner === 'string') return { type: 'reasoning', text: inner };
  const pieces = Array.isArray(inner) ? inner : [];
  return {
    type: 'reasoning',
    text: pieces.map((piece) => (isObject(piece) ? (softString(piece['text']) ?? '') : '')).join(''),
  };
}

/** A signature of the whole message belongs to its last text. */
function sign(content: Part[], message: JsonObject): void {
  const signature = thoughtSignature(message['extra_content']);
  const at = content.findLastIndex(({ type }) => type === 'text');
  const part = content[at];
  if (signature === undefined || part?.type !== 'text') return;
  content[at] = { ...part, proof: openProof(signature) ?? { format: 'openai-chat', data: signature } };
}

function thoughts(message: JsonObject): ReasoningPart[] {
  const details = message['reasoning_details'];
  const plain = softString(message['reasoning_content']) || softString(message['reasoning']) || '';
  return reasoningParts(Array.isArray(details) ? details : [], plain);
}

function calls(walk: Walk, message: JsonObject, field: string): CallPart[] {
  const list = message['tool_calls'];
  const parts = list === undefined || list === null ? [] : needArray(list, `${field}.tool_calls`);
  const decoded = parts.map((call, index) => decodeCall(call, `${field}.tool_calls[${index}]`));
  const legacy = message['function_call'];
  if (isObject(legacy)) decoded.push(decodeFunctionCall(walk, legacy, `${field}.function_call`));
  return decoded;
}

function decodeCall(value: Json, field: string): CallPart {
  const call = needObject(value, field);
  const id = needString(call['id'], `${field}.id`);
  const custom = call['type'] === 'custom';
  const key = custom ? 'custom' : 'function';
  const inner = needObject(call[key], `${field}.${key}`);
  const signature = thoughtSignature(call['extra_content']);
  return {
    type: 'call',
    id,
    name: needString(inner['name'], `${field}.${key}.name`),
    argsText: argumentText(custom ? inner['input'] : inner['arguments']),
    ...(custom && { custom }),
    ...(signature !== undefined && { proof: openProof(signature) ?? { format: 'openai-chat', data: signature } }),
    ...cacheField(call),
  };
}

function decodeFunctionCall(walk: Walk, call: JsonObject, field: string): CallPart {
  const name = needString(call['name'], `${field}.name`);
  // The older dialect has no ids: one is made from the place of the message.
  const id = `call_${walk.turns.length}_${name}`;
  const waiting = walk.functionIds.get(name) ?? [];
  walk.functionIds.set(name, [...waiting, id]);
  return { type: 'call', id, name, argsText: argumentText(call['arguments']) };
}

function takeTool(walk: Walk, message: JsonObject, field: string): void {
  const id = needString(message['tool_call_id'], `${field}.tool_call_id`);
  const name = walk.names.get(id);
  if (name === undefined) throw unknownCall(`${field}.tool_call_id`, id);
  addResult(walk, { id, name }, message, field);
}

function takeFunction(walk: Walk, message: JsonObject, field: string): void {
  const name = needString(message['name'], `${field}.name`);
  const id = walk.functionIds.get(name)?.shift();
  if (id === undefined) throw unknownCall(`${field}.name`, name);
  addResult(walk, { id, name }, message, field);
}

function unknownCall(field: string, id: string): GatewayError {
  return new GatewayError('request_invalid', `${field}: no assistant message has a call "${id.slice(0, 80)}"`, {
    field,
  });
}

function addResult(walk: Walk, call: Pick<CallPart, 'id' | 'name'>, message: JsonObject, field: string): void {
  const result: ResultPart = {
    type: 'result',
    id: call.id,
    ...(call.name !== '' && { name: call.name }),
    parts: decodeContent(message['content'], `${field}.content`),
    isError: false,
    ...cacheField(message),
  };
  const last = walk.turns.at(-1);
  if (walk.inResults && last !== undefined)
    walk.turns[walk.turns.length - 1] = { ...last, parts: [...last.parts, result] };
  else walk.turns.push({ role: 'user', parts: [result] });
  walk.inResults = true;
}
