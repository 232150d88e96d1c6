import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import type { Arrival } from '../contract.ts';
import { objects, strings } from '../conversation.ts';
import {
  checkCount,
  checkFormatSchema,
  checkLength,
  checkName,
  checkNotEmpty,
  checkRange,
  checkToolSchema,
  missing,
  unsupported,
  wrongType,
} from '../openai-rules.ts';
import { refuse } from '../refuse.ts';
import { wordOf } from '../word-of.ts';
import { checkChatMessages } from './validate-messages.ts';

const KNOWN = new Set(
  `messages model audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens metadata
  modalities moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options
  prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream stream_options
  temperature tool_choice tools top_logprobs top_p user verbosity web_search_options`.split(/\s+/),
);
/** Switches of the vendors whose Chat servers send reasoning; OpenAI itself knows none of them. */
const REASONING_DIALECTS = new Set(['thinking', 'enable_thinking', 'reasoning', 'chat_template_kwargs']);
const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];
const STOP_MAX = 4;
const USER_MAX = 64;

/** Refuses what Chat Completions refuses. Throws `VendorRefusal`. */
export function checkChat(body: JsonObject, arrival: Arrival): void {
  const thinks = arrival.scenario.startsWith('thinking');
  const stray = Object.keys(body).filter((key) => !KNOWN.has(key) && !(thinks && REASONING_DIALECTS.has(key)));
  if (stray.length > 0) {
    refuse(`Unrecognized request argument${stray.length > 1 ? 's' : ''} supplied: ${stray.join(', ')}`);
  }
  checkScalars(body);
  checkTools(body);
  checkChatMessages(body['messages'], { thinks, lenient: arrival.options.words.includes('lenient') });
  checkFormat(body);
}

function checkScalars(body: JsonObject): void {
  for (const flag of ['stream', 'logprobs', 'parallel_tool_calls', 'store']) {
    const value = body[flag];
    if (value !== undefined && value !== null && typeof value !== 'boolean') wrongType(flag, 'a boolean', value);
  }
  checkRange('temperature', body['temperature'], 0, 2);
  checkRange('top_p', body['top_p'], 0, 1);
  checkRange('presence_penalty', body['presence_penalty'], -2, 2);
  checkRange('frequency_penalty', body['frequency_penalty'], -2, 2);
  checkRange('max_tokens', body['max_tokens'], 1, Number.MAX_SAFE_INTEGER);
  checkRange('max_completion_tokens', body['max_completion_tokens'], 1, Number.MAX_SAFE_INTEGER);
  checkRange('top_logprobs', body['top_logprobs'], 0, 20);
  // One choice is what the simulator gives, as reasoning models do.
  checkRange('n', body['n'], 1, 1);
  if (body['max_tokens'] != null && body['max_completion_tokens'] != null) {
    refuse("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.", {
      code: 'invalid_parameter_combination',
    });
  }
  if (body['top_logprobs'] != null && body['logprobs'] !== true) {
    refuse("Invalid value for 'top_logprobs': when provided, 'logprobs' must be set to true.", {
      param: 'top_logprobs',
    });
  }
  checkCount('stop', body['stop'], STOP_MAX);
  if (body['stream_options'] != null && body['stream'] !== true) {
    refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.", { param: 'stream_options' });
  }
  const effort = body['reasoning_effort'];
  if (effort != null && !EFFORTS.includes(wordOf(effort))) unsupported('reasoning_effort', effort, EFFORTS);
  for (const field of ['user', 'safety_identifier', 'prompt_cache_key']) checkLength(field, body[field], USER_MAX);
}

function checkTools(body: JsonObject): void {
  const tools = body['tools'];
  if (tools !== undefined && !Array.isArray(tools)) wrongType('tools', 'an array of objects', tools);
  checkNotEmpty('tools', tools);
  for (const [at, tool] of objects(tools).entries()) checkTool(tool, `tools[${at}]`);
  const choice = body['tool_choice'];
  if (tools === undefined) {
    for (const field of ['tool_choice', 'parallel_tool_calls']) {
      if (body[field] != null)
        refuse(`Invalid value for '${field}': '${field}' is only allowed when 'tools' are specified.`, {
          param: field,
        });
    }
  }
  if (typeof choice === 'string' && !['none', 'auto', 'required'].includes(choice))
    unsupported('tool_choice', choice, ['none', 'auto', 'required']);
  if (isObject(choice) && choice['type'] === 'function') checkNamedChoice(choice, tools);
}

function checkTool(tool: JsonObject, path: string): void {
  if (tool['type'] === 'custom') return;
  if (tool['type'] !== 'function') unsupported(`${path}.type`, tool['type'], ['function', 'custom']);
  const declared = tool['function'];
  if (!isObject(declared)) missing(`${path}.function`);
  checkName(`${path}.function.name`, declared['name']);
  checkToolSchema(
    wordOf(declared['name']),
    `${path}.function.parameters`,
    declared['parameters'],
    declared['strict'] === true,
  );
}

function checkNamedChoice(choice: JsonObject, tools: Json | undefined): void {
  const name = isObject(choice['function']) ? choice['function']['name'] : undefined;
  if (typeof name !== 'string') missing('tool_choice.function.name');
  const declared = objects(tools).some((tool) => isObject(tool['function']) && tool['function']['name'] === name);
  if (!declared)
    refuse(`Invalid value for 'tool_choice': tool '${name}' was not found in 'tools'.`, { param: 'tool_choice' });
}

function checkFormat(body: JsonObject): void {
  const format = body['response_format'];
  if (format === undefined || format === null) return;
  if (!isObject(format)) wrongType('response_format', 'an object', format);
  if (format['type'] === 'json_object' && !/json/i.test(wordsOf(body['messages']))) {
    refuse("'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.", {
      param: 'messages',
    });
  }
  if (format['type'] !== 'json_schema') {
    if (format['type'] !== 'text' && format['type'] !== 'json_object') {
      unsupported('response_format.type', format['type'], ['json_object', 'json_schema', 'text']);
    }
    return;
  }
  const named = format['json_schema'];
  if (!isObject(named)) missing('response_format.json_schema');
  checkName('response_format.json_schema.name', named['name']);
  checkFormatSchema(wordOf(named['name']), 'response_format', named['schema'], named['strict'] === true);
}

/** All text of the messages, for the word that `json_object` demands. */
function wordsOf(messages: Json | undefined): string {
  return objects(messages)
    .map(({ content }) =>
      typeof content === 'string' ? content : strings(objects(content).map(({ text }) => text ?? null)).join(' '),
    )
    .join(' ');
}
