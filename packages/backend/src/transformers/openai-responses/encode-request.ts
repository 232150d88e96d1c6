import { GatewayError } from '../../types/errors.ts';
import type { EncodedRequest, NoteLoss } from '../../types/format.ts';
import type { ReasoningWish, SystemText, UnifiedChatRequest } from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, ownValue } from '../../utils/fields.ts';
import { effortOfBudget } from '../effort.ts';
import { createNameTable, fitId, shortDigest } from '../names.ts';
import { encodeItems } from './encode-items.ts';
import { encodeToolChoice, encodeTools } from './encode-tools.ts';
import { FORMAT, INCLUDE_ENCRYPTED, TOOL_NAME, TOOL_NAME_CHARS_MAX } from './wire.ts';

/** The API refuses a smaller limit. */
const OUTPUT_TOKENS_MIN = 16;
/** Longest end-user id of OpenAI. */
const USER_CHARS_MAX = 64;
/** Fields of other APIs that steer the transport, which is ours: leaving them out loses nothing. */
const TRANSPORT_FIELDS: ReadonlySet<string> = new Set(['stream_options', 'stream']);

const TIERS: Readonly<Record<string, string>> = {
  auto: 'auto',
  default: 'default',
  flex: 'flex',
  scale: 'scale',
  priority: 'priority',
  fast: 'fast',
  standard: 'default',
  standard_only: 'default',
};

interface Prompt {
  readonly instructions?: string | undefined;
  readonly items: readonly JsonObject[];
}

/** Neighbours of one role share an item, each text a part of its own, so that prefixes stay where they were. */
function systemItems(system: readonly SystemText[]): JsonObject[] {
  const items: { role: string; content: JsonObject[] }[] = [];
  for (const { role, text } of system) {
    const part = { type: 'input_text', text };
    const last = items.at(-1);
    if (last?.role === role) last.content.push(part);
    else items.push({ role, content: [part] });
  }
  return items.map(({ role, content }) => ({ type: 'message', role, content }));
}

/** Leading prompts: `instructions` holds what the client would have put there, items the rest in order. */
function encodeSystem({ system, ext }: UnifiedChatRequest, noteLoss: NoteLoss): Prompt {
  const texts = system.filter(({ text }) => text !== '');
  if (texts.some(({ cache }) => cache !== undefined)) {
    noteLoss('responses.cache-mark', 'system.cache', 'the target caches prefixes by itself and takes no marks');
  }
  const developer = ext.format === FORMAT ? texts.findIndex(({ role }) => role === 'developer') : -1;
  const head = developer === -1 ? texts : texts.slice(0, developer);
  const instructions = head.length === 0 ? undefined : head.map(({ text }) => text).join('\n\n');
  return { instructions, items: systemItems(texts.slice(head.length)) };
}

/** JSON mode is refused unless a message holds the word; clients of other APIs need not write it. */
function jsonHint({ output, ext }: UnifiedChatRequest, items: readonly JsonObject[]): JsonObject[] {
  if (output?.type !== 'json' || ext.format === FORMAT || /json/i.test(JSON.stringify(items))) return [];
  return [
    { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Answer with one JSON object.' }] },
  ];
}

function encodePrompt(
  request: UnifiedChatRequest,
  target: TargetProfile,
  toWire: (name: string) => string,
  noteLoss: NoteLoss,
): JsonObject {
  const { instructions, items } = encodeSystem(request, noteLoss);
  const turns = encodeItems(request, target, toWire, { noteLoss, origin: request.ext.format });
  const input = [...items, ...turns];
  if (input.length === 0 && instructions !== undefined) {
    // The API wants some input: a prompt alone is given as a message.
    return { input: [{ type: 'message', role: 'developer', content: [{ type: 'input_text', text: instructions }] }] };
  }
  return { ...(instructions !== undefined && { instructions }), input: [...jsonHint(request, input), ...input] };
}

function encodeText(request: UnifiedChatRequest, own: Readonly<Record<string, Json>>): JsonObject {
  const { output, verbosity } = request;
  const text: JsonObject = isObject(own['text']) ? { ...own['text'] } : {};
  if (output?.type === 'json') text['format'] = { type: 'json_object' };
  if (output?.type === 'json-schema') {
    const { name, description, schema, strict } = output;
    text['format'] = {
      type: 'json_schema',
      name: fitId(name ?? 'response', /^[A-Za-z0-9_-]{1,64}$/, 'response_'),
      ...(description !== undefined && { description }),
      schema,
      ...(strict !== undefined ? { strict } : request.ext.format !== FORMAT && { strict: false }),
    };
  }
  if (verbosity !== undefined) text['verbosity'] = verbosity;
  return Object.keys(text).length === 0 ? {} : { text };
}

/** Does the client expect to see thinking? Chat and Messages clients do when they asked for any. */
function wantsSummary({ reasoning, ext }: UnifiedChatRequest): boolean {
  if (reasoning === undefined || reasoning.mode === 'off') return false;
  if (reasoning.visible !== undefined) return reasoning.visible;
  return ext.format === 'openai-chat' || ext.format === 'anthropic-messages';
}

function encodeEffort(wish: ReasoningWish, target: TargetProfile, noteLoss: NoteLoss): string | undefined {
  if (wish.mode === 'off') {
    if (target.thinking !== 'always') return 'none';
    noteLoss('responses.reasoning-off', 'reasoning', 'the model cannot stop thinking');
    return undefined;
  }
  if (wish.effort !== undefined) return wish.effort;
  return wish.budgetTokens === undefined ? undefined : effortOfBudget(wish.budgetTokens);
}

function encodeReasoning(
  request: UnifiedChatRequest,
  target: TargetProfile,
  own: Readonly<Record<string, Json>>,
  noteLoss: NoteLoss,
): JsonObject {
  const wish = request.reasoning;
  if (target.thinking === 'none') {
    if (wish !== undefined && wish.mode !== 'off')
      noteLoss('responses.reasoning', 'reasoning', 'the model does not reason');
    return {};
  }
  const reasoning: JsonObject = {};
  const effort = wish === undefined ? undefined : encodeEffort(wish, target, noteLoss);
  if (effort !== undefined) reasoning['effort'] = effort;
  if (wantsSummary(request)) reasoning['summary'] = 'auto';
  if (isObject(own['reasoning'])) Object.assign(reasoning, own['reasoning']);
  return Object.keys(reasoning).length === 0 ? {} : { reasoning };
}

function encodeLimit({ maxOutputTokens }: UnifiedChatRequest, target: TargetProfile, noteLoss: NoteLoss): JsonObject {
  if (maxOutputTokens === undefined) return {};
  const most = target.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const tokens = Math.max(OUTPUT_TOKENS_MIN, Math.min(maxOutputTokens, most));
  if (tokens !== maxOutputTokens)
    noteLoss(
      'responses.output-limit',
      'maxOutputTokens',
      `the target takes ${OUTPUT_TOKENS_MIN} to its own limit; ${tokens} was sent`,
    );
  return { max_output_tokens: tokens };
}

/** Settings this API has no field for: each one the client gave is noted. */
function noteUnsaid({ sampling, stop }: UnifiedChatRequest, noteLoss: NoteLoss): void {
  if (sampling.candidates !== undefined && sampling.candidates > 1) {
    throw new GatewayError('request_unsupported', 'n: the Responses API gives one answer only; ask for 1', {
      field: 'n',
    });
  }
  const { topK, seed, frequencyPenalty, presencePenalty, logitBias, logprobs, topLogprobs } = sampling;
  const unsaid = { topK, seed, frequencyPenalty, presencePenalty, logitBias };
  for (const [field, value] of Object.entries(unsaid)) {
    if (value !== undefined)
      noteLoss(`responses.${field}`, `sampling.${field}`, 'the Responses API has no such setting');
  }
  if (logprobs === true || topLogprobs !== undefined) {
    noteLoss('responses.logprobs', 'sampling.logprobs', 'a translated answer carries no log probabilities');
  }
  if (stop !== undefined && stop.length > 0)
    noteLoss('responses.stop', 'stop', 'the Responses API has no stop sequences');
}

function encodeSampling({ sampling }: UnifiedChatRequest, target: TargetProfile, noteLoss: NoteLoss): JsonObject {
  const { temperature, topP } = sampling;
  if (target.sampling) {
    return { ...(temperature !== undefined && { temperature }), ...(topP !== undefined && { top_p: topP }) };
  }
  if (temperature !== undefined)
    noteLoss('responses.temperature', 'sampling.temperature', 'the model refuses sampling settings');
  if (topP !== undefined) noteLoss('responses.topP', 'sampling.topP', 'the model refuses sampling settings');
  return {};
}

function encodeIdentity({ cacheKey, userId, tier }: UnifiedChatRequest, noteLoss: NoteLoss): JsonObject {
  const known = tier === undefined ? undefined : ownValue(TIERS, tier.toLowerCase());
  if (tier !== undefined && known === undefined)
    noteLoss('responses.tier', 'tier', 'the target has no such service tier');
  return {
    ...(cacheKey !== undefined && { prompt_cache_key: cacheKey }),
    ...(userId !== undefined && { user: userId.length <= USER_CHARS_MAX ? userId : shortDigest(userId) }),
    ...(known !== undefined && { service_tier: known }),
  };
}

function encodeToolFields(
  request: UnifiedChatRequest,
  toWire: (name: string) => string,
  noteLoss: NoteLoss,
): JsonObject {
  const choice = request.toolChoice === undefined ? undefined : encodeToolChoice(request.toolChoice, request, toWire);
  const tools = encodeTools(request, toWire, noteLoss);
  // A choice or the parallel flag without tools is refused by the API, and says nothing.
  if (tools.length === 0) return {};
  return {
    tools,
    ...(choice !== undefined && { tool_choice: choice }),
    ...(request.parallelTools !== undefined && { parallel_tool_calls: request.parallelTools }),
  };
}

/** Fields only this API knows, for its own clients; the fields of another API are noted, one by one. */
function ownFields({ ext }: UnifiedChatRequest, noteLoss: NoteLoss): Readonly<Record<string, Json>> {
  if (ext.format === FORMAT) return ext.fields;
  for (const field of Object.keys(ext.fields)) {
    if (!TRANSPORT_FIELDS.has(field)) noteLoss('responses.field', field, `only the ${ext.format} API knows this field`);
  }
  return {};
}

/** Encrypted reasoning is the only kind that can be replayed, because the provider is asked to store nothing. */
function encodeState(target: TargetProfile, own: Readonly<Record<string, Json>>): JsonObject {
  const asked = Array.isArray(own['include']) ? own['include'] : [];
  const include = target.thinking === 'none' ? asked : [INCLUDE_ENCRYPTED, ...asked];
  return { store: own['store'] ?? false, ...(include.length > 0 && { include }) };
}

function dropFields(body: JsonObject, target: TargetProfile, noteLoss: NoteLoss): void {
  for (const field of target.quirks.dropFields ?? []) {
    if (body[field] === undefined) continue;
    delete body[field];
    noteLoss('responses.refused-field', field, 'this provider refuses the field');
  }
}

/**
 * The IR as a Responses body. Deterministic. `store` is false unless the client of this same API wants otherwise:
 * the whole conversation is sent each time. Throws `request_unsupported` for parts that the API cannot take.
 */
export function encodeRequest(request: UnifiedChatRequest, target: TargetProfile, noteLoss: NoteLoss): EncodedRequest {
  const names = createNameTable(TOOL_NAME, TOOL_NAME_CHARS_MAX);
  const own = ownFields(request, noteLoss);
  noteUnsaid(request, noteLoss);
  const body: JsonObject = {
    model: target.model,
    ...encodePrompt(request, target, names.toWire, noteLoss),
    ...encodeToolFields(request, names.toWire, noteLoss),
    ...encodeText(request, own),
    ...encodeReasoning(request, target, own, noteLoss),
    ...encodeLimit(request, target, noteLoss),
    ...encodeSampling(request, target, noteLoss),
    ...encodeIdentity(request, noteLoss),
    ...encodeState(target, own),
    ...(request.stream && { stream: true }),
  };
  for (const [field, value] of Object.entries(own)) body[field] ??= value;
  dropFields(body, target, noteLoss);
  return { body, ...(names.renamed.size > 0 && { toolNames: names.renamed }) };
}
