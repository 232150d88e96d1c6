import type { JsonObject } from '../../types/json.ts';
import { fitId } from '../names.ts';
import type { Piece, Scope } from './encode-content.ts';
import { CALL_ID, CALL_ID_PREFIX } from './wire.ts';

/** A message before its ids and order are settled. */
export interface Draft {
  readonly role: 'user' | 'assistant' | 'system';
  readonly pieces: readonly Piece[];
}

/** Drops empty drafts, then joins neighbours of one role. */
export function joinDrafts(drafts: readonly Draft[]): Draft[] {
  const joined: Draft[] = [];
  for (const draft of drafts) {
    const last = joined.at(-1);
    if (draft.pieces.length === 0) continue;
    if (last?.role === draft.role) joined[joined.length - 1] = { ...last, pieces: [...last.pieces, ...draft.pieces] };
    else joined.push(draft);
  }
  return joined;
}

interface Placed {
  readonly at: number;
  readonly piece: Piece;
}

/** Pieces of one kind by their id, in order of appearance. */
function placesOf(drafts: readonly Draft[], kind: 'call' | 'result'): Map<string, Placed[]> {
  const places = new Map<string, Placed[]>();
  for (const [at, { pieces }] of drafts.entries()) {
    for (const piece of pieces) {
      if (piece.kind !== kind) continue;
      const list = places.get(piece.id);
      if (list === undefined) places.set(piece.id, [{ at, piece }]);
      else list.push({ at, piece });
    }
  }
  return places;
}

/**
 * The result of each call. Some servers use one id again in a later turn, so a result belongs to the last call
 * with its id that stands before it.
 */
function matchResults(drafts: readonly Draft[], scope: Scope): Map<Piece, JsonObject> {
  const results = placesOf(drafts, 'result');
  const matched = new Map<Piece, JsonObject>();
  for (const [id, calls] of placesOf(drafts, 'call')) {
    const left = results.get(id) ?? [];
    results.delete(id);
    for (const [nth, { at, piece }] of calls.entries()) {
      const nextAt = calls[nth + 1]?.at ?? Number.POSITIVE_INFINITY;
      const found = left.findIndex((result) => result.at > at && result.at <= nextAt);
      const [result] = found === -1 ? [] : left.splice(found, 1);
      if (result !== undefined) matched.set(piece, result.piece.block);
    }
    for (const { at } of left) {
      scope.noteLoss('anthropic.extra-result', `turns[${at}]`, `a further result for the call "${id}" was left out`);
    }
  }
  for (const [id, [first]] of results) {
    scope.noteLoss('anthropic.stray-result', `turns[${first?.at ?? 0}]`, `no call has the id "${id}"`);
  }
  return matched;
}

const MISSING: JsonObject = { content: 'No result of this call was recorded.', is_error: true };

/** Calls last in an assistant turn, everything else in its order before them. */
function callsLast(pieces: readonly Piece[]): { calls: Piece[]; rest: JsonObject[] } {
  const calls = pieces.filter(({ kind }) => kind === 'call');
  return { calls, rest: pieces.filter(({ kind }) => kind === 'other').map(({ block }) => block) };
}

interface Message {
  readonly role: Draft['role'];
  readonly blocks: JsonObject[];
}

/** An id that fits the API and that no earlier call of the history has. */
function uniqueId(id: string, used: Set<string>): string {
  const fit = fitId(id, CALL_ID, CALL_ID_PREFIX);
  let unique = fit;
  for (let nth = 2; used.has(unique); nth += 1) unique = `${fit}_${nth}`;
  used.add(unique);
  return unique;
}

interface Pairing {
  readonly matched: ReadonlyMap<Piece, JsonObject>;
  readonly used: Set<string>;
}

/** The blocks of an assistant turn, and the results that must follow it at once. */
function answerCalls(pieces: readonly Piece[], at: number, scope: Scope, { matched, used }: Pairing) {
  const { calls, rest } = callsLast(pieces);
  const blocks = [...rest];
  const due: JsonObject[] = [];
  for (const call of calls) {
    const id = uniqueId(call.kind === 'call' ? call.id : '', used);
    const { type, ...fields } = call.block;
    blocks.push({ type, id, ...fields });
    const result = matched.get(call);
    due.push({ type: 'tool_result', tool_use_id: id, ...(result ?? MISSING) });
    if (result === undefined) {
      scope.noteLoss('anthropic.missing-result', `turns[${at}]`, 'a call has no result in the history');
    }
  }
  return { blocks, due };
}

/**
 * Messages in which every turn with calls is followed by exactly their results, results first in their turn and
 * calls last in theirs. A result that is missing becomes an error result, because the API answers 400 without it.
 */
export function pairResults(drafts: readonly Draft[], scope: Scope): Message[] {
  const pairing: Pairing = { matched: matchResults(drafts, scope), used: new Set() };
  const messages: Message[] = [];
  for (const [at, { role, pieces }] of drafts.entries()) {
    const { blocks, due } = answerCalls(pieces, at, scope, pairing);
    messages.push({ role, blocks }, { role: 'user', blocks: due });
  }
  return joinMessages(messages.filter(({ blocks }) => blocks.length > 0));
}

/** Results join the user turn after them; turns that held nothing else are gone, so neighbours may have met. */
function joinMessages(messages: readonly Message[]): Message[] {
  const joined: Message[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (last?.role === message.role) last.blocks.push(...message.blocks);
    else joined.push(message);
  }
  return joined;
}
