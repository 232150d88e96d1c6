import { GatewayError } from '../../types/errors.ts';
import type { EncodedRequest, NoteLoss } from '../../types/format.ts';
import type { Turn, UnifiedChatRequest } from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, ownValue } from '../../utils/fields.ts';
import { createNameTable } from '../names.ts';
import { encodeContents } from './encode-contents.ts';
import type { EncodeContext } from './encode-parts.ts';
import { encodeToolChoice, encodeTools } from './encode-tools.ts';
import { toOpenApi } from './schema.ts';
import { encodeThinking } from './thinking.ts';
import { known, NAME_CHARS_MAX, NAME_PATTERN } from './wire.ts';

const STOP_MAX = 5;

/** Fields that say how to carry the answer, not what it should be; losing them loses nothing. */
const TRANSPORT = new Set(['stream', 'stream_options', 'include', 'store', 'betas', 'anthropic_version']);
/** State that lives at another API. */
const STORED = ['previous_response_id', 'conversation', 'container'];

const TIERS: Readonly<Record<string, string>> = {
  flex: 'flex',
  priority: 'priority',
  fast: 'priority',
  standard: 'standard',
  standard_only: 'standard',
  default: 'standard',
};

function refuse(field: string, text: string): never {
  throw new GatewayError('request_unsupported', `${field}: ${text}`, { field });
}

/** What cannot be said at all, and would change the answer if it were left out. */
function refuseImpossible({ sampling, ext }: UnifiedChatRequest): void {
  if ((sampling.candidates ?? 1) > 1) refuse('n', 'several answers to one request cannot be translated; ask for one');
  if (ext.format === 'gemini') return;
  for (const field of STORED) {
    if (ext.fields[field] !== undefined && ext.fields[field] !== null) {
      refuse(field, 'the stored conversation lives at another API; send the full input');
    }
  }
  const modalities = ext.fields['modalities'];
  if (Array.isArray(modalities) && modalities.includes('audio'))
    refuse('modalities', 'audio answers cannot be translated');
}

function encodeSampling(request: UnifiedChatRequest, target: TargetProfile, noteLoss: NoteLoss): JsonObject {
  const { temperature, topP, topK, seed, logprobs, topLogprobs, ...sampling } = request.sampling;
  const { frequencyPenalty, presencePenalty, logitBias } = sampling;
  if (logitBias !== undefined) noteLoss('gemini.logit-bias', 'sampling.logitBias', 'Gemini takes no token biases');
  if (logprobs === true) noteLoss('gemini.logprobs', 'sampling.logprobs', 'a translated answer cannot carry them');
  const clamped = temperature === undefined ? undefined : Math.min(2, temperature);
  const chosen = known({ temperature: clamped, topP, topK });
  const rest = known({ presencePenalty, frequencyPenalty, seed, responseLogprobs: logprobs, logprobs: topLogprobs });
  if (target.sampling) {
    if (clamped !== temperature) noteLoss('gemini.temperature', 'sampling.temperature', 'the highest temperature is 2');
    return { ...chosen, ...rest };
  }
  for (const field of Object.keys(chosen)) {
    noteLoss('gemini.sampling', `sampling.${field}`, 'this model takes no sampling parameters');
  }
  return rest;
}

function encodeStop(stop: readonly string[] | undefined, noteLoss: NoteLoss): JsonObject {
  const some = (stop ?? []).filter((text) => text !== '');
  if (some.length < (stop?.length ?? 0)) noteLoss('gemini.stop-blank', 'stop', 'an empty stop sequence is left out');
  if (some.length > STOP_MAX)
    noteLoss('gemini.stop-over-limit', 'stop', `only the first ${STOP_MAX} stop sequences are sent`);
  return some.length === 0 ? {} : { stopSequences: some.slice(0, STOP_MAX) };
}

function encodeOutput({ output }: UnifiedChatRequest, { quirks }: TargetProfile, noteLoss: NoteLoss): JsonObject {
  if (output === undefined) return {};
  const responseMimeType = 'application/json';
  if (output.type === 'json') return { responseMimeType };
  if (quirks.openApiSchema !== true) return { responseMimeType, responseJsonSchema: output.schema };
  const note = (what: string, path: string, reason: string): void => noteLoss(`gemini.${what}`, path, reason);
  return { responseMimeType, responseSchema: toOpenApi(output.schema, 'output.schema', note) };
}

function encodeLimit({ maxOutputTokens }: UnifiedChatRequest, target: TargetProfile, noteLoss: NoteLoss): JsonObject {
  if (maxOutputTokens === undefined) return {};
  const limit = target.maxOutputTokens ?? maxOutputTokens;
  if (maxOutputTokens <= limit) return { maxOutputTokens };
  noteLoss('gemini.max-output', 'maxOutputTokens', `the model writes at most ${limit} tokens`);
  return { maxOutputTokens: limit };
}

function encodeTier({ tier }: UnifiedChatRequest, noteLoss: NoteLoss): JsonObject {
  if (tier === undefined || tier === 'auto' || tier === 'unspecified') return {};
  const serviceTier = ownValue(TIERS, tier.toLowerCase());
  if (serviceTier !== undefined) return { serviceTier };
  noteLoss('gemini.tier', 'tier', `Gemini has no service tier "${tier}"`);
  return {};
}

/** Things of the IR that Gemini has no word for. */
function noteUnsaid(request: UnifiedChatRequest, noteLoss: NoteLoss): void {
  const { parallelTools, verbosity, cacheKey, userId, system, turns } = request;
  if (parallelTools === false)
    noteLoss('gemini.parallel-tools', 'parallelTools', 'Gemini decides itself how many tools it calls at once');
  if (verbosity !== undefined) noteLoss('gemini.verbosity', 'verbosity', 'Gemini has no verbosity');
  if (cacheKey !== undefined) noteLoss('gemini.cache-key', 'cacheKey', 'Gemini caches by itself');
  if (userId !== undefined) noteLoss('gemini.user-id', 'userId', 'Gemini takes no end-user id');
  const isMarked = ({ parts }: Turn): boolean => parts.some((part) => 'cache' in part && part.cache !== undefined);
  if (system.some(({ cache }) => cache !== undefined) || turns.some(isMarked)) {
    noteLoss('gemini.cache-mark', 'turns', 'Gemini caches by itself and takes no breakpoints');
  }
}

/** The client's own extra fields, put back where they stood; those of another API are counted. */
function extraFields({ ext }: UnifiedChatRequest, noteLoss: NoteLoss): Readonly<Record<string, Json>> {
  if (ext.format === 'gemini') return ext.fields;
  for (const field of Object.keys(ext.fields)) {
    if (!TRANSPORT.has(field)) noteLoss('gemini.field-foreign', field, `Gemini does not know the field ${field}`);
  }
  return {};
}

const asObject = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

function withoutRefused(body: JsonObject, { quirks }: TargetProfile, noteLoss: NoteLoss): JsonObject {
  for (const field of quirks.dropFields ?? []) {
    if (body[field] === undefined) continue;
    noteLoss('gemini.field-refused', field, 'this provider refuses the field');
    delete body[field];
  }
  return body;
}

/**
 * The IR as the body of `generateContent`; model and streaming are in the path. Schemas go out as real JSON
 * Schema unless the target's quirk asks for the OpenAPI subset. Same request and target, same bytes.
 */
export function encodeRequest(request: UnifiedChatRequest, target: TargetProfile, noteLoss: NoteLoss): EncodedRequest {
  refuseImpossible(request);
  const names = createNameTable(NAME_PATTERN, NAME_CHARS_MAX);
  const context: EncodeContext = { target, names, noteLoss, native: request.ext.format === 'gemini' };
  noteUnsaid(request, noteLoss);
  const { toolConfig: extraToolConfig, generationConfig: extraGeneration, ...extra } = extraFields(request, noteLoss);
  const tools = encodeTools(request.tools, context);
  const choice = encodeToolChoice(request, context);
  const toolConfig = { ...(choice !== undefined && { functionCallingConfig: choice }), ...asObject(extraToolConfig) };
  const thinkingConfig = encodeThinking(request, target, noteLoss);
  const generationConfig: JsonObject = {
    ...encodeSampling(request, target, noteLoss),
    ...encodeLimit(request, target, noteLoss),
    ...encodeStop(request.stop, noteLoss),
    ...encodeOutput(request, target, noteLoss),
    ...(thinkingConfig !== undefined && { thinkingConfig }),
    ...asObject(extraGeneration),
  };
  const system = request.system.filter(({ text }) => text !== '').map(({ text }) => ({ text }));
  const body: JsonObject = {
    contents: encodeContents(request.turns, context),
    ...(system.length > 0 && { systemInstruction: { parts: system } }),
    ...(tools !== undefined && { tools }),
    ...(Object.keys(toolConfig).length > 0 && { toolConfig }),
    ...(Object.keys(generationConfig).length > 0 && { generationConfig }),
    ...encodeTier(request, noteLoss),
    ...extra,
  };
  const { renamed } = names;
  return { body: withoutRefused(body, target, noteLoss), ...(renamed.size > 0 && { toolNames: renamed }) };
}
