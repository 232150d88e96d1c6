import type { DecodeRequestContext } from '../../types/format.ts';
import type { UnifiedChatRequest } from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import {
  needObject,
  optionalBoolean,
  optionalInteger,
  optionalObject,
  optionalString,
  otherFields,
  wrongField,
} from '../../utils/fields.ts';
import {
  decodeOutput,
  decodeReasoning,
  decodeSampling,
  decodeStop,
  decodeToolChoice,
  decodeTools,
} from './decode-settings.ts';
import { decodeMessages } from './decode-turns.ts';

/** Fields that the neutral request has words for; all others travel as they are. */
const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'tools',
  'tool_choice',
  'functions',
  'function_call',
  'parallel_tool_calls',
  'web_search_options',
  'response_format',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'temperature',
  'top_p',
  'top_k',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'logprobs',
  'top_logprobs',
  'logit_bias',
  'n',
  'reasoning_effort',
  'reasoning',
  'thinking',
  'enable_thinking',
  'thinking_budget',
  'verbosity',
  'prompt_cache_key',
  'user',
  'service_tier',
  'stream',
  'stream_options',
]);

/** A Chat body to the neutral request. Throws `request_invalid` with the field's exact path, and nothing else. */
export function decodeRequest(body: Json, _context: DecodeRequestContext): UnifiedChatRequest {
  const wire = needObject(body, 'body');
  const model = wire['model'];
  if (typeof model !== 'string' || model === '') throw wrongField('model', model, 'the name of a model');
  const { system, turns } = decodeMessages(wire['messages']);
  const stream = optionalBoolean(wire['stream'], 'stream') ?? false;
  const streamOptions = optionalObject(wire['stream_options'], 'stream_options');
  return {
    model,
    system,
    turns,
    tools: decodeTools(wire),
    ...present('toolChoice', decodeToolChoice(wire)),
    ...callSettings(wire),
    ...present('output', decodeOutput(wire)),
    ...present('maxOutputTokens', maxOutputTokens(wire)),
    ...present('stop', decodeStop(wire)),
    sampling: decodeSampling(wire),
    ...present('reasoning', decodeReasoning(wire)),
    ...present('verbosity', verbosity(wire)),
    ...present('cacheKey', optionalString(wire['prompt_cache_key'], 'prompt_cache_key')),
    ...present('userId', optionalString(wire['user'], 'user')),
    ...present('tier', optionalString(wire['service_tier'], 'service_tier')),
    stream,
    wantUsage: optionalBoolean(streamOptions?.['include_usage'], 'stream_options.include_usage') ?? false,
    ext: { format: 'openai-chat', fields: otherFields(wire, KNOWN) },
  };
}

/** A field of its own when there is a value, none when there is not. */
function present<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}

/** Clients of the older `functions` can read one call only, so the model may make no more. */
function callSettings(wire: JsonObject): Pick<UnifiedChatRequest, 'parallelTools' | 'legacyCalls'> {
  const parallelTools = optionalBoolean(wire['parallel_tool_calls'], 'parallel_tool_calls');
  const legacy = Array.isArray(wire['functions']) && !Array.isArray(wire['tools']);
  if (legacy) return { parallelTools: false, legacyCalls: true };
  return present('parallelTools', parallelTools);
}

function maxOutputTokens(wire: JsonObject): number | undefined {
  const newer = optionalInteger(wire['max_completion_tokens'], 'max_completion_tokens', 1);
  return newer ?? optionalInteger(wire['max_tokens'], 'max_tokens', 1);
}

function verbosity(wire: JsonObject): 'low' | 'medium' | 'high' | undefined {
  const value = optionalString(wire['verbosity'], 'verbosity');
  if (value === undefined || value === 'low' || value === 'medium' || value === 'high') return value;
  throw wrongField('verbosity', value, '"low", "medium" or "high"');
}
