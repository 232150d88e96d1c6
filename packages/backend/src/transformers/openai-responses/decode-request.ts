import { GatewayError } from '../../types/errors.ts';
import type { DecodeRequestContext } from '../../types/format.ts';
import type {
  OutputFormat,
  ReasoningWish,
  Sampling,
  SystemText,
  Turn,
  UnifiedChatRequest,
} from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import {
  isObject,
  needObject,
  needString,
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  otherFields,
  wrongField,
} from '../../utils/fields.ts';
import { EFFORTS } from '../effort.ts';
import { decodeInput } from './decode-items.ts';
import { decodeToolChoice, decodeTools, isNativeChoice } from './decode-tools.ts';
import { FORMAT, INCLUDE_ENCRYPTED, INCLUDE_LOGPROBS } from './wire.ts';

/** Top-level fields with a word in the IR; all others are kept as they are. */
// biome-ignore format: one word list
const KNOWN: ReadonlySet<string> = new Set([
  'model', 'input', 'instructions', 'tools', 'tool_choice', 'parallel_tool_calls', 'text', 'reasoning', 'include',
  'max_output_tokens', 'temperature', 'top_p', 'top_logprobs', 'prompt_cache_key', 'user', 'safety_identifier',
  'service_tier', 'store', 'stream', 'previous_response_id', 'conversation', 'background',
]);

/** State that only a provider with a store has. The caller must send everything instead. */
function refuseStoredState(wire: JsonObject): void {
  for (const field of ['previous_response_id', 'conversation']) {
    if (wire[field] === undefined || wire[field] === null) continue;
    throw new GatewayError(
      'request_invalid',
      `${field}: this gateway stores no responses; send the full input instead`,
      { field },
    );
  }
  if (optionalBoolean(wire['background'], 'background') === true) {
    throw new GatewayError(
      'request_invalid',
      'background: this gateway stores no responses to poll for; leave it out or stream',
      { field: 'background' },
    );
  }
}

function decodeOutput(format: JsonObject | undefined): OutputFormat | undefined {
  if (format === undefined) return undefined;
  const type = needString(format['type'], 'text.format.type');
  if (type === 'text') return undefined;
  if (type === 'json_object') return { type: 'json' };
  if (type !== 'json_schema') throw wrongField('text.format.type', type, '"text", "json_object" or "json_schema"');
  const name = optionalString(format['name'], 'text.format.name');
  const description = optionalString(format['description'], 'text.format.description');
  const strict = optionalBoolean(format['strict'], 'text.format.strict');
  return {
    type: 'json-schema',
    schema: needObject(format['schema'], 'text.format.schema'),
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(strict !== undefined && { strict }),
  };
}

function decodeVerbosity(value: Json | undefined): UnifiedChatRequest['verbosity'] {
  const verbosity = optionalString(value, 'text.verbosity');
  if (verbosity === undefined || verbosity === 'low' || verbosity === 'medium' || verbosity === 'high')
    return verbosity;
  throw wrongField('text.verbosity', verbosity, '"low", "medium" or "high"');
}

function decodeReasoning(wire: JsonObject | undefined): ReasoningWish | undefined {
  if (wire === undefined) return undefined;
  const said = optionalString(wire['effort'], 'reasoning.effort');
  const effort = EFFORTS.find((one) => one === said);
  if (said !== undefined && effort === undefined) {
    throw wrongField('reasoning.effort', said, `one of ${EFFORTS.join(', ')}`);
  }
  const summary = optionalString(wire['summary'] ?? wire['generate_summary'], 'reasoning.summary');
  if (effort === undefined && summary === undefined) return undefined;
  const mode = effort === undefined ? 'auto' : effort === 'none' ? 'off' : 'on';
  return {
    mode,
    ...(effort !== undefined && { effort }),
    ...(summary !== undefined && { visible: summary !== 'none' }),
  };
}

function decodeSampling(wire: JsonObject, include: readonly string[]): Sampling {
  const temperature = optionalNumber(wire['temperature'], 'temperature');
  const topP = optionalNumber(wire['top_p'], 'top_p');
  const topLogprobs = optionalInteger(wire['top_logprobs'], 'top_logprobs');
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(include.includes(INCLUDE_LOGPROBS) && { logprobs: true }),
    // 0 is what the API itself echoes for "none wanted".
    ...(topLogprobs !== undefined && topLogprobs > 0 && { topLogprobs }),
  };
}

function decodeInclude(wire: Json | undefined): string[] {
  return (optionalArray(wire, 'include') ?? []).map((value, index) => needString(value, `include[${index}]`));
}

/** What this vocabulary cannot say: unknown top-level fields, and the rest of the half-known ones. */
function extFields(wire: JsonObject, include: readonly string[]): Record<string, Json> {
  const fields = otherFields(wire, KNOWN);
  const said = new Set([INCLUDE_ENCRYPTED, INCLUDE_LOGPROBS]);
  const included = include.filter((one) => !said.has(one));
  if (included.length > 0) fields['include'] = included;
  if (wire['store'] === true) fields['store'] = true;
  if (isNativeChoice(wire['tool_choice'])) fields['tool_choice'] = wire['tool_choice'] ?? null;
  if (wire['user'] && wire['safety_identifier'] && wire['user'] !== wire['safety_identifier']) {
    fields['safety_identifier'] = wire['safety_identifier'];
  }
  const text = isObject(wire['text']) ? otherFields(wire['text'], new Set(['format', 'verbosity'])) : {};
  if (Object.keys(text).length > 0) fields['text'] = text;
  const reasoning = isObject(wire['reasoning']) ? wire['reasoning'] : {};
  const rest = otherFields(reasoning, new Set(['effort', 'summary', 'generate_summary']));
  const summary = reasoning['summary'] ?? reasoning['generate_summary'];
  if (typeof summary === 'string' && summary !== 'auto' && summary !== 'none') rest['summary'] = summary;
  if (Object.keys(rest).length > 0) fields['reasoning'] = rest;
  return fields;
}

function decodeConversation(wire: JsonObject): { system: SystemText[]; turns: Turn[] } {
  const instructions = optionalString(wire['instructions'], 'instructions');
  // A stored prompt template of the provider may stand in place of the input.
  const input =
    wire['input'] === undefined && isObject(wire['prompt']) ? { system: [], turns: [] } : decodeInput(wire['input']);
  if (instructions === undefined || instructions === '') return input;
  return { system: [{ role: 'system', text: instructions }, ...input.system], turns: input.turns };
}

/** A Responses body to the IR. Throws `request_invalid` with the field's path. */
export function decodeRequest(json: Json, context: DecodeRequestContext): UnifiedChatRequest {
  const wire = needObject(json, 'body');
  const model = context.pathModel ?? needString(wire['model'], 'model');
  if (model === '') throw wrongField('model', model, 'the name of a model');
  refuseStoredState(wire);
  const include = decodeInclude(wire['include']);
  const text = optionalObject(wire['text'], 'text') ?? {};
  const toolChoice = decodeToolChoice(wire['tool_choice']);
  const parallelTools = optionalBoolean(wire['parallel_tool_calls'], 'parallel_tool_calls');
  const output = decodeOutput(optionalObject(text['format'], 'text.format'));
  const maxOutputTokens = optionalInteger(wire['max_output_tokens'], 'max_output_tokens', 1);
  const reasoning = decodeReasoning(optionalObject(wire['reasoning'], 'reasoning'));
  const verbosity = decodeVerbosity(text['verbosity']);
  const cacheKey = optionalString(wire['prompt_cache_key'], 'prompt_cache_key');
  const safetyId = optionalString(wire['safety_identifier'], 'safety_identifier');
  const userId = optionalString(wire['user'], 'user') ?? safetyId;
  const tier = optionalString(wire['service_tier'], 'service_tier');
  return {
    model,
    ...decodeConversation(wire),
    tools: decodeTools(wire['tools']),
    ...(toolChoice !== undefined && { toolChoice }),
    ...(parallelTools !== undefined && { parallelTools }),
    ...(output !== undefined && { output }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    sampling: decodeSampling(wire, include),
    ...(reasoning !== undefined && { reasoning }),
    ...(verbosity !== undefined && { verbosity }),
    ...(cacheKey !== undefined && { cacheKey }),
    ...(userId !== undefined && { userId }),
    ...(tier !== undefined && { tier }),
    stream: context.pathStream ?? optionalBoolean(wire['stream'], 'stream') ?? false,
    wantUsage: true,
    ext: { format: FORMAT, fields: extFields(wire, include) },
  };
}
