import type { Part, SystemText, Turn } from '../../types/ir/request.ts';
import type { Json } from '../../types/json.ts';
import { isObject, needArray, needObject, needString, ownValue, wrongField } from '../../utils/fields.ts';
import { decodePart, type HistoryState } from './decode-parts.ts';

const ROLES: Readonly<Record<string, 'user' | 'assistant'>> = {
  user: 'user',
  model: 'assistant',
  function: 'user',
  tool: 'user',
};

function partsOf(wire: Json | undefined, path: string): readonly Json[] {
  if (wire === undefined || wire === null) return [];
  return isObject(wire) || typeof wire === 'string' ? [wire] : needArray(wire, path);
}

function roleOf(wire: Json | undefined, path: string): 'user' | 'assistant' {
  if (wire === undefined || wire === null || wire === '') return 'user';
  const role = typeof wire === 'string' ? ownValue(ROLES, wire) : undefined;
  if (role === undefined) throw wrongField(path, wire, '"user" or "model"');
  return role;
}

/** A client that streams keeps thoughts in pieces; the piece with the proof closes the thought. */
function joinThoughts(parts: readonly Part[]): Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (part.type !== 'reasoning' || last?.type !== 'reasoning') joined.push(part);
    else if (last.proof === undefined) joined.splice(-1, 1, { ...part, text: last.text + part.text });
    // The same proof stands on the thought and on what followed it, because many clients throw thoughts away.
    else if (part.text !== '' || part.proof?.data !== last.proof.data) joined.push(part);
  }
  return joined;
}

/** The last chunk of a stream holds an empty text, which clients keep. */
function isEmptyText(part: Part): boolean {
  return part.type === 'text' && part.text === '' && part.proof === undefined;
}

/** Two model contents in a row are one turn that was streamed: its text was cut anywhere. */
function appendTurn(turns: Turn[], turn: Turn): void {
  const last = turns.at(-1);
  if (turn.role !== 'assistant' || last?.role !== 'assistant') {
    turns.push(turn);
    return;
  }
  const before = last.parts.at(-1);
  const next = turn.parts[0];
  const seam =
    before?.type === 'text' && next?.type === 'text' && before.proof === undefined && next.proof === undefined
      ? [{ ...before, text: before.text + next.text }]
      : undefined;
  const parts =
    seam === undefined ? [...last.parts, ...turn.parts] : [...last.parts.slice(0, -1), ...seam, ...turn.parts.slice(1)];
  turns.splice(-1, 1, { role: 'assistant', parts });
}

/** `contents` to turns. Contents without parts are passed over: Google's own chat client leaves them behind. */
export function decodeContents(wire: Json | undefined): Turn[] {
  const path = 'contents';
  if (wire === undefined || wire === null) throw wrongField(path, wire, 'a list of contents');
  const list =
    typeof wire === 'string' ? [{ parts: [{ text: wire }] }] : isObject(wire) ? [wire] : needArray(wire, path);
  const state: HistoryState = { calls: [] };
  const turns: Turn[] = [];
  list.forEach((entry, at) => {
    const here = `${path}[${at}]`;
    const content = needObject(typeof entry === 'string' ? { parts: [{ text: entry }] } : entry, here);
    const role = roleOf(content['role'], `${here}.role`);
    const parts = partsOf(content['parts'], `${here}.parts`).flatMap((part, index) =>
      decodePart(part, `${here}.parts[${index}]`, state),
    );
    const said = role === 'assistant' ? parts.filter((part) => !isEmptyText(part)) : parts;
    if (said.length > 0) appendTurn(turns, { role, parts: said });
  });
  if (turns.length === 0) throw wrongField(path, wire, 'at least one content with parts');
  return turns.map((turn) => (turn.role === 'assistant' ? { ...turn, parts: joinThoughts(turn.parts) } : turn));
}

/** `systemInstruction` as a string, one content, one part or a list of parts; its role means nothing. */
export function decodeSystem(wire: Json | undefined): SystemText[] {
  const path = 'systemInstruction';
  if (wire === undefined || wire === null) return [];
  if (typeof wire === 'string') return wire === '' ? [] : [{ role: 'system', text: wire }];
  const isContent = isObject(wire) && wire['parts'] !== undefined;
  const place = isContent ? `${path}.parts` : path;
  const parts = partsOf(isContent ? wire['parts'] : wire, place);
  return parts.flatMap((part, at): SystemText[] => {
    if (typeof part === 'string') return part === '' ? [] : [{ role: 'system', text: part }];
    const here = Array.isArray(isContent ? wire['parts'] : wire) ? `${place}[${at}]` : place;
    const text = needString(needObject(part, here)['text'], `${here}.text`);
    return text === '' ? [] : [{ role: 'system', text }];
  });
}
