import type { NoteLoss } from '../../types/format.ts';
import type {
  CallPart,
  MediaPart,
  OpaquePart,
  Part,
  ReasoningPart,
  ResultPart,
  TextPart,
  Turn,
  UnifiedChatRequest,
} from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import { fitId, mistralId, type NameTable } from '../names.ts';
import { proofFits } from '../proof.ts';
import { encodeParts } from './encode-parts.ts';
import { type Pairing, pairResults } from './pairing.ts';
import { detailsOf } from './reasoning-details.ts';
import { extraContent, isOwnProof } from './wire.ts';

/** OpenAI takes ids of at most 40 printable characters. */
const ID_PATTERN = /^[\x21-\x7e]{1,40}$/;
const NO_RESULT = 'Error: there is no result for this call.';

interface Room {
  readonly target: TargetProfile;
  readonly names: NameTable;
  readonly note: NoteLoss;
  readonly pairing: Pairing;
  readonly messages: JsonObject[];
}

/**
 * System texts and turns as `messages`: every call is followed by exactly its results, media inside results go
 * into a user message behind them. Throws `request_unsupported`.
 */
export function encodeMessages(
  request: UnifiedChatRequest,
  target: TargetProfile,
  names: NameTable,
  note: NoteLoss,
): JsonObject[] {
  const pairing = pairResults(request.turns);
  const room: Room = { target, names, note, pairing, messages: [] };
  for (const { text } of request.system) {
    if (text !== '') room.messages.push({ role: systemRole(target), content: text });
  }
  for (const [index, turn] of request.turns.entries()) ENCODERS[turn.role](room, turn, `turns[${index}]`);
  for (const { id } of pairing.orphans) {
    note('openai-chat.orphan-result', 'turns', `the result for "${id}" has no call before it and was left out`);
  }
  return room.messages;
}

export function systemRole({ quirks }: TargetProfile): string {
  return quirks.systemRole ?? 'system';
}

const ENCODERS: Record<Turn['role'], (room: Room, turn: Turn, field: string) => void> = {
  system: encodeSystem,
  user: encodeUser,
  assistant: encodeAssistant,
};

const isText = (part: Part): part is TextPart => part.type === 'text';
const nameField = ({ name }: Turn): JsonObject => (name === undefined ? {} : { name });

function encodeSystem({ messages, target }: Room, turn: Turn): void {
  const text = turn.parts
    .filter(isText)
    .map((part) => part.text)
    .join('\n');
  if (text === '') return;
  if (target.lateSystem) messages.push({ role: systemRole(target), content: text, ...nameField(turn) });
  else messages.push({ role: 'user', content: `[System message]\n${text}` });
}

/** Results were sent behind their calls already; what is left of the turn is the user's own. */
function encodeUser({ messages, note }: Room, turn: Turn, field: string): void {
  const own = turn.parts.filter((part) => part.type === 'text' || part.type === 'media' || part.type === 'opaque');
  const content = encodeParts(own, (index) => `${field}.parts[${index}]`, note);
  if (content.length > 0) messages.push({ role: 'user', content: plain(content), ...nameField(turn) });
  else if (turn.parts.length === 0) messages.push({ role: 'user', content: '', ...nameField(turn) });
}

/** A lone text is sent as text: every server takes that, and not every one takes lists. */
function plain(content: JsonObject[]): Json {
  const [only, ...others] = content;
  return only?.['type'] === 'text' && others.length === 0 ? (only['text'] ?? '') : content;
}

function encodeAssistant(room: Room, turn: Turn, field: string): void {
  const calls = turn.parts.filter((part) => part.type === 'call');
  const texts = turn.parts.filter(isText);
  const content = texts
    .filter(({ refusal }) => refusal !== true)
    .map(({ text }) => text)
    .join('');
  const refusal = texts
    .filter((part) => part.refusal === true)
    .map(({ text }) => text)
    .join('');
  const reasoning = encodeReasoning(room, turn, calls.length > 0, field);
  const spoken = spokenAudio(room, turn, field);
  const isEmpty = content === '' && refusal === '' && calls.length === 0 && spoken === undefined;
  // An empty turn is a 400 at several servers and says nothing.
  if (isEmpty && Object.keys(reasoning).length === 0) return;
  const signature = textSignature(texts, room.target);
  room.messages.push({
    role: 'assistant',
    content: content === '' && !isEmpty ? null : content,
    ...nameField(turn),
    ...(refusal !== '' && { refusal }),
    ...reasoning,
    ...(spoken !== undefined && { audio: spoken }),
    ...(signature !== undefined && { extra_content: extraContent(signature) }),
    ...(calls.length > 0 && { tool_calls: calls.map((call) => encodeCall(room, call)) }),
  });
  encodeResults(room, calls);
}

/** A Chat answer that was spoken is replayed by its id; anything else that is not text has no place here. */
function spokenAudio({ note }: Room, turn: Turn, field: string): Json | undefined {
  let audio: Json | undefined;
  turn.parts.forEach((part, index) => {
    if (part.type === 'opaque' && part.format === 'openai-chat' && isObject(part.raw) && isObject(part.raw['audio'])) {
      audio = part.raw['audio'];
    } else if (part.type === 'opaque' || part.type === 'media') {
      const what = part.type === 'media' ? `${part.kind} content` : `a part that only ${part.format} understands`;
      note(
        `openai-chat.assistant-${part.type}`,
        `${field}.parts[${index}]`,
        `${what} of an assistant turn was left out`,
      );
    }
  });
  return audio;
}

function textSignature(texts: readonly TextPart[], target: TargetProfile): string | undefined {
  const proof = texts.findLast((part) => part.proof !== undefined)?.proof;
  return proof !== undefined && isOwnProof(proof) && proofFits(proof, target) ? proof.data : undefined;
}

/**
 * Thinking of earlier turns. What this gateway saw being made goes back to that API and model family, and nowhere
 * else. What a Chat client brought by itself goes to servers that are known to take it: others answer 400.
 */
function goesBack({ proof }: ReasoningPart, target: TargetProfile): boolean {
  if (proof !== undefined && !proofFits(proof, target)) return false;
  if (proof?.family !== undefined) return true;
  return target.quirks.reasoningField !== undefined || target.quirks.needsReasoningBack === true;
}

function encodeReasoning({ target, note }: Room, turn: Turn, hasCalls: boolean, field: string): JsonObject {
  const { reasoningField = 'reasoning_content', needsReasoningBack } = target.quirks;
  const kept: ReasoningPart[] = [];
  for (const [index, part] of turn.parts.entries()) {
    if (part.type !== 'reasoning') continue;
    if (goesBack(part, target)) kept.push(part);
    else
      note(
        'openai-chat.reasoning-history',
        `${field}.parts[${index}]`,
        'thinking that this model did not make, or does not take back, was left out',
      );
  }
  const text = kept.map((part) => part.text).join('');
  const details = kept.flatMap((part) => detailsOf(part.text, part.redacted === true, part.proof, 0));
  const owed = needsReasoningBack === true && hasCalls;
  return {
    ...((text !== '' || owed) && { [reasoningField]: text }),
    ...(details.length > 0 && { reasoning_details: details }),
  };
}

function wireId({ target }: Room, id: string): string {
  return target.quirks.toolIdRule === 'mistral' ? mistralId(id) : fitId(id, ID_PATTERN, 'call_');
}

function encodeCall(room: Room, call: CallPart): JsonObject {
  const { id, name, argsText, custom, proof } = call;
  // A custom tool is declared as a function with one text here, so its calls are replayed as such.
  const text = custom === true ? JSON.stringify({ input: argsText }) : argsText === '' ? '{}' : argsText;
  const fits = proof !== undefined && isOwnProof(proof) && proofFits(proof, room.target);
  return {
    id: wireId(room, id),
    type: 'function',
    function: { name: room.names.toWire(name), arguments: text },
    ...(fits && { extra_content: extraContent(proof.data) }),
  };
}

function encodeResults(room: Room, calls: readonly CallPart[]): void {
  const media: JsonObject[] = [];
  for (const call of calls) {
    const result = room.pairing.resultOf.get(call);
    if (result === undefined) {
      room.note(
        'openai-chat.result-missing',
        'turns',
        `the call "${call.id}" has no result; an error was put in its place`,
      );
      room.messages.push({ role: 'tool', tool_call_id: wireId(room, call.id), content: NO_RESULT });
      continue;
    }
    const shown = result.parts.filter((part): part is MediaPart | OpaquePart => part.type !== 'text');
    const wires = encodeParts(shown, () => `result "${result.id}"`, room.note);
    room.messages.push({
      role: 'tool',
      tool_call_id: wireId(room, call.id),
      content: resultText(result, wires.length > 0),
    });
    if (wires.length > 0)
      media.push({ type: 'text', text: `Output of the tool call ${wireId(room, call.id)}:` }, ...wires);
  }
  // Tool messages are text only, and nothing may stand between them.
  if (media.length > 0) room.messages.push({ role: 'user', content: media });
}

function resultText({ parts, isError }: ResultPart, hasMedia: boolean): string {
  const text = parts
    .filter(isText)
    .map((part) => part.text)
    .join('\n');
  const shown = text === '' && hasMedia ? 'The output is in the next user message.' : text;
  return isError && !/^error\b/i.test(shown) ? `Error: ${shown}` : shown;
}
