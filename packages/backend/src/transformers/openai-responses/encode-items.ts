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
import type { JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import { fitId } from '../names.ts';
import { proofFits } from '../proof.ts';
import { encodeContent, encodeOutputText, type PartContext } from './encode-parts.ts';
import { type ToolAddress, toolAddresses } from './namespace.ts';
import { CALL_ID, FORMAT } from './wire.ts';

interface ItemContext extends PartContext {
  readonly target: TargetProfile;
  readonly toWire: (name: string) => string;
  /** Own clients get their namespaces back in the history too. */
  readonly addresses: ReadonlyMap<string, ToolAddress>;
  /** All results of the conversation by call id, taken as their calls are written. */
  readonly results: Map<string, { readonly part: ResultPart; readonly field: string }>;
}

const callId = (id: string): string => fitId(id, CALL_ID, 'call_');

function encodeCall(part: CallPart, context: ItemContext): JsonObject {
  const address = context.addresses.get(part.name) ?? { name: context.toWire(part.name) };
  if (part.custom === true)
    return { type: 'custom_tool_call', call_id: callId(part.id), ...address, input: part.argsText };
  return { type: 'function_call', call_id: callId(part.id), ...address, arguments: part.argsText || '{}' };
}

/** Errors have no field here: the text says so. */
function errorText(text: string): string {
  return /^error\b/i.test(text) ? text : `Error: ${text}`;
}

function encodeOutput(part: ResultPart, context: ItemContext, field: string): string | JsonObject[] {
  const content = encodeContent(part.parts, context, `${field}.parts`);
  const only = content[0];
  if (only === undefined) return part.isError ? 'Error' : '';
  if (content.length === 1 && only['type'] === 'input_text' && typeof only['text'] === 'string') {
    return part.isError ? errorText(only['text']) : only['text'];
  }
  return part.isError ? [{ type: 'input_text', text: 'Error:' }, ...content] : content;
}

/** The result of a call, or an error result when the conversation holds none: the API wants every call answered. */
function encodeResult(call: CallPart, context: ItemContext): JsonObject {
  const type = call.custom === true ? 'custom_tool_call_output' : 'function_call_output';
  const found = context.results.get(call.id);
  context.results.delete(call.id);
  if (found !== undefined) {
    return { type, call_id: callId(call.id), output: encodeOutput(found.part, context, found.field) };
  }
  context.noteLoss('responses.result-missing', `call ${call.id}`, 'the call has no result; an error result was put in');
  return { type, call_id: callId(call.id), output: 'Error: the tool call has no result' };
}

/** A reasoning item goes only to the API and model family that made it. */
function encodeReasoning(part: ReasoningPart, context: ItemContext, field: string): JsonObject | undefined {
  const { proof, text } = part;
  if (proof === undefined || proof.data === '' || !proofFits(proof, context.target)) {
    context.noteLoss('responses.reasoning-foreign', field, 'the target accepts only reasoning that it made itself');
    return undefined;
  }
  const id = proof.id?.startsWith('rs_') ? { id: proof.id } : {};
  return {
    ...id,
    type: 'reasoning',
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
    encrypted_content: proof.data,
  };
}

function encodeOpaque(part: OpaquePart, context: ItemContext, field: string): JsonObject | undefined {
  if (part.format === FORMAT && isObject(part.raw)) return part.raw;
  context.noteLoss('responses.opaque', field, `only the ${part.format} API understands this part`);
  return undefined;
}

function pushText(items: JsonObject[], part: TextPart, context: ItemContext, field: string): void {
  if (part.text === '') return;
  const text = encodeOutputText(part, context, field);
  const last = items.at(-1);
  if (last?.['type'] === 'message' && Array.isArray(last['content'])) last['content'].push(text);
  else items.push({ type: 'message', role: 'assistant', content: [text] });
}

function pushAssistantPart(items: JsonObject[], part: Part, context: ItemContext, field: string): void {
  if (part.type === 'text') pushText(items, part, context, field);
  else if (part.type === 'call') items.push(encodeCall(part, context));
  else if (part.type === 'media') {
    context.noteLoss('responses.assistant-media', field, 'an assistant turn takes no media here');
  } else if (part.type !== 'result') {
    const item = part.type === 'reasoning' ? encodeReasoning(part, context, field) : encodeOpaque(part, context, field);
    if (item !== undefined) items.push(item);
  }
}

/** The API answers 400 to a reasoning item that nothing follows. */
function dropTrailingReasoning(items: JsonObject[], context: ItemContext, field: string): void {
  while (items.at(-1)?.['type'] === 'reasoning') {
    items.pop();
    context.noteLoss('responses.reasoning-alone', field, 'the message or call that followed the reasoning is gone');
  }
}

function assistantItems(turn: Turn, context: ItemContext, field: string): JsonObject[] {
  const items: JsonObject[] = [];
  for (const [index, part] of turn.parts.entries()) pushAssistantPart(items, part, context, `${field}.parts[${index}]`);
  dropTrailingReasoning(items, context, field);
  const calls = turn.parts.filter((part) => part.type === 'call');
  return [...items, ...calls.map((call) => encodeResult(call, context))];
}

function userItems(turn: Turn, context: ItemContext, field: string): JsonObject[] {
  const items: JsonObject[] = [];
  const parts: (TextPart | MediaPart | OpaquePart)[] = [];
  for (const [index, part] of turn.parts.entries()) {
    if (part.type === 'text' || part.type === 'media') parts.push(part);
    else if (part.type === 'opaque') {
      const item = encodeOpaque(part, context, `${field}.parts[${index}]`);
      if (item !== undefined) items.push(item);
    } else if (part.type !== 'result') {
      context.noteLoss('responses.user-part', `${field}.parts[${index}]`, `a user turn takes no ${part.type} here`);
    }
  }
  const content = encodeContent(parts, context, `${field}.parts`);
  if (content.length > 0) items.push({ type: 'message', role: 'user', content });
  return items;
}

function systemItems(turn: Turn, context: ItemContext, field: string): JsonObject[] {
  const parts = turn.parts.filter((part) => part.type === 'text' || part.type === 'media');
  const content = encodeContent(parts, context, `${field}.parts`);
  if (content.length === 0) return [];
  if (context.target.lateSystem) return [{ type: 'message', role: 'developer', content }];
  context.noteLoss(
    'responses.late-system',
    field,
    'the target takes no system message here; it was sent as a marked user text',
  );
  return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'System message:' }, ...content] }];
}

const TURNS = { assistant: assistantItems, user: userItems, system: systemItems };

function collectResults(turns: readonly Turn[], context: ItemContext): void {
  for (const [at, turn] of turns.entries()) {
    for (const [index, part] of turn.parts.entries()) {
      if (part.type !== 'result') continue;
      const field = `turns[${at}].parts[${index}]`;
      if (context.results.has(part.id))
        context.noteLoss('responses.result-twice', field, 'the call has a result already');
      else context.results.set(part.id, { part, field });
    }
  }
}

/**
 * The turns as input items: each call turn is followed by exactly its results, whatever order the client had;
 * a missing one becomes an error result, one without a call is a noted loss.
 */
export function encodeItems(
  request: UnifiedChatRequest,
  target: TargetProfile,
  toWire: (name: string) => string,
  { noteLoss, origin }: PartContext,
): JsonObject[] {
  const addresses = origin === FORMAT ? toolAddresses(request) : new Map<string, ToolAddress>();
  const context: ItemContext = { noteLoss, origin, target, toWire, addresses, results: new Map() };
  collectResults(request.turns, context);
  const items = request.turns.flatMap((turn, index) => {
    if (turn.name !== undefined)
      noteLoss('responses.participant', `turns[${index}].name`, 'a message has no author name here');
    return TURNS[turn.role](turn, context, `turns[${index}]`);
  });
  for (const { field } of context.results.values()) {
    noteLoss('responses.result-orphan', field, 'no call in the conversation has this id');
  }
  return items;
}
