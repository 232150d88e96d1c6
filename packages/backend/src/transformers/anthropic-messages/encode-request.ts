import { GatewayError } from '../../types/errors.ts';
import type { EncodedRequest, NoteLoss, Operation } from '../../types/format.ts';
import type { OutputFormat, UnifiedChatRequest } from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, ownValue } from '../../utils/fields.ts';
import { createNameTable } from '../names.ts';
import { plainContent, type Scope } from './encode-content.ts';
import { encodeSampling } from './encode-sampling.ts';
import { planThinking } from './encode-thinking.ts';
import { encodeTools } from './encode-tools.ts';
import { encodeTurns } from './encode-turns.ts';
import { closedSchema } from './schema.ts';
import {
  API_VERSION,
  cacheField,
  FORMAT,
  LATE_SYSTEM_VERSION,
  TOOL_NAME,
  TOOL_NAME_CHARS_MAX,
  textBlock,
} from './wire.ts';

/** Cache marks that the API takes in one request. */
const CACHE_MARKS_MAX = 4;
/** `json_object` has no counterpart here. */
const JSON_INSTRUCTION = 'Answer with one JSON object and nothing else.';

/** Fields of other APIs that speak about the transport, not about the answer. */
const TRANSPORT: ReadonlySet<string> = new Set(['stream', 'stream_options', 'store', 'background', 'client_metadata']);

function encodeSystem({ system, output }: UnifiedChatRequest): string | JsonObject[] | undefined {
  const blocks: JsonObject[] = system
    .filter(({ text }) => text.trim() !== '')
    .map(({ text, cache }) => ({ ...textBlock(text), ...cacheField(cache) }));
  if (output?.type === 'json') blocks.push(textBlock(JSON_INSTRUCTION));
  return blocks.length === 0 ? undefined : plainContent(blocks);
}

function encodeOutput(output: OutputFormat | undefined, isOwn: boolean, noteLoss: NoteLoss): JsonObject | undefined {
  if (output?.type !== 'json-schema') return undefined;
  return { type: 'json_schema', schema: isOwn ? output.schema : closedSchema(output.schema, noteLoss) };
}

function encodeStop(stop: readonly string[] | undefined, noteLoss: NoteLoss): string[] | undefined {
  const filled = stop?.filter((text) => text.trim() !== '');
  if (stop !== undefined && filled !== undefined && filled.length < stop.length) {
    noteLoss('anthropic.stop-blank', 'stop', 'the Messages API takes no blank stop sequence');
  }
  return filled === undefined || filled.length === 0 ? undefined : filled;
}

const TIERS: Readonly<Record<string, string>> = {
  auto: 'auto',
  priority: 'auto',
  default: 'standard_only',
  standard: 'standard_only',
  standard_only: 'standard_only',
};

function encodeTier(tier: string | undefined, noteLoss: NoteLoss): string | undefined {
  if (tier === undefined) return undefined;
  const word = ownValue(TIERS, tier);
  if (word === undefined) noteLoss('anthropic.tier', 'tier', `the Messages API has no tier "${tier}"`);
  return word;
}

function refuseCandidates({ sampling, ext }: UnifiedChatRequest): void {
  if ((sampling.candidates ?? 1) <= 1) return;
  const field = ext.format === 'gemini' ? 'generationConfig.candidateCount' : 'n';
  throw new GatewayError('request_unsupported', `${field}: the Messages API gives one answer for each request`, {
    field,
  });
}

/** Wishes that have no field here at all. */
function noteForeign(request: UnifiedChatRequest, noteLoss: NoteLoss): void {
  const { verbosity, cacheKey, ext } = request;
  if (verbosity !== undefined) noteLoss('anthropic.verbosity', 'verbosity', 'the Messages API has no verbosity');
  if (cacheKey !== undefined) noteLoss('anthropic.cache-key', 'cacheKey', 'the Messages API has no cache key');
  if (ext.format === FORMAT) return;
  for (const field of Object.keys(ext.fields)) {
    if (!TRANSPORT.has(field)) noteLoss('anthropic.field', field, `only ${ext.format} has this field`);
  }
}

/** Own fields that the IR does not know; nested ones are joined with what we write there. */
function ownFields({ ext }: UnifiedChatRequest): Readonly<Record<string, Json>> {
  return ext.format === FORMAT ? ext.fields : {};
}

function joined(own: Json | undefined, ours: JsonObject): JsonObject | undefined {
  const both: JsonObject = { ...(isObject(own) ? own : {}), ...ours };
  return Object.keys(both).length === 0 ? undefined : both;
}

/** Every object below `value` that has a cache mark, in the order of the wire. */
function marksIn(value: Json | undefined): JsonObject[] {
  if (Array.isArray(value)) return value.flatMap(marksIn);
  if (!isObject(value)) return [];
  const inner = marksIn(value['content']);
  return value['cache_control'] == null ? inner : [...inner, value];
}

/** The last marks are kept: they cover the longest prefix. */
function limitMarks(body: JsonObject, noteLoss: NoteLoss): void {
  const own = body['cache_control'] == null ? 0 : 1;
  const marks = [...marksIn(body['tools']), ...marksIn(body['system']), ...marksIn(body['messages'])];
  for (const [at, mark] of marks.slice(0, Math.max(0, marks.length + own - CACHE_MARKS_MAX)).entries()) {
    delete mark['cache_control'];
    noteLoss('anthropic.cache-marks', `cache[${at}]`, `the Messages API takes ${CACHE_MARKS_MAX} cache marks`);
  }
}

/** Fields of the counting endpoint; it refuses all others. */
const COUNT_FIELDS: readonly string[] = [
  'model',
  'system',
  'messages',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'cache_control',
  'speed',
];

/** Leaves out absent fields, those that the server refuses, and for a count those that it does not take. */
function selected(fields: JsonObject, target: TargetProfile, operation: Operation, noteLoss: NoteLoss): JsonObject {
  const body: JsonObject = {};
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined || (operation === 'count-tokens' && !COUNT_FIELDS.includes(key))) continue;
    if (target.quirks.dropFields?.includes(key) === true)
      noteLoss('anthropic.refused-field', key, `${target.providerId} refuses it`);
    else body[key] = value;
  }
  return body;
}

/** Notes each loss once, however often the same thing is met. */
function once(noteLoss: NoteLoss): NoteLoss {
  const noted = new Set<string>();
  return (rule, field, reason) => {
    const key = `${rule}\n${field}`;
    if (noted.has(key)) return;
    noted.add(key);
    noteLoss(rule, field, reason);
  };
}

/** Late system messages need the version that refuses sampling, so a request that wants both keeps its sampling. */
function keepsLateSystem({ sampling }: UnifiedChatRequest, target: TargetProfile): boolean {
  const { temperature, topP, topK } = sampling;
  const wantsSampling = target.sampling && (temperature ?? topP ?? topK) !== undefined;
  return target.lateSystem && !wantsSampling;
}

/**
 * The neutral request as a Messages body, with keys in a fixed order.
 *
 * Speaks version 2023-06-01, or the newer one where a system message stands between turns. Throws `request_unsupported` for media that the API cannot take, files of another API,
 * several candidates, a forced tool that cannot run, and a prefilled answer beside thinking.
 */
export function encodeRequest(
  request: UnifiedChatRequest,
  target: TargetProfile,
  note: NoteLoss,
  operation: Operation = 'generate',
): EncodedRequest {
  const noteLoss = once(note);
  refuseCandidates(request);
  const names = createNameTable(TOOL_NAME, TOOL_NAME_CHARS_MAX);
  const scope: Scope = { target: { ...target, lateSystem: keepsLateSystem(request, target) }, names, noteLoss };
  const { tools, toolChoice } = encodeTools(request, scope);
  const messages = encodeTurns(request.turns, scope);
  const forced = toolChoice?.['type'] === 'any' || toolChoice?.['type'] === 'tool';
  const plan = planThinking({ request, target, messages, forced, noteLoss });
  noteForeign(request, noteLoss);
  const { output_config: ownConfig, metadata: ownMetadata, thinking: _thinking, ...own } = ownFields(request);
  const format = encodeOutput(request.output, request.ext.format === FORMAT, noteLoss);
  const { userId, stream } = request;
  const fields: JsonObject = {
    model: target.model,
    max_tokens: plan.maxTokens,
    system: encodeSystem(request),
    messages,
    tools: tools.length === 0 ? undefined : tools,
    tool_choice: toolChoice,
    thinking: plan.thinking,
    output_config: joined(ownConfig, {
      ...(plan.effort !== undefined && { effort: plan.effort }),
      ...(format !== undefined && { format }),
    }),
    ...encodeSampling(request.sampling, target, plan.isOn, noteLoss),
    stop_sequences: encodeStop(request.stop, noteLoss),
    metadata: joined(ownMetadata, userId === undefined ? {} : { user_id: userId }),
    service_tier: encodeTier(request.tier, noteLoss),
    stream: stream ? true : undefined,
    ...own,
  };
  const body = selected(fields, target, operation, noteLoss);
  limitMarks(body, noteLoss);
  const hasSystem = messages.some(({ role }) => role === 'system');
  return {
    body,
    headers: { 'anthropic-version': hasSystem ? LATE_SYSTEM_VERSION : API_VERSION },
    ...(names.renamed.size > 0 && { toolNames: names.renamed }),
  };
}
