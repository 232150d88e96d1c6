import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import type { Arrival } from '../contract.ts';
import { objects } from '../conversation.ts';
import {
  checkFormatSchema,
  checkLength,
  checkName,
  checkRange,
  checkToolSchema,
  missing,
  unsupported,
  wrongType,
} from '../openai-rules.ts';
import { refuse } from '../refuse.ts';
import { wordOf } from '../word-of.ts';
import { checkItems } from './validate-items.ts';

const KNOWN = new Set(
  `access_programs background client_metadata context_management conversation image include input instructions max_output_tokens max_tool_calls
  metadata model moderation parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_options
  prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options temperature text tool_choice tools
  top_logprobs top_p truncation user`.split(/\s+/),
);
const OUTPUT_TOKENS_MIN = 16;
const USER_MAX = 64;
const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];
const SUMMARIES = ['concise', 'detailed', 'auto'];

/** Refuses what Responses refuses. Throws `VendorRefusal`. */
export function checkResponses(body: JsonObject, arrival: Arrival): void {
  const stray = Object.keys(body).find((key) => !KNOWN.has(key));
  if (stray !== undefined) refuse(`Unknown parameter: '${stray}'.`, { param: stray, code: 'unknown_parameter' });
  checkScalars(body);
  checkState(body);
  checkTools(body);
  checkItems(body['input'], arrival.options.words.includes('strict'));
  checkFormat(body);
}

function checkScalars(body: JsonObject): void {
  for (const flag of ['stream', 'parallel_tool_calls', 'store', 'background']) {
    const value = body[flag];
    if (value !== undefined && value !== null && typeof value !== 'boolean') wrongType(flag, 'a boolean', value);
  }
  checkRange('temperature', body['temperature'], 0, 2);
  checkRange('top_p', body['top_p'], 0, 1);
  checkRange('top_logprobs', body['top_logprobs'], 0, 20);
  checkRange('max_output_tokens', body['max_output_tokens'], OUTPUT_TOKENS_MIN, Number.MAX_SAFE_INTEGER);
  for (const field of ['user', 'safety_identifier', 'prompt_cache_key']) checkLength(field, body[field], USER_MAX);
  const instructions = body['instructions'];
  if (instructions != null && typeof instructions !== 'string') wrongType('instructions', 'a string', instructions);
  const options = body['stream_options'];
  if (options != null && body['stream'] !== true) {
    refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.", { param: 'stream_options' });
  }
  const stray = isObject(options) ? Object.keys(options).find((key) => key !== 'include_obfuscation') : undefined;
  if (stray !== undefined) {
    refuse(`Unknown parameter: 'stream_options.${stray}'.`, {
      param: `stream_options.${stray}`,
      code: 'unknown_parameter',
    });
  }
  const reasoning = isObject(body['reasoning']) ? body['reasoning'] : {};
  if (reasoning['effort'] != null && !EFFORTS.includes(wordOf(reasoning['effort'])))
    unsupported('reasoning.effort', reasoning['effort'], EFFORTS);
  if (reasoning['summary'] != null && !SUMMARIES.includes(wordOf(reasoning['summary']))) {
    unsupported('reasoning.summary', reasoning['summary'], SUMMARIES);
  }
}

/** Nothing is stored here, so every reference is to something unknown. */
function checkState(body: JsonObject): void {
  const previous = body['previous_response_id'];
  if (typeof previous === 'string') {
    refuse(`Previous response with id '${previous}' not found.`, {
      param: 'previous_response_id',
      code: 'previous_response_not_found',
    });
  }
  if (body['conversation'] != null) {
    const id = isObject(body['conversation']) ? body['conversation']['id'] : body['conversation'];
    refuse(`Conversation with id '${wordOf(id)}' not found.`, {
      status: 404,
      param: 'conversation',
      code: 'conversation_not_found',
    });
  }
}

function checkTools(body: JsonObject): void {
  const tools = body['tools'];
  if (tools != null && !Array.isArray(tools)) wrongType('tools', 'an array of objects', tools);
  for (const [at, tool] of objects(tools).entries()) {
    if (typeof tool['type'] !== 'string') missing(`tools[${at}].type`);
    if (tool['type'] !== 'function') continue;
    checkName(`tools[${at}].name`, tool['name']);
    checkToolSchema(wordOf(tool['name']), `tools[${at}].parameters`, tool['parameters'], tool['strict'] === true);
  }
  checkChoice(body['tool_choice'], objects(tools));
}

function checkChoice(choice: Json | undefined, tools: readonly JsonObject[]): void {
  if (choice === undefined || choice === null) return;
  if (typeof choice === 'string') {
    if (!['none', 'auto', 'required'].includes(choice))
      unsupported('tool_choice', choice, ['none', 'auto', 'required']);
    if (choice === 'required' && tools.length === 0) {
      refuse("Tool choice 'required' must be specified with 'tools' parameter.", { param: 'tool_choice' });
    }
    return;
  }
  if (!isObject(choice) || choice['type'] !== 'function') return;
  if (typeof choice['name'] !== 'string') missing('tool_choice.name');
  if (!tools.some(({ name }) => name === choice['name'])) {
    refuse(`Tool choice '${wordOf(choice['name'])}' not found in 'tools' parameter.`, { param: 'tool_choice' });
  }
}

function checkFormat(body: JsonObject): void {
  const format = isObject(body['text']) ? body['text']['format'] : undefined;
  if (!isObject(format)) return;
  if (format['type'] === 'json_schema') {
    checkName('text.format.name', format['name']);
    checkFormatSchema(wordOf(format['name']), 'text.format.schema', format['schema'], format['strict'] === true);
    return;
  }
  if (format['type'] === 'json_object') {
    const words =
      typeof body['input'] === 'string'
        ? body['input']
        : JSON.stringify(objects(body['input']).map(({ content }) => content ?? null));
    if (!/json/i.test(words)) {
      refuse(
        "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
        { param: 'input' },
      );
    }
    return;
  }
  if (format['type'] !== 'text')
    unsupported('text.format.type', format['type'], ['json_object', 'json_schema', 'text']);
}
