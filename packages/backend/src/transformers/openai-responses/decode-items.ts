import { GatewayError } from '../../types/errors.ts';
import type {
  CallPart,
  OpaquePart,
  Part,
  Proof,
  ReasoningPart,
  ResultPart,
  SystemText,
  TextPart,
  Turn,
} from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, needObject, needString, optionalString, ownValue, wrongField } from '../../utils/fields.ts';
import { openProof } from '../proof.ts';
import { decodeContent } from './decode-parts.ts';
import { flatName } from './namespace.ts';
import { FORMAT, isUserItem, TEXT_PROOF } from './wire.ts';

interface DraftTurn {
  readonly role: Turn['role'];
  readonly parts: Part[];
}

/** The conversation as far as it was read. */
interface Draft {
  readonly system: SystemText[];
  readonly turns: DraftTurn[];
  /** Tool name by call id. */
  readonly calls: Map<string, string>;
  /** Where each result stands, to check it once all calls are known. */
  readonly results: { readonly field: string; readonly id: string }[];
  compacted: boolean;
}

/** Items of the model that follow each other are one turn: parallel calls must not become separate turns. */
function assistantParts(draft: Draft): Part[] {
  const last = draft.turns.at(-1);
  if (last?.role === 'assistant') return last.parts;
  const parts: Part[] = [];
  draft.turns.push({ role: 'assistant', parts });
  return parts;
}

/** The results of one step share a user turn; a message of the user begins its own. */
function resultParts(draft: Draft): Part[] {
  const last = draft.turns.at(-1);
  if (last?.role === 'user' && last.parts.every((part) => part.type === 'result')) return last.parts;
  const parts: Part[] = [];
  draft.turns.push({ role: 'user', parts });
  return parts;
}

function systemItem(draft: Draft, role: 'system' | 'developer', item: JsonObject, path: string): void {
  const parts = decodeContent(item['content'], `${path}.content`);
  if (draft.turns.length > 0 || parts.some((part) => part.type !== 'text')) {
    if (parts.length > 0) draft.turns.push({ role: 'system', parts });
    return;
  }
  for (const part of parts) {
    if (part.type !== 'text') continue;
    draft.system.push({ role, text: part.text, ...(part.cache !== undefined && { cache: part.cache }) });
  }
}

function messageItem(draft: Draft, item: JsonObject, path: string): void {
  const role = needString(item['role'], `${path}.role`);
  if (role === 'system' || role === 'developer') {
    systemItem(draft, role, item, path);
    return;
  }
  if (role !== 'user' && role !== 'assistant') {
    throw wrongField(`${path}.role`, role, '"user", "assistant", "system" or "developer"');
  }
  const parts = decodeContent(item['content'], `${path}.content`);
  if (role === 'assistant') assistantParts(draft).push(...parts);
  else if (parts.length > 0) draft.turns.push({ role: 'user', parts });
}

function callItem(draft: Draft, item: JsonObject, path: string, custom: boolean): void {
  const id = needString(item['call_id'], `${path}.call_id`);
  const inner = needString(item['name'], `${path}.name`);
  const namespace = optionalString(item['namespace'], `${path}.namespace`);
  const name = namespace === undefined ? inner : flatName(namespace, inner);
  const field = custom ? 'input' : 'arguments';
  const argsText = optionalString(item[field], `${path}.${field}`) ?? '';
  const call: CallPart = { type: 'call', id, name, argsText, ...(custom && { custom }) };
  draft.calls.set(id, name);
  assistantParts(draft).push(call);
}

function resultItem(draft: Draft, item: JsonObject, path: string, custom: boolean): void {
  const id = needString(item['call_id'], `${path}.call_id`);
  const parts = decodeContent(item['output'], `${path}.output`);
  const result: ResultPart = { type: 'result', id, parts, isError: false, ...(custom && { custom }) };
  draft.results.push({ field: `${path}.call_id`, id });
  resultParts(draft).push(result);
}

/** All `text` fields of the parts of one kind, apart by an empty line. */
function joinedText(parts: Json | undefined): string {
  if (!Array.isArray(parts)) return '';
  const texts = parts.flatMap((part) => (isObject(part) && typeof part['text'] === 'string' ? [part['text']] : []));
  return texts.join('\n\n');
}

/** Visible text of a reasoning item: its summary, else its content. */
export function reasoningText(item: JsonObject): string {
  return joinedText(item['summary']) || joinedText(item['content']);
}

/** Puts the proof of a call or a text back on its part. False when there is no such part in this turn. */
function attachProof(parts: Part[], proof: Proof): boolean {
  const { id, ...bare } = proof;
  const at = parts.findLastIndex((part) =>
    id === TEXT_PROOF ? part.type === 'text' : part.type === 'call' && part.id === id,
  );
  const part = parts[at];
  if (part === undefined || (part.type !== 'call' && part.type !== 'text')) return false;
  parts[at] = { ...part, proof: bare } satisfies CallPart | TextPart;
  return true;
}

function reasoningItem(draft: Draft, item: JsonObject, path: string): void {
  const text = reasoningText(item);
  const encrypted = optionalString(item['encrypted_content'], `${path}.encrypted_content`);
  const nativeId = optionalString(item['id'], `${path}.id`);
  const proof =
    encrypted === undefined || encrypted === ''
      ? undefined
      : (openProof(encrypted) ?? { format: FORMAT, data: encrypted, ...(nativeId !== undefined && { id: nativeId }) });
  // A bare id names an item that only the provider stores: without content there is nothing to replay.
  if (text === '' && proof === undefined) return;
  const parts = assistantParts(draft);
  if (proof !== undefined && proof.format !== FORMAT && proof.id !== undefined && attachProof(parts, proof)) return;
  parts.push({ type: 'reasoning', text, ...(proof !== undefined && { proof }) } satisfies ReasoningPart);
}

function opaqueItem(draft: Draft, item: JsonObject, type: string): void {
  const part: OpaquePart = { type: 'opaque', format: FORMAT, raw: item };
  if (type === 'compaction' || type === 'compaction_summary') draft.compacted = true;
  if (isUserItem(type)) draft.turns.push({ role: 'user', parts: [part] });
  else assistantParts(draft).push(part);
}

type ItemDecoder = (draft: Draft, item: JsonObject, path: string) => void;

const ITEMS: Readonly<Record<string, ItemDecoder>> = {
  message: messageItem,
  function_call: (draft, item, path) => callItem(draft, item, path, false),
  custom_tool_call: (draft, item, path) => callItem(draft, item, path, true),
  function_call_output: (draft, item, path) => resultItem(draft, item, path, false),
  custom_tool_call_output: (draft, item, path) => resultItem(draft, item, path, true),
  reasoning: reasoningItem,
  item_reference: (_draft, _item, path) => {
    throw new GatewayError(
      'request_invalid',
      `${path}: item references cannot be resolved, this gateway stores no responses; send the full input with store: false`,
      { field: path },
    );
  },
};

function decodeItem(draft: Draft, value: Json, path: string): void {
  const item = needObject(value, path);
  const type = optionalString(item['type'], `${path}.type`) ?? (item['role'] === undefined ? undefined : 'message');
  if (type === undefined) throw wrongField(`${path}.type`, item['type'], 'the type of the item');
  const decode = ownValue(ITEMS, type);
  if (decode === undefined) opaqueItem(draft, item, type);
  else decode(draft, item, path);
}

/** Every result must answer a call of the history, unless a compaction item took its place. */
function checkResults(draft: Draft): void {
  if (draft.compacted) return;
  for (const { field, id } of draft.results) {
    if (draft.calls.has(id)) continue;
    throw new GatewayError(
      'request_invalid',
      `${field}: no call with the id "${id}" is in the input; send the call too`,
      { field },
    );
  }
}

/** Gives each result the name of the tool it came from, which other APIs want there, and leaves empty turns out. */
function nameResults(draft: Draft): Turn[] {
  const turns = draft.turns.filter(({ parts }) => parts.length > 0);
  return turns.map(({ role, parts }) => ({
    role,
    parts: parts.map((part) => {
      const name = part.type === 'result' ? draft.calls.get(part.id) : undefined;
      return name === undefined ? part : { ...part, name };
    }),
  }));
}

/**
 * `input`, a string or items, to leading system texts and turns. Throws `request_invalid` with the item's path;
 * stored state (`item_reference`) is refused because there is no store to resolve it from.
 */
export function decodeInput(input: Json | undefined): { system: SystemText[]; turns: Turn[] } {
  if (typeof input === 'string') {
    if (input === '') throw wrongField('input', input, 'text or at least one item');
    return { system: [], turns: [{ role: 'user', parts: [{ type: 'text', text: input }] }] };
  }
  if (!Array.isArray(input)) throw wrongField('input', input, 'a string or an array of items');
  if (input.length === 0)
    throw new GatewayError('request_invalid', 'input: expected at least one item, got an empty array', {
      field: 'input',
    });
  const draft: Draft = { system: [], turns: [], calls: new Map(), results: [], compacted: false };
  for (const [index, item] of input.entries()) decodeItem(draft, item, `input[${index}]`);
  checkResults(draft);
  const turns = nameResults(draft);
  if (turns.length === 0 && draft.system.length === 0)
    throw wrongField('input', input, 'at least one item with content');
  return { system: draft.system, turns };
}
