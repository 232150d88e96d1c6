import { GatewayError } from '../../types/errors.ts';
import type { DecodeRequestContext } from '../../types/format.ts';
import type {
  Effort,
  OutputFormat,
  Part,
  ReasoningWish,
  SystemText,
  Turn,
  UnifiedChatRequest,
} from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import {
  isObject,
  needArray,
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
import { EFFORTS } from '../effort.ts';
import { decodeContent, decodeText } from './decode-content.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { FORMAT } from './wire.ts';

const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'max_tokens',
  'system',
  'messages',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'metadata',
  'service_tier',
  'stream',
]);

function decodeSystem(value: Json | undefined): SystemText[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return value === '' ? [] : [{ role: 'system', text: value }];
  return needArray(value, 'system').map((item, at) => {
    const field = `system[${at}]`;
    const wire = needObject(item, field);
    if (wire['type'] !== 'text') throw wrongField(`${field}.type`, wire['type'], '"text"');
    const { text, cache } = decodeText(wire, field);
    return { role: 'system', text, ...(cache !== undefined && { cache }) };
  });
}

const ROLES = ['user', 'assistant', 'system'] as const;

function decodeTurn(value: Json, field: string): Turn {
  const wire = needObject(value, field);
  const role = ROLES.find((known) => known === wire['role']);
  if (role === undefined) throw wrongField(`${field}.role`, wire['role'], '"user", "assistant" or "system"');
  const parts = decodeContent(wire['content'], `${field}.content`, role);
  checkRole(parts, role, field);
  return { role, parts };
}

/** Calls and thinking are the assistant's, results are the user's; anywhere else no upstream takes them. */
function checkRole(parts: readonly Part[], role: Turn['role'], field: string): void {
  for (const [at, { type }] of parts.entries()) {
    const owner = ownValue(OWNERS, type);
    if (owner === undefined || owner === role) continue;
    const place = `${field}.content[${at}].type`;
    const what = `${place}: a ${type} can only stand in a message of the ${owner}, not of the ${role}`;
    throw new GatewayError('request_invalid', what, { field: place });
  }
}

const OWNERS: Partial<Record<Part['type'], Turn['role']>> = {
  call: 'assistant',
  reasoning: 'assistant',
  result: 'user',
};

function textsOf(parts: readonly Part[]): SystemText[] {
  return parts.flatMap((part) =>
    part.type === 'text'
      ? [{ role: 'system', text: part.text, ...(part.cache !== undefined && { cache: part.cache }) }]
      : [],
  );
}

/** Ids that a tool result may answer: those of calls, and of anything else with an id that only this API knows. */
function idsOf(part: Part): string[] {
  if (part.type === 'call') return [part.id];
  if (part.type !== 'opaque' || !isObject(part.raw)) return [];
  const id = part.raw['id'];
  return typeof id === 'string' ? [id] : [];
}

/** Every result must answer a call that stands before it: no upstream takes one that does not. */
function checkResults(turns: readonly Turn[]): void {
  const called = new Set<string>();
  for (const [at, turn] of turns.entries()) {
    let place = 0;
    for (const part of turn.parts) {
      for (const id of idsOf(part)) called.add(id);
      if (part.type === 'result' && !called.has(part.id)) {
        const field = `messages[${at}].content[${place}].tool_use_id`;
        throw new GatewayError('request_invalid', `${field}: no tool_use block before it has the id "${part.id}"`, {
          field,
        });
      }
      place += 1;
    }
  }
}

function decodeMessages(value: Json | undefined): { system: SystemText[]; turns: Turn[] } {
  const messages = needArray(value, 'messages');
  if (messages.length === 0) throw wrongField('messages', messages, 'at least one message');
  const turns = messages.map((message, at) => decodeTurn(message, `messages[${at}]`));
  checkResults(turns);
  const first = turns.findIndex(({ role }) => role !== 'system');
  const leading = first === -1 ? turns.length : first;
  return { system: turns.slice(0, leading).flatMap(({ parts }) => textsOf(parts)), turns: turns.slice(leading) };
}

function decodeEffort(value: Json | undefined): Effort | undefined {
  const text = optionalString(value, 'output_config.effort');
  if (text === undefined) return undefined;
  const effort = EFFORTS.find((known) => known === text);
  if (effort === undefined) throw wrongField('output_config.effort', text, `one of ${EFFORTS.join(', ')}`);
  return effort;
}

const DISPLAYS: Readonly<Record<string, boolean>> = { summarized: true, omitted: false };

/** A form of `thinking` that this gateway has no word for goes back to its own API as it came. */
interface Thinking {
  readonly wish?: ReasoningWish;
  readonly unknown?: JsonObject;
}

/**
 * `thinking` and `output_config.effort` as one wish: `adaptive` is "on" without a budget, an effort without
 * `thinking` is "auto", because it then weighs on the whole answer.
 */
function decodeThinking(value: Json | undefined, effort: Effort | undefined): Thinking {
  const wire = optionalObject(value, 'thinking');
  const level = effort === undefined ? {} : { effort };
  if (wire === undefined) return effort === undefined ? {} : { wish: { mode: 'auto', ...level } };
  const type = needString(wire['type'], 'thinking.type');
  const display = optionalString(wire['display'], 'thinking.display');
  const shown = display === undefined ? undefined : ownValue(DISPLAYS, display);
  const visible = shown === undefined ? {} : { visible: shown };
  if (type === 'disabled') return { wish: { mode: 'off', ...level } };
  if (type === 'adaptive') return { wish: { mode: 'on', ...level, ...visible } };
  if (type !== 'enabled') return { wish: { mode: 'auto', ...level, ...visible }, unknown: wire };
  const budgetTokens = optionalInteger(wire['budget_tokens'], 'thinking.budget_tokens', 1);
  if (budgetTokens === undefined) throw wrongField('thinking.budget_tokens', wire['budget_tokens'], 'a whole number');
  return { wish: { mode: 'on', ...level, budgetTokens, ...visible } };
}

/** `output_config.format`, or the older top-level `output_format`. */
function decodeOutput(config: JsonObject | undefined, older: Json | undefined): OutputFormat | undefined {
  const field = config?.['format'] == null ? 'output_format' : 'output_config.format';
  const wire = optionalObject(config?.['format'] ?? older, field);
  if (wire === undefined) return undefined;
  if (wire['type'] !== 'json_schema') throw wrongField(`${field}.type`, wire['type'], '"json_schema"');
  return { type: 'json-schema', schema: needObject(wire['schema'], `${field}.schema`) };
}

function decodeStop(value: Json | undefined): string[] | undefined {
  return optionalArray(value, 'stop_sequences')?.map((item, at) => needString(item, `stop_sequences[${at}]`));
}

/** What is left of an object once the known keys are taken, or nothing. */
function restOf(wire: JsonObject | undefined, known: readonly string[]): JsonObject | undefined {
  const rest = wire === undefined ? {} : otherFields(wire, new Set(known));
  return Object.keys(rest).length === 0 ? undefined : rest;
}

function decodeModel(value: Json | undefined, pathModel: string | undefined): string {
  const model = value === undefined && pathModel !== undefined ? pathModel : value;
  if (typeof model === 'string' && model.trim() !== '') return model;
  throw wrongField('model', model, 'the name of a model');
}

/** Fields without a value are left out, so that equal requests are equal objects. */
function present<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/**
 * A Messages request, for generating and for counting tokens, as the neutral request.
 *
 * `max_tokens` may be missing: the target's own limit is the default. Unknown top-level fields stay in `ext`.
 * Throws `request_invalid` naming the field in the wire's words.
 */
export function decodeRequest(wire: Json, context: DecodeRequestContext): UnifiedChatRequest {
  const body = needObject(wire, 'body');
  const model = decodeModel(body['model'], context.pathModel);
  const messages = decodeMessages(body['messages']);
  const config = optionalObject(body['output_config'], 'output_config');
  const metadata = optionalObject(body['metadata'], 'metadata');
  const { wish, unknown } = decodeThinking(body['thinking'], decodeEffort(config?.['effort']));
  const fields = present({
    ...otherFields(body, KNOWN),
    thinking: unknown,
    output_config: restOf(config, ['effort', 'format']),
    metadata: restOf(metadata, ['user_id']),
  }) as Record<string, Json>;
  return present<UnifiedChatRequest>({
    model,
    system: [...decodeSystem(body['system']), ...messages.system],
    turns: messages.turns,
    tools: decodeTools(body['tools']),
    ...decodeToolChoice(body['tool_choice']),
    output: decodeOutput(config, body['output_format']),
    maxOutputTokens: optionalInteger(body['max_tokens'], 'max_tokens'),
    stop: decodeStop(body['stop_sequences']),
    sampling: present({
      temperature: optionalNumber(body['temperature'], 'temperature'),
      topP: optionalNumber(body['top_p'], 'top_p'),
      topK: optionalInteger(body['top_k'], 'top_k'),
    }),
    reasoning: wish,
    userId: optionalString(metadata?.['user_id'], 'metadata.user_id'),
    tier: optionalString(body['service_tier'], 'service_tier'),
    stream: optionalBoolean(body['stream'], 'stream') ?? false,
    wantUsage: true,
    ext: { format: FORMAT, fields },
  });
}
