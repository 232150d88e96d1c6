import { GatewayError } from '../../types/errors.ts';
import type { NoteLoss } from '../../types/format.ts';
import type {
  Effort,
  OutputFormat,
  ReasoningWish,
  Sampling,
  Tool,
  ToolChoice,
  UnifiedChatRequest,
} from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import { budgetOfEffort, effortOfBudget } from '../effort.ts';
import { type NameTable, shortDigest } from '../names.ts';

const STOPS_MAX = 4;
const USER_CHARS_MAX = 64;

/** Tools, choice and the parallel flag. Servers refuse the last two without tools, so they are left out then. */
export function encodeTools(request: UnifiedChatRequest, names: NameTable, note: NoteLoss): JsonObject {
  const tools: JsonObject[] = [];
  let search: Json | undefined;
  for (const tool of request.tools) {
    if (tool.kind !== 'hosted') tools.push(encodeTool(tool, names));
    else if (tool.format !== 'openai-chat' || !isObject(tool.raw)) dropHosted(request, tool.raw, note);
    else if (tool.raw['web_search_options'] !== undefined) search = tool.raw['web_search_options'];
    else tools.push(tool.raw);
  }
  return {
    ...(tools.length > 0 && { tools }),
    ...(tools.length > 0 &&
      request.toolChoice !== undefined && { tool_choice: encodeChoice(request.toolChoice, names) }),
    ...(tools.length > 0 && request.parallelTools !== undefined && { parallel_tool_calls: request.parallelTools }),
    ...(search !== undefined && { web_search_options: search }),
  };
}

/** A tool of another provider is left out; when it is the one that must be called, the request cannot be sent. */
function dropHosted({ toolChoice }: UnifiedChatRequest, raw: Json, note: NoteLoss): void {
  const kind = isObject(raw) && typeof raw['type'] === 'string' ? raw['type'] : 'hosted';
  const name = isObject(raw) && typeof raw['name'] === 'string' ? raw['name'] : kind;
  if (toolChoice?.mode === 'named' && (toolChoice.name === name || toolChoice.name === kind)) {
    throw new GatewayError('request_unsupported', `tool_choice: the ${kind} tool does not exist at this target`, {
      field: 'tool_choice',
    });
  }
  note('openai-chat.hosted-tool', 'tools', `the ${kind} tool runs at another provider and was left out`);
}

function encodeTool({ kind, name, description, schema, strict }: Tool, names: NameTable): JsonObject {
  const custom = kind === 'custom';
  const parameters = custom ? CUSTOM_SCHEMA : objectSchema(schema);
  return {
    type: 'function',
    function: {
      name: names.toWire(name),
      ...(description !== undefined && { description }),
      ...(parameters !== undefined && { parameters }),
      ...(!custom && strict !== undefined && { strict }),
    },
  };
}

const CUSTOM_SCHEMA: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string', description: 'The input of the tool, as free text.' } },
  required: ['input'],
  additionalProperties: false,
};

/** OpenAI wants an object at the root; an empty schema says the same. */
function objectSchema(schema: Json | undefined): Json | undefined {
  if (!isObject(schema)) return undefined;
  return schema['type'] === undefined ? { type: 'object', properties: {}, ...schema } : schema;
}

function encodeChoice(choice: ToolChoice, names: NameTable): Json {
  if (choice.mode === 'named') return functionChoice(choice.name, names);
  if (choice.mode !== 'allowed') return choice.mode;
  const [only, ...others] = choice.names;
  // One name that must be called is an ordinary choice, which every server knows.
  if (only !== undefined && others.length === 0 && choice.required) return functionChoice(only, names);
  return {
    type: 'allowed_tools',
    allowed_tools: {
      mode: choice.required ? 'required' : 'auto',
      tools: choice.names.map((name) => functionChoice(name, names)),
    },
  };
}

function functionChoice(name: string, names: NameTable): JsonObject {
  return { type: 'function', function: { name: names.toWire(name) } };
}

/** `response_format`, and the instruction that servers without schemas need in its place. */
export function encodeOutput(
  output: OutputFormat | undefined,
  target: TargetProfile,
  note: NoteLoss,
): { fields: JsonObject; instruction?: string } {
  if (output === undefined) return { fields: {} };
  const jsonObject = { response_format: { type: 'json_object' } };
  if (output.type === 'json') return { fields: jsonObject, instruction: 'Answer with one JSON object.' };
  const { name, description, schema, strict } = output;
  if (target.quirks.noJsonSchema === true) {
    note('openai-chat.json-schema', 'output', 'the server cannot enforce a schema; it was put into the instructions');
    return {
      fields: jsonObject,
      instruction: `Answer with one JSON object that fits this JSON Schema:\n${JSON.stringify(schema)}`,
    };
  }
  const inner: JsonObject = {
    name: name ?? 'response',
    ...(description !== undefined && { description }),
    schema,
    ...(strict !== undefined && { strict }),
  };
  return { fields: { response_format: { type: 'json_schema', json_schema: inner } } };
}

const SAMPLING_FIELDS: readonly (readonly [keyof Sampling, string])[] = [
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['seed', 'seed'],
  ['frequencyPenalty', 'frequency_penalty'],
  ['presencePenalty', 'presence_penalty'],
  ['logprobs', 'logprobs'],
  ['topLogprobs', 'top_logprobs'],
  ['logitBias', 'logit_bias'],
];

/** Sampling and stop texts; models that take none of it get none. Throws `request_unsupported` for several answers. */
export function encodeSampling(request: UnifiedChatRequest, target: TargetProfile, note: NoteLoss): JsonObject {
  const { sampling, stop, ext } = request;
  const fields: JsonObject = {};
  for (const [key, wire] of SAMPLING_FIELDS) {
    const value = sampling[key];
    if (value === undefined) continue;
    if (target.sampling || key === 'seed') fields[wire] = value;
    else note('openai-chat.sampling', `sampling.${key}`, `the model ${target.model} takes no ${wire}`);
  }
  if (sampling.topK !== undefined) {
    if (ext.format === 'openai-chat' && target.sampling) fields['top_k'] = sampling.topK;
    else note('openai-chat.top-k', 'sampling.topK', 'this API has no top_k');
  }
  if ((sampling.candidates ?? 1) > 1) {
    throw new GatewayError(
      'request_unsupported',
      'n: only one answer can be translated; send n = 1, or several requests',
      { field: 'n' },
    );
  }
  const stops = encodeStop(stop, target, note);
  return { ...fields, ...(stops.length > 0 && { stop: stops }) };
}

function encodeStop(stop: readonly string[] | undefined, target: TargetProfile, note: NoteLoss): string[] {
  const wanted = (stop ?? []).filter((text) => text !== '');
  if (wanted.length === 0) return [];
  if (!target.sampling) {
    note('openai-chat.stop', 'stop', `the model ${target.model} takes no stop texts`);
    return [];
  }
  if (wanted.length > STOPS_MAX)
    note('openai-chat.stop-over-limit', 'stop', `only the first ${STOPS_MAX} of ${wanted.length} stop texts were sent`);
  return wanted.slice(0, STOPS_MAX);
}

/** The output limit under the name that the server knows, cut to what the model can. */
export function encodeLimit(request: UnifiedChatRequest, target: TargetProfile, note: NoteLoss): JsonObject {
  const { maxOutputTokens: wanted } = request;
  if (wanted === undefined) return {};
  // The models that refuse sampling are those that know the newer name only.
  const field = target.quirks.maxTokensField ?? (target.sampling ? 'max_tokens' : 'max_completion_tokens');
  const limit = target.maxOutputTokens;
  if (limit === undefined || wanted <= limit) return { [field]: wanted };
  note('openai-chat.max-tokens', 'maxOutputTokens', `${wanted} was lowered to the model's limit of ${limit}`);
  return { [field]: limit };
}

type WishEncoder = (wish: ReasoningWish, note: NoteLoss) => JsonObject;

const effortOf = ({ effort, budgetTokens }: ReasoningWish): Effort | undefined =>
  effort ?? (budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens));

/** A server that only knows on and off. */
const noteFineness = (wish: ReasoningWish, note: NoteLoss): void => {
  const told = wish.mode === 'on' && (wish.effort !== undefined || wish.budgetTokens !== undefined);
  if (told) note('openai-chat.effort', 'reasoning', 'the server knows thinking on and off only, no effort');
};

const WISHES: Record<'effort' | 'openrouter' | 'thinking-type' | 'enable-thinking' | 'none', WishEncoder> = {
  effort: (wish) => {
    const effort = wish.mode === 'off' ? 'none' : effortOf(wish);
    return effort === undefined ? {} : { reasoning_effort: effort };
  },
  openrouter: (wish) => {
    const { mode, effort, budgetTokens, visible } = wish;
    if (mode === 'off') return { reasoning: { enabled: false } };
    const depth =
      effort !== undefined ? { effort } : budgetTokens !== undefined ? { max_tokens: budgetTokens } : { enabled: true };
    if (mode === 'auto' && effort === undefined && budgetTokens === undefined && visible === undefined) return {};
    return { reasoning: { ...depth, ...(visible === false && { exclude: true }) } };
  },
  'thinking-type': (wish, note) => {
    noteFineness(wish, note);
    return wish.mode === 'auto' ? {} : { thinking: { type: wish.mode === 'off' ? 'disabled' : 'enabled' } };
  },
  'enable-thinking': ({ mode, effort, budgetTokens }) => {
    if (mode === 'auto') return {};
    const budget = budgetTokens ?? (effort === undefined || effort === 'max' ? undefined : budgetOfEffort(effort));
    return {
      enable_thinking: mode === 'on',
      ...(mode === 'on' && budget !== undefined && { thinking_budget: budget }),
    };
  },
  none: (wish, note) => {
    if (wish.mode !== 'auto') note('openai-chat.reasoning', 'reasoning', 'the server takes no wish about thinking');
    return {};
  },
};

export function encodeReasoningWish(
  wish: ReasoningWish | undefined,
  target: TargetProfile,
  note: NoteLoss,
): JsonObject {
  if (wish === undefined) return {};
  const { quirks, thinking, model } = target;
  if (thinking === 'none' || thinking === 'always') {
    const against = thinking === 'none' ? wish.mode === 'on' : wish.mode === 'off';
    const said = `the model ${model} ${thinking === 'none' ? 'does not think' : 'thinks as it will'}`;
    if (against || (thinking === 'always' && wish.effort !== undefined))
      note('openai-chat.reasoning', 'reasoning', said);
    return {};
  }
  return WISHES[quirks.reasoningWish ?? 'effort'](wish, note);
}

const TIERS: ReadonlySet<string> = new Set(['auto', 'default', 'flex', 'priority', 'scale', 'fast']);

/** Cache key, end user, tier and verbosity. */
export function encodeMatters(request: UnifiedChatRequest, note: NoteLoss): JsonObject {
  const { cacheKey, userId, tier, verbosity } = request;
  const known = tier === 'standard' ? 'default' : tier;
  const tierFits = known !== undefined && (TIERS.has(known) || request.ext.format === 'openai-chat');
  if (known !== undefined && !tierFits) note('openai-chat.tier', 'tier', `this API has no tier "${known}"`);
  return {
    ...(verbosity !== undefined && { verbosity }),
    ...(cacheKey !== undefined && { prompt_cache_key: cacheKey }),
    ...(userId !== undefined && { user: userId.length <= USER_CHARS_MAX ? userId : `user_${shortDigest(userId)}` }),
    ...(tierFits && { service_tier: known }),
  };
}
