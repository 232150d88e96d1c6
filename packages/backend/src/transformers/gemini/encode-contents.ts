import type { CallPart, Part, ReasoningPart, ResultPart, Turn } from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { JsonObject } from '../../types/json.ts';
import { proofFits } from '../proof.ts';
import {
  type EncodeContext,
  encodeCall,
  encodeMedia,
  encodeResult,
  encodeText,
  missingResult,
  signatureOf,
} from './encode-parts.ts';
import { isGemini3, SIGNATURE_STAND_IN } from './wire.ts';

interface Content {
  readonly role: 'user' | 'model';
  readonly parts: JsonObject[];
}

interface PlacedResult {
  readonly result: ResultPart;
  readonly turn: number;
  readonly field: string;
  used: boolean;
}

function resultsOf(turns: readonly Turn[]): PlacedResult[] {
  return turns.flatMap(({ parts }, turn) =>
    parts.flatMap((part, at) =>
      part.type === 'result' ? [{ result: part, turn, field: `turns[${turn}].parts[${at}]`, used: false }] : [],
    ),
  );
}

/** Neighbours of one role are one content: Google counts calls and responses content by content. */
function append(contents: Content[], role: Content['role'], parts: readonly JsonObject[]): void {
  if (parts.length === 0) return;
  const last = contents.at(-1);
  if (last?.role === role) last.parts.push(...parts);
  else contents.push({ role, parts: [...parts] });
}

/** One assistant turn while it is written: a signature that waits for the part that follows its thought. */
interface ModelTurn {
  readonly parts: JsonObject[];
  readonly calls: CallPart[];
  waiting: string | undefined;
}

/** All that Google keeps of a thought is the signature on the part behind it; with that one nothing is missing. */
function isSigned(following: readonly Part[], { target }: EncodeContext): boolean {
  const [next] = following;
  const proof = next?.type === 'call' || next?.type === 'text' ? next.proof : undefined;
  return proof !== undefined && proof.data !== '' && proofFits(proof, target);
}

interface PlacedReasoning {
  readonly part: ReasoningPart;
  readonly field: string;
  readonly following: readonly Part[];
}

function encodeReasoning(placed: PlacedReasoning, turn: ModelTurn, context: EncodeContext): void {
  const { part, field, following } = placed;
  const { proof, text } = part;
  if (proof === undefined) {
    if (context.native && text !== '') turn.parts.push({ text, thought: true });
    else if (!isSigned(following, context))
      context.noteLoss('gemini.reasoning-unsigned', field, 'thinking without a proof of this model is not sent back');
    return;
  }
  if (!proofFits(proof, context.target)) {
    if (proof.data === '' && isSigned(following, context)) return;
    context.noteLoss('gemini.reasoning-foreign', field, 'thinking of another model is not valid here');
    return;
  }
  // A family is known when the proof came back in an envelope: then it belongs to the part behind the thought.
  if (proof.family === undefined) {
    turn.parts.push({ text, thought: true, thoughtSignature: proof.data });
    return;
  }
  flush(turn);
  if (text !== '') turn.parts.push({ text, thought: true });
  turn.waiting = proof.data === '' ? undefined : proof.data;
}

/** Nothing followed the thought: Google itself sends such a signature on an empty text. */
function flush(turn: ModelTurn): void {
  if (turn.waiting !== undefined) turn.parts.push({ text: '', thoughtSignature: turn.waiting });
  turn.waiting = undefined;
}

/** The part with its own signature, or with the one that waits for it. */
function signed(part: JsonObject, own: string | undefined, turn: ModelTurn): JsonObject {
  const thoughtSignature = own ?? turn.waiting;
  turn.waiting = undefined;
  return thoughtSignature === undefined ? part : { ...part, thoughtSignature };
}

function encodeModelPart(
  part: Exclude<Part, ReasoningPart>,
  field: string,
  turn: ModelTurn,
  context: EncodeContext,
): void {
  switch (part.type) {
    case 'text': {
      const text = encodeText(part, field, context);
      if (text === undefined) return;
      turn.parts.push(text['thoughtSignature'] === undefined ? signed(text, undefined, turn) : text);
      return;
    }
    case 'call':
      turn.calls.push(part);
      turn.parts.push(signed(encodeCall(part, field, context), signatureOf(part.proof, field, context), turn));
      return;
    case 'media':
      turn.parts.push(signed(encodeMedia(part, field, context), undefined, turn));
      return;
    case 'opaque':
      if (part.format === 'gemini') turn.parts.push(part.raw as JsonObject);
      else context.noteLoss('gemini.part-opaque', field, 'a part that only another API knows');
      return;
    case 'result':
      return;
    default:
      part satisfies never;
  }
}

function encodeModelTurn({ parts }: Turn, at: number, context: EncodeContext): ModelTurn {
  const turn: ModelTurn = { parts: [], calls: [], waiting: undefined };
  for (const [index, part] of parts.entries()) {
    const field = `turns[${at}].parts[${index}]`;
    if (part.type !== 'reasoning') encodeModelPart(part, field, turn, context);
    else encodeReasoning({ part, field, following: parts.slice(index + 1) }, turn, context);
  }
  flush(turn);
  return turn;
}

/** The first result behind the turn that has the call's id; ids may be used again in later turns. */
function takeResult(results: readonly PlacedResult[], call: CallPart, turn: number): PlacedResult | undefined {
  const found = results.find(({ result, turn: place, used }) => !used && place > turn && result.id === call.id);
  if (found !== undefined) found.used = true;
  return found;
}

function encodeAnswers(
  calls: readonly CallPart[],
  turn: number,
  results: readonly PlacedResult[],
  context: EncodeContext,
): JsonObject[] {
  const answers: JsonObject[] = [];
  const media: JsonObject[] = [];
  for (const call of calls) {
    const placed = takeResult(results, call, turn);
    if (placed === undefined) {
      context.noteLoss(
        'gemini.result-missing',
        `turns[${turn}]`,
        `the call "${call.name}" has no result; an error was put in its place`,
      );
      answers.push(missingResult(call, context));
      continue;
    }
    const [answer, ...after] = encodeResult(placed.result, call.name, placed.field, context);
    if (answer !== undefined) answers.push(answer);
    media.push(...after);
  }
  return [...answers, ...media];
}

function encodeUserTurn(
  { parts, name }: Turn,
  at: number,
  results: readonly PlacedResult[],
  context: EncodeContext,
): JsonObject[] {
  if (name !== undefined)
    context.noteLoss('gemini.participant-name', `turns[${at}].name`, 'Gemini knows no names of participants');
  return parts.flatMap((part, index): JsonObject[] => {
    const field = `turns[${at}].parts[${index}]`;
    switch (part.type) {
      case 'text': {
        const text = encodeText(part, field, context);
        return text === undefined ? [] : [text];
      }
      case 'media':
        return [encodeMedia(part, field, context)];
      case 'opaque':
        if (part.format === 'gemini') return [part.raw as JsonObject];
        context.noteLoss('gemini.part-opaque', field, 'a part that only another API knows');
        return [];
      case 'result':
        return results.some(({ result, used }) => result === part && used) ? [] : strayResult(part, field, context);
      default:
        context.noteLoss('gemini.part-misplaced', field, `a ${part.type} part cannot stand in a user turn`);
        return [];
    }
  });
}

/** A result whose call is not before it: kept as text, because a function response would be refused. */
function strayResult(part: ResultPart, field: string, context: EncodeContext): JsonObject[] {
  context.noteLoss('gemini.result-stray', field, 'a result without a call before it is sent as text');
  const text = part.parts.flatMap((inner) => (inner.type === 'text' ? [inner.text] : [])).join('\n');
  return [{ text: `Result of the tool ${part.name ?? part.id}: ${text}` }];
}

function encodeLateSystem({ parts }: Turn, at: number, context: EncodeContext): JsonObject[] {
  const text = parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
  if (text === '') return [];
  context.noteLoss('gemini.late-system', `turns[${at}]`, 'a later system message is sent as a marked user text');
  return [{ text: `<system>\n${text}\n</system>` }];
}

const isCall = (part: JsonObject): boolean => part['functionCall'] !== undefined;
const isResponse = (part: JsonObject): boolean => part['functionResponse'] !== undefined;

/**
 * Models that think by levels (Gemini 3) want a signature on the first call of each step of the current turn, and on
 * that one only.
 */
function addStandIns(contents: readonly Content[], { family, thinking }: TargetProfile): void {
  if (!isGemini3(family) && thinking !== 'level') return;
  const from = contents.findLastIndex(({ role, parts }) => role === 'user' && !parts.some(isResponse));
  for (const { role, parts } of contents.slice(from + 1)) {
    const at = role === 'model' ? parts.findIndex(isCall) : -1;
    const first = parts[at];
    if (first !== undefined && first['thoughtSignature'] === undefined) {
      parts[at] = { ...first, thoughtSignature: SIGNATURE_STAND_IN };
    }
  }
}

/** Neighbouring assistant turns as one, so that calls of both come before the results of either. */
function grouped(turns: readonly Turn[]): { turn: Turn; at: number }[] {
  const groups: { turn: Turn; at: number }[] = [];
  turns.forEach((turn, at) => {
    const last = groups.at(-1);
    if (last?.turn.role !== 'assistant' || turn.role !== 'assistant') groups.push({ turn, at });
    else groups.splice(-1, 1, { turn: { ...last.turn, parts: [...last.turn.parts, ...turn.parts] }, at: last.at });
  });
  return groups;
}

/**
 * Turns to `contents`: roles alternate, every call turn is followed at once by exactly its results in the order
 * of the calls, and a conversation that would begin with a call, or be empty, gets a minimal user text first.
 */
export function encodeContents(turns: readonly Turn[], context: EncodeContext): JsonObject[] {
  const results = resultsOf(turns);
  const contents: Content[] = [];
  for (const { turn, at } of grouped(turns)) {
    if (turn.role === 'assistant') {
      const { parts, calls } = encodeModelTurn(turn, at, context);
      append(contents, 'model', parts);
      append(contents, 'user', encodeAnswers(calls, at, results, context));
    } else {
      append(
        contents,
        'user',
        turn.role === 'system' ? encodeLateSystem(turn, at, context) : encodeUserTurn(turn, at, results, context),
      );
    }
  }
  const [first] = contents;
  if (first === undefined || (first.role === 'model' && first.parts.some(isCall))) {
    contents.unshift({ role: 'user', parts: [{ text: '.' }] });
  }
  addStandIns(contents, context.target);
  return contents.map(({ role, parts }) => ({ role, parts }));
}
