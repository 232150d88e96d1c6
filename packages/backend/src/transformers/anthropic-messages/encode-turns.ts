import type { Turn } from '../../types/ir/request.ts';
import type { JsonObject } from '../../types/json.ts';
import { encodePart, type Piece, plainContent, type Scope } from './encode-content.ts';
import { type Draft, joinDrafts, pairResults } from './pair-results.ts';
import { textBlock } from './wire.ts';

/** The shortest text that the API takes where it wants a user turn and the client gave none. */
const MINIMAL_TEXT = '.';

/** A system message that cannot stand in its place reads as a marked text of the user. */
function marked(pieces: readonly Piece[]): Piece[] {
  return pieces.map((piece) => {
    const { text } = piece.block;
    return typeof text === 'string'
      ? { kind: 'other', block: { ...piece.block, text: `<system>\n${text}\n</system>` } }
      : piece;
  });
}

function draftOf(turn: Turn, at: number, scope: Scope): Draft {
  if (turn.name !== undefined) {
    scope.noteLoss('anthropic.name', `turns[${at}].name`, 'the Messages API has no participant names');
  }
  const role = turn.role === 'assistant' ? 'assistant' : 'user';
  const pieces = turn.parts.flatMap((part, place) => encodePart(part, role, `turns[${at}].parts[${place}]`, scope));
  return { role: turn.role, pieces };
}

/** Late system messages keep their place between a user turn and the answer to it, where the model allows it. */
function placeSystem(drafts: readonly Draft[], lateSystem: boolean): Draft[] {
  const filled = drafts.filter(({ pieces }) => pieces.length > 0);
  let lastRole: Draft['role'] | undefined;
  return filled.map((draft, at) => {
    const nextRole = filled[at + 1]?.role ?? 'assistant';
    const stays = draft.role !== 'system' || (lateSystem && lastRole === 'user' && nextRole === 'assistant');
    const placed: Draft = stays ? draft : { role: 'user', pieces: marked(draft.pieces) };
    lastRole = placed.role;
    return placed;
  });
}

export interface WireMessage extends JsonObject {
  role: string;
  content: string | JsonObject[];
}

/** The API refuses white space at the end of a text that the model is to continue. */
function trimPrefill(blocks: JsonObject[]): JsonObject[] {
  const last = blocks.at(-1);
  const text = last?.['text'];
  if (last?.['type'] !== 'text' || typeof text !== 'string') return blocks;
  return [...blocks.slice(0, -1), { ...last, text: text.trimEnd() }];
}

/** Turns as messages: a user turn first, roles in alternation, every call answered, nothing empty. */
export function encodeTurns(turns: readonly Turn[], scope: Scope): WireMessage[] {
  const drafts = turns.map((turn, at) => draftOf(turn, at, scope));
  const messages = pairResults(joinDrafts(placeSystem(drafts, scope.target.lateSystem)), scope);
  if (messages[0]?.role !== 'user') messages.unshift({ role: 'user', blocks: [textBlock(MINIMAL_TEXT)] });
  return messages.map(({ role, blocks }, at) => {
    const isPrefill = role === 'assistant' && at === messages.length - 1;
    return { role, content: plainContent(isPrefill ? trimPrefill(blocks) : blocks) };
  });
}
