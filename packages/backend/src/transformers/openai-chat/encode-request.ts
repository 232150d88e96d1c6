import type { EncodedRequest, NoteLoss } from '../../types/format.ts';
import type { Part, UnifiedChatRequest } from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { JsonObject } from '../../types/json.ts';
import { createNameTable } from '../names.ts';
import {
  encodeLimit,
  encodeMatters,
  encodeOutput,
  encodeReasoningWish,
  encodeSampling,
  encodeTools,
} from './encode-settings.ts';
import { encodeMessages, systemRole } from './encode-turns.ts';

const NAME_PATTERN = /^[A-Za-z0-9_-]+$/;
const NAME_CHARS_MAX = 64;

/**
 * The neutral request as a Chat body for one target. Keys come in one fixed order, nothing depends on time or
 * chance: prompt caches hang on it. Throws `request_unsupported` with the field; every other loss is noted.
 */
export function encodeRequest(request: UnifiedChatRequest, target: TargetProfile, noteLoss: NoteLoss): EncodedRequest {
  const note = once(noteLoss);
  const names = createNameTable(NAME_PATTERN, NAME_CHARS_MAX);
  const output = encodeOutput(request.output, target, note);
  const messages = encodeMessages(request, target, names, note);
  const body: JsonObject = {
    model: target.model,
    messages: withInstruction(messages, output.instruction, request, target),
    ...encodeTools(request, names, note),
    ...output.fields,
    ...encodeLimit(request, target, note),
    ...encodeSampling(request, target, note),
    ...encodeReasoningWish(request.reasoning, target, note),
    ...encodeMatters(request, note),
    ...extFields(request, note),
    ...streamFields(request, target),
  };
  for (const field of target.quirks.dropFields ?? []) {
    if (body[field] === undefined) continue;
    delete body[field];
    note('openai-chat.field-refused', field, `the server refuses the field ${field}`);
  }
  noteMarks(request, note);
  return { body, ...(names.renamed.size > 0 && { toolNames: names.renamed }) };
}

/** The same loss in a hundred turns is one loss. */
function once(noteLoss: NoteLoss): NoteLoss {
  const seen = new Set<string>();
  return (rule, field, reason) => {
    const key = `${rule} ${field}`;
    if (seen.has(key)) return;
    seen.add(key);
    noteLoss(rule, field, reason);
  };
}

function streamFields({ stream }: UnifiedChatRequest, { quirks }: TargetProfile): JsonObject {
  if (!stream) return {};
  // Usage is asked for whether or not the client did: without it nothing could be booked.
  return quirks.noStreamUsage === true ? { stream: true } : { stream: true, stream_options: { include_usage: true } };
}

function extFields({ ext }: UnifiedChatRequest, note: NoteLoss): JsonObject {
  if (ext.format === 'openai-chat') return { ...ext.fields };
  for (const field of Object.keys(ext.fields)) {
    note('openai-chat.field', field, `the field ${field} of ${ext.format} has no counterpart`);
  }
  return {};
}

/**
 * OpenAI's JSON mode is a 400 unless a message says "JSON", and a schema that the server cannot enforce has to be
 * told to the model. A Chat client's own JSON mode is left as it is.
 */
function withInstruction(
  messages: JsonObject[],
  instruction: string | undefined,
  request: UnifiedChatRequest,
  target: TargetProfile,
): JsonObject[] {
  if (instruction === undefined) return messages;
  const isMode = request.output?.type === 'json';
  if (isMode && (request.ext.format === 'openai-chat' || saysJson(request))) return messages;
  const at = request.system.filter(({ text }) => text !== '').length;
  return [...messages.slice(0, at), { role: systemRole(target), content: instruction }, ...messages.slice(at)];
}

function saysJson({ system, turns }: UnifiedChatRequest): boolean {
  const told = (part: Part): boolean => part.type === 'text' && /json/i.test(part.text);
  return system.some(({ text }) => /json/i.test(text)) || turns.some(({ parts }) => parts.some(told));
}

/** Cache breakpoints and citations of earlier answers have no field that every Chat server takes. */
function noteMarks({ system, turns, tools }: UnifiedChatRequest, note: NoteLoss): void {
  const parts = turns.flatMap((turn) => turn.parts);
  const marked = [...system, ...tools, ...parts].some((item) => 'cache' in item && item.cache !== undefined);
  if (marked) note('openai-chat.cache-mark', 'cache', 'cache breakpoints were left out; this API caches by itself');
  const cited = parts.some((part) => part.type === 'text' && (part.citations?.length ?? 0) > 0);
  if (cited) note('openai-chat.citations', 'citations', 'citations of earlier answers were left out');
}
