import { GatewayError } from '../../types/errors.ts';
import type { DecodeRequestContext } from '../../types/format.ts';
import type { Effort, OutputFormat, ReasoningWish, Sampling, UnifiedChatRequest } from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import {
  needObject,
  needString,
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  otherFields,
  ownValue,
  wrongField,
} from '../../utils/fields.ts';
import { decodeContents, decodeSystem } from './decode-contents.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { fromOpenApi } from './schema.ts';
import { known, withCamelKeys } from './wire.ts';

const ENVELOPE = new Set([
  'model',
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'serviceTier',
]);
const TOOL_CONFIG = new Set(['functionCallingConfig']);
const GENERATION = new Set([
  ...['temperature', 'topP', 'topK', 'candidateCount', 'maxOutputTokens', 'stopSequences', 'seed'],
  ...['presencePenalty', 'frequencyPenalty', 'responseLogprobs', 'logprobs', 'thinkingConfig'],
  ...['responseSchema', 'responseJsonSchema', '_responseJsonSchema'],
]);

const LEVELS: Readonly<Record<string, Effort>> = { MINIMAL: 'minimal', LOW: 'low', MEDIUM: 'medium', HIGH: 'high' };

/** Without the `models/` or `tunedModels/` that stands before ids in Google's own paths. */
function decodeModel(body: JsonObject, context: DecodeRequestContext): string {
  const said = context.pathModel ?? needString(body['model'], 'model');
  const model = said.replace(/^(models|tunedModels)\//, '');
  if (model === '') throw wrongField('model', said, 'the name of a model');
  return model;
}

function decodeSampling(config: JsonObject): Sampling {
  const path = 'generationConfig';
  const values: Sampling = {
    temperature: optionalNumber(config['temperature'], `${path}.temperature`),
    topP: optionalNumber(config['topP'], `${path}.topP`),
    topK: optionalNumber(config['topK'], `${path}.topK`),
    seed: optionalInteger(config['seed'], `${path}.seed`, Number.MIN_SAFE_INTEGER),
    frequencyPenalty: optionalNumber(config['frequencyPenalty'], `${path}.frequencyPenalty`),
    presencePenalty: optionalNumber(config['presencePenalty'], `${path}.presencePenalty`),
    logprobs: optionalBoolean(config['responseLogprobs'], `${path}.responseLogprobs`),
    topLogprobs: optionalInteger(config['logprobs'], `${path}.logprobs`),
    candidates: optionalInteger(config['candidateCount'], `${path}.candidateCount`, 1),
  };
  return known(values);
}

function decodeOutput(config: JsonObject): OutputFormat | undefined {
  const mime = optionalString(config['responseMimeType'], 'generationConfig.responseMimeType');
  const native = config['responseJsonSchema'] ?? config['_responseJsonSchema'] ?? undefined;
  const subset = optionalObject(config['responseSchema'], 'generationConfig.responseSchema');
  if (native !== undefined) return { type: 'json-schema', schema: native };
  // An enum answer is plain text with a schema; only Gemini has it, so it stays among its own fields.
  if (subset !== undefined && mime !== 'text/x.enum') return { type: 'json-schema', schema: fromOpenApi(subset) };
  return mime === 'application/json' ? { type: 'json' } : undefined;
}

/** Asking to see thoughts, and nothing else, is a wish to think; hiding them leaves the choice to the model. */
function decodeReasoning(config: JsonObject): ReasoningWish | undefined {
  const path = 'generationConfig.thinkingConfig';
  const raw = optionalObject(config['thinkingConfig'], path);
  if (raw === undefined) return undefined;
  const thinking = withCamelKeys(raw);
  const visible = optionalBoolean(thinking['includeThoughts'], `${path}.includeThoughts`);
  const budget = optionalInteger(thinking['thinkingBudget'], `${path}.thinkingBudget`, -1);
  const level = optionalString(thinking['thinkingLevel'], `${path}.thinkingLevel`)?.toUpperCase();
  const effort = level === undefined ? undefined : ownValue(LEVELS, level);
  if (level !== undefined && effort === undefined && level !== 'THINKING_LEVEL_UNSPECIFIED') {
    throw wrongField(`${path}.thinkingLevel`, thinking['thinkingLevel'], 'MINIMAL, LOW, MEDIUM or HIGH');
  }
  if (visible === undefined && budget === undefined && effort === undefined) return undefined;
  const seen = visible === undefined ? {} : { visible };
  if (budget === 0) return { mode: 'off', ...seen };
  if (budget === -1 && effort === undefined) return { mode: 'auto', ...seen };
  const tokens = budget === undefined || budget < 0 ? {} : { budgetTokens: budget };
  const isWish = effort !== undefined || budget !== undefined || visible === true;
  return { mode: isWish ? 'on' : 'auto', ...(effort !== undefined && { effort }), ...tokens, ...seen };
}

function decodeStop(config: JsonObject): string[] | undefined {
  const path = 'generationConfig.stopSequences';
  return optionalArray(config['stopSequences'], path)?.map((text, at) => needString(text, `${path}[${at}]`));
}

/** Fields that only Gemini knows, in their own places, so that they can be put back. */
function restOf(body: JsonObject, toolConfig: JsonObject | undefined, config: JsonObject): Record<string, Json> {
  const rest = otherFields(body, ENVELOPE);
  const tools = toolConfig === undefined ? {} : otherFields(toolConfig, TOOL_CONFIG);
  const mime = config['responseMimeType'];
  const isEnum = mime === 'text/x.enum';
  const generation = otherFields(
    config,
    isEnum ? new Set([...GENERATION].filter((key) => key !== 'responseSchema')) : GENERATION,
  );
  // Said again by the output format, or the default.
  if (mime === 'application/json' || mime === 'text/plain' || mime === null) delete generation['responseMimeType'];
  return {
    ...rest,
    ...(Object.keys(tools).length > 0 && { toolConfig: tools }),
    ...(Object.keys(generation).length > 0 && { generationConfig: generation }),
  };
}

/** `countTokens` may wrap the whole request; the wrapped form is read like the plain one. */
function unwrapped(wire: Json): JsonObject {
  const outer = withCamelKeys(needObject(wire, 'body'));
  const inner = outer['generateContentRequest'];
  if (inner === undefined || inner === null) return outer;
  return withCamelKeys(needObject(inner, 'generateContentRequest'));
}

/** Cached content is a part of the question that only Google holds; another API would answer without it. */
function refuseStored(body: JsonObject): void {
  if (optionalString(body['cachedContent'], 'cachedContent') === undefined) return;
  throw new GatewayError(
    'request_invalid',
    'cachedContent: only Gemini itself can read its cache, and this model is served by another API; send the full contents',
    { field: 'cachedContent' },
  );
}

/**
 * Body of `generateContent`, `streamGenerateContent` and `countTokens` to the IR, in camelCase or snake_case.
 * The model comes from the path, or from the body where it has one. Throws `request_invalid` with the field.
 */
export function decodeRequest(wire: Json, context: DecodeRequestContext): UnifiedChatRequest {
  const body = unwrapped(wire);
  const model = decodeModel(body, context);
  refuseStored(body);
  const rawToolConfig = optionalObject(body['toolConfig'], 'toolConfig');
  const toolConfig = rawToolConfig === undefined ? undefined : withCamelKeys(rawToolConfig);
  const rawConfig = optionalObject(body['generationConfig'], 'generationConfig');
  const config = rawConfig === undefined ? {} : withCamelKeys(rawConfig);
  const optional = {
    toolChoice: decodeToolChoice(toolConfig),
    output: decodeOutput(config),
    maxOutputTokens: optionalInteger(config['maxOutputTokens'], 'generationConfig.maxOutputTokens', 1),
    stop: decodeStop(config),
    reasoning: decodeReasoning(config),
    tier: optionalString(body['serviceTier'], 'serviceTier'),
  };
  return {
    model,
    system: decodeSystem(body['systemInstruction']),
    turns: decodeContents(body['contents']),
    tools: decodeTools(body['tools']),
    ...known(optional),
    sampling: decodeSampling(config),
    stream: context.pathStream ?? false,
    wantUsage: true,
    ext: { format: 'gemini', fields: restOf(body, toolConfig, config) },
  };
}
