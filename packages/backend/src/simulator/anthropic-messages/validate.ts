import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import type { Arrival } from '../contract.ts';
import { objects } from '../conversation.ts';
import { refuse } from '../refuse.ts';
import { wordOf } from '../word-of.ts';
import { checkConversation } from './validate-messages.ts';
import { checkMessagesTools } from './validate-tools.ts';

const KNOWN = new Set(
  `max_tokens messages model cache_control container diagnostics inference_geo metadata output_config service_tier speed
  stop_sequences stream system temperature thinking tool_choice tools top_k top_p user_profile_id workspace_id`.split(
    /\s+/,
  ),
);
/** Fields that exist behind a beta header only. */
const BETA = new Set(
  `billing_policy compaction context_management fallback_credit_token fallbacks mcp_servers output_format thread`.split(
    /\s+/,
  ),
);
const COUNT_FIELDS = new Set(
  'messages model cache_control output_config speed system thinking tool_choice tools'.split(' '),
);
const CACHE_MARKS_MAX = 4;
const BUDGET_MIN = 1024;
const GUIDE = 'Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking';
/** The version from which on sampling parameters are gone. */
const WITHOUT_SAMPLING = '2026-10-21';

/** Refuses what the Messages API refuses. Throws `VendorRefusal`. */
export function checkMessages(body: JsonObject, arrival: Arrival): void {
  const version = arrival.headers.get('anthropic-version');
  if (version === null) refuse('anthropic-version: header is required');
  if (!/^\d{4}-\d{2}-\d{2}$/.test(version))
    refuse(`anthropic-version: "${version}" is not a valid version. See https://docs.claude.com/en/api/versioning.`);
  checkFields(body, arrival);
  if (body['messages'] === undefined) refuse('messages: Field required');
  if (arrival.action !== 'count') checkLimit(body['max_tokens']);
  checkSampling(body, version >= WITHOUT_SAMPLING);
  checkMessagesTools(body);
  checkThinking(body);
  checkConversation(body, {
    version,
    // Models of other scenarios never think, so nothing of theirs can be demanded back.
    thinks: arrival.scenario.startsWith('thinking'),
    strict: arrival.options.words.includes('strict'),
  });
  checkOutput(body);
  if (cacheMarks(body) > CACHE_MARKS_MAX) {
    refuse(`A maximum of ${CACHE_MARKS_MAX} blocks with cache_control may be provided. Found ${cacheMarks(body)}.`);
  }
}

function checkFields(body: JsonObject, { headers, url, action }: Arrival): void {
  const beta = headers.has('anthropic-beta') || url.searchParams.get('beta') === 'true';
  const known = action === 'count' ? COUNT_FIELDS : KNOWN;
  const stray = Object.keys(body).find((key) => !known.has(key) && !(beta && BETA.has(key)));
  if (stray !== undefined) refuse(`${stray}: Extra inputs are not permitted`);
  const { metadata, stream } = body;
  if (isObject(metadata)) {
    const extra = Object.keys(metadata).find((key) => key !== 'user_id');
    if (extra !== undefined) refuse(`metadata.${extra}: Extra inputs are not permitted`);
  }
  if (stream !== undefined && typeof stream !== 'boolean') refuse('stream: Input should be a valid boolean');
}

function checkLimit(maxTokens: Json | undefined): void {
  if (maxTokens === undefined) refuse('max_tokens: Field required');
  if (typeof maxTokens !== 'number' || !Number.isInteger(maxTokens))
    refuse('max_tokens: Input should be a valid integer');
  if (maxTokens < 1) refuse('max_tokens: Input should be greater than or equal to 1');
}

function checkSampling(body: JsonObject, without: boolean): void {
  for (const field of ['temperature', 'top_p', 'top_k']) {
    if (without && body[field] !== undefined) refuse(`${field}: Extra inputs are not permitted`);
  }
  for (const field of ['temperature', 'top_p']) {
    const value = body[field];
    if (value === undefined) continue;
    if (typeof value !== 'number') refuse(`${field}: Input should be a valid number`);
    if (value < 0 || value > 1) refuse(`${field}: range: 0..1`);
  }
  if (body['temperature'] !== undefined && body['top_p'] !== undefined) {
    refuse('`temperature` and `top_p` cannot both be specified for this model. Please use only one.');
  }
  const stops = body['stop_sequences'];
  if (stops === undefined) return;
  if (!Array.isArray(stops)) refuse('stop_sequences: Input should be a valid list');
  if (stops.some((stop) => typeof stop !== 'string' || stop.trim() === '')) {
    refuse('stop_sequences: each stop sequence must contain non-whitespace');
  }
}

function checkThinking(body: JsonObject): void {
  const { thinking } = body;
  if (thinking === undefined) return;
  if (!isObject(thinking)) refuse('thinking: Input should be a valid dictionary or object to extract fields from');
  const type = thinking['type'];
  if (!['enabled', 'disabled', 'adaptive', 'between_tools'].includes(wordOf(type))) {
    refuse(
      `thinking: Input tag '${wordOf(type)}' found using 'type' does not match any of the expected tags: 'adaptive', 'between_tools', 'disabled', 'enabled'`,
    );
  }
  if (type === 'disabled') return;
  if (type === 'enabled') checkBudget(thinking['budget_tokens'], body['max_tokens']);
  const choice = isObject(body['tool_choice']) ? body['tool_choice']['type'] : undefined;
  if (choice === 'any' || choice === 'tool') refuse('Thinking may not be enabled when tool_choice forces tool use.');
  if (body['temperature'] !== undefined && body['temperature'] !== 1) {
    refuse(
      `\`temperature\` may only be set to 1 when thinking is enabled. ${GUIDE}#important-considerations-when-using-extended-thinking`,
    );
  }
  if (body['top_k'] !== undefined) refuse(`\`top_k\` must be unset when thinking is enabled. ${GUIDE}`);
  if (typeof body['top_p'] === 'number' && body['top_p'] < 0.95) {
    refuse(`\`top_p\` must be greater than or equal to 0.95 or unset when thinking is enabled. ${GUIDE}`);
  }
}

function checkBudget(budget: Json | undefined, maxTokens: Json | undefined): void {
  if (budget === undefined) refuse('thinking.enabled.budget_tokens: Field required');
  if (typeof budget !== 'number') refuse('thinking.enabled.budget_tokens: Input should be a valid integer');
  if (budget < BUDGET_MIN)
    refuse(`thinking.enabled.budget_tokens: Input should be greater than or equal to ${BUDGET_MIN}`);
  if (typeof maxTokens === 'number' && maxTokens <= budget) {
    refuse(
      `\`max_tokens\` must be greater than \`thinking.budget_tokens\`. ${GUIDE}#max-tokens-and-context-window-size`,
    );
  }
}

function checkOutput(body: JsonObject): void {
  const format = isObject(body['output_config']) ? body['output_config']['format'] : undefined;
  if (!isObject(format)) return;
  if (format['type'] !== 'json_schema') refuse("output_config.format.type: Input should be 'json_schema'");
  if (!isObject(format['schema'])) refuse('output_config.format.schema: Field required');
  checkClosed(format['schema']);
}

function checkClosed(schema: Json): void {
  if (Array.isArray(schema)) {
    for (const part of schema) checkClosed(part);
    return;
  }
  if (!isObject(schema)) return;
  if (schema['type'] === 'object' && schema['additionalProperties'] !== false) {
    refuse("output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false");
  }
  for (const part of Object.values(schema)) if (part !== undefined) checkClosed(part);
}

/** Marks on tools, system and blocks, those inside tool results included. */
function cacheMarks(body: JsonObject): number {
  const blocks = objects(body['messages']).flatMap(({ content }) => objects(content));
  const inside = blocks.flatMap(({ content }) => objects(content));
  const holders = [body, ...objects(body['tools']), ...objects(body['system']), ...blocks, ...inside];
  return holders.filter((holder) => holder['cache_control'] != null).length;
}
