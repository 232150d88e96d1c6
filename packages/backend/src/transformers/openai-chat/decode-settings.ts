import type {
  Effort,
  HostedTool,
  OutputFormat,
  ReasoningWish,
  Sampling,
  Tool,
  ToolChoice,
} from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import {
  isObject,
  needArray,
  needObject,
  needString,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  wrongField,
} from '../../utils/fields.ts';
import { EFFORTS } from '../effort.ts';
import { cacheField } from './decode-parts.ts';

/** `tools` and the older `functions`. Throws `request_invalid`. */
export function decodeTools(wire: JsonObject): (Tool | HostedTool)[] {
  const tools: (Tool | HostedTool)[] = listOf(wire, 'tools').map((value, index) =>
    decodeTool(value, `tools[${index}]`),
  );
  for (const [index, value] of listOf(wire, 'functions').entries()) {
    const field = `functions[${index}]`;
    tools.push(functionTool(needObject(value, field), field));
  }
  const search = wire['web_search_options'];
  if (isObject(search)) {
    tools.push({ kind: 'hosted', hosted: 'web-search', format: 'openai-chat', raw: { web_search_options: search } });
  }
  return tools;
}

function listOf(wire: JsonObject, key: string): Json[] {
  const value = wire[key];
  return value === undefined || value === null ? [] : needArray(value, key);
}

function decodeTool(value: Json, field: string): Tool | HostedTool {
  const tool = needObject(value, field);
  const type = needString(tool['type'], `${field}.type`);
  if (type === 'function') {
    const inner = needObject(tool['function'], `${field}.function`);
    return { ...functionTool(inner, `${field}.function`), ...cacheField(tool) };
  }
  if (type === 'custom') return customTool(tool, field);
  const hosted = /web_?search/.test(type)
    ? 'web-search'
    : /code_(interpreter|execution)/.test(type)
      ? 'code-execution'
      : 'other';
  return { kind: 'hosted', hosted, format: 'openai-chat', raw: tool };
}

function functionTool(inner: JsonObject, field: string): Tool {
  const description = optionalString(inner['description'], `${field}.description`);
  const schema = optionalObject(inner['parameters'], `${field}.parameters`);
  const strict = optionalBoolean(inner['strict'], `${field}.strict`);
  return {
    kind: 'function',
    name: needString(inner['name'], `${field}.name`),
    ...(description !== undefined && { description }),
    ...(schema !== undefined && { schema }),
    ...(strict !== undefined && { strict }),
  };
}

function customTool(tool: JsonObject, field: string): Tool {
  const inner = needObject(tool['custom'], `${field}.custom`);
  const said = optionalString(inner['description'], `${field}.custom.description`);
  const description = [said, grammarText(inner['format'])].filter((text) => text !== undefined).join('\n\n');
  return {
    kind: 'custom',
    name: needString(inner['name'], `${field}.custom.name`),
    ...(description !== '' && { description }),
    raw: { format: 'openai-chat', value: tool },
  };
}

/** Other APIs have no field for a grammar, but the model must know of it. */
function grammarText(format: Json | undefined): string | undefined {
  const grammar = isObject(format) ? format['grammar'] : undefined;
  if (!isObject(grammar) || typeof grammar['definition'] !== 'string') return undefined;
  const syntax = typeof grammar['syntax'] === 'string' ? grammar['syntax'] : 'formal';
  return `The input must match this ${syntax} grammar:\n${grammar['definition']}`;
}

const MODES: ReadonlyMap<string, 'auto' | 'none' | 'required'> = new Map([
  ['auto', 'auto'],
  ['none', 'none'],
  ['required', 'required'],
  // Mistral's word, and LangChain's.
  ['any', 'required'],
]);

/** `tool_choice` and the older `function_call`. Throws `request_invalid`. */
export function decodeToolChoice(wire: JsonObject): ToolChoice | undefined {
  const field = wire['tool_choice'] === undefined || wire['tool_choice'] === null ? 'function_call' : 'tool_choice';
  const choice = wire[field];
  if (choice === undefined || choice === null) return undefined;
  const mode = typeof choice === 'string' ? MODES.get(choice) : undefined;
  if (mode !== undefined) return { mode };
  if (!isObject(choice)) throw wrongField(field, choice, '"none", "auto", "required" or an object that names a tool');
  if (field === 'function_call') return { mode: 'named', name: needString(choice['name'], 'function_call.name') };
  const type = needString(choice['type'], 'tool_choice.type');
  if (type === 'allowed_tools') return allowedTools(needObject(choice['allowed_tools'], 'tool_choice.allowed_tools'));
  if (type !== 'function' && type !== 'custom') {
    throw wrongField('tool_choice.type', type, '"function", "custom" or "allowed_tools"');
  }
  const inner = needObject(choice[type], `tool_choice.${type}`);
  return { mode: 'named', name: needString(inner['name'], `tool_choice.${type}.name`) };
}

function allowedTools(allowed: JsonObject): ToolChoice {
  const field = 'tool_choice.allowed_tools';
  const names = needArray(allowed['tools'], `${field}.tools`).map((value, index) => {
    const tool = needObject(value, `${field}.tools[${index}]`);
    const inner = isObject(tool['function']) ? tool['function'] : isObject(tool['custom']) ? tool['custom'] : tool;
    return needString(inner['name'], `${field}.tools[${index}].function.name`);
  });
  return { mode: 'allowed', names, required: allowed['mode'] === 'required' };
}

/** `response_format`; `text` is no wish at all. Throws `request_invalid`. */
export function decodeOutput(wire: JsonObject): OutputFormat | undefined {
  const format = optionalObject(wire['response_format'], 'response_format');
  if (format === undefined) return undefined;
  const type = needString(format['type'], 'response_format.type');
  if (type === 'text') return undefined;
  if (type === 'json_object') return { type: 'json' };
  if (type !== 'json_schema') throw wrongField('response_format.type', type, '"text", "json_object" or "json_schema"');
  const field = 'response_format.json_schema';
  const inner = needObject(format['json_schema'], field);
  const name = optionalString(inner['name'], `${field}.name`);
  const description = optionalString(inner['description'], `${field}.description`);
  const strict = optionalBoolean(inner['strict'], `${field}.strict`);
  return {
    type: 'json-schema',
    schema: optionalObject(inner['schema'], `${field}.schema`) ?? {},
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(strict !== undefined && { strict }),
  };
}

export function decodeStop(wire: JsonObject): string[] | undefined {
  const stop = wire['stop'];
  if (stop === undefined || stop === null) return undefined;
  if (typeof stop === 'string') return [stop];
  return needArray(stop, 'stop').map((text, index) => needString(text, `stop[${index}]`));
}

export function decodeSampling(wire: JsonObject): Sampling {
  const sampling: Record<keyof Sampling, Json | undefined> = {
    temperature: optionalNumber(wire['temperature'], 'temperature'),
    topP: optionalNumber(wire['top_p'], 'top_p'),
    topK: optionalInteger(wire['top_k'], 'top_k', -1),
    seed: optionalInteger(wire['seed'], 'seed', Number.MIN_SAFE_INTEGER),
    frequencyPenalty: optionalNumber(wire['frequency_penalty'], 'frequency_penalty'),
    presencePenalty: optionalNumber(wire['presence_penalty'], 'presence_penalty'),
    logprobs: optionalBoolean(wire['logprobs'], 'logprobs'),
    topLogprobs: optionalInteger(wire['top_logprobs'], 'top_logprobs'),
    logitBias: optionalObject(wire['logit_bias'], 'logit_bias'),
    candidates: optionalInteger(wire['n'], 'n', 1),
  };
  const given = Object.entries(sampling).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Sampling;
}

/** The words of four kinds of server for one wish. Throws `request_invalid`. */
export function decodeReasoning(wire: JsonObject): ReasoningWish | undefined {
  const plain = optionalString(wire['reasoning_effort'], 'reasoning_effort');
  if (plain !== undefined) return effortWish(plain, 'reasoning_effort');
  const openRouter = optionalObject(wire['reasoning'], 'reasoning');
  if (openRouter !== undefined) return openRouterWish(openRouter);
  const thinking = optionalObject(wire['thinking'], 'thinking');
  if (thinking !== undefined) {
    const budgetTokens = optionalInteger(thinking['budget_tokens'], 'thinking.budget_tokens');
    const type = needString(thinking['type'], 'thinking.type');
    const mode = type === 'disabled' ? 'off' : type === 'enabled' ? 'on' : 'auto';
    return { mode, ...(budgetTokens !== undefined && { budgetTokens }) };
  }
  const enabled = optionalBoolean(wire['enable_thinking'], 'enable_thinking');
  const budgetTokens = optionalInteger(wire['thinking_budget'], 'thinking_budget');
  if (enabled === undefined && budgetTokens === undefined) return undefined;
  return { mode: enabled === false ? 'off' : 'on', ...(budgetTokens !== undefined && { budgetTokens }) };
}

function effortWish(text: string, field: string): ReasoningWish {
  // Groq's word for "as the model does by itself".
  if (text === 'default') return { mode: 'auto' };
  const effort: Effort | undefined = EFFORTS.find((known) => known === text);
  if (effort === undefined) throw wrongField(field, text, `one of ${EFFORTS.join(', ')}`);
  return { mode: effort === 'none' ? 'off' : 'on', effort };
}

function openRouterWish(wire: JsonObject): ReasoningWish {
  const effort = optionalString(wire['effort'], 'reasoning.effort');
  const budgetTokens = optionalInteger(wire['max_tokens'], 'reasoning.max_tokens');
  const exclude = optionalBoolean(wire['exclude'], 'reasoning.exclude');
  const enabled = optionalBoolean(wire['enabled'], 'reasoning.enabled');
  const wish: ReasoningWish = effort === undefined ? { mode: 'on' } : effortWish(effort, 'reasoning.effort');
  return {
    ...wish,
    ...(enabled === false && { mode: 'off' }),
    ...(budgetTokens !== undefined && { budgetTokens }),
    ...(exclude !== undefined && { visible: !exclude }),
  };
}
