import type { JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import { objects } from '../conversation.ts';
import { refuse } from '../refuse.ts';
import { wordOf } from '../word-of.ts';

const NAME = /^[a-zA-Z0-9_-]{1,128}$/;
const KEYS = new Set(
  `type name description input_schema strict cache_control defer_loading eager_input_streaming input_examples allowed_callers`.split(
    /\s+/,
  ),
);

/** Refuses tool declarations and choices that the Messages API refuses. */
export function checkMessagesTools(body: JsonObject): void {
  const { tools } = body;
  if (tools !== undefined && !Array.isArray(tools)) refuse('tools: Input should be a valid list');
  const declared = objects(tools);
  for (const [at, tool] of declared.entries()) {
    if (tool['type'] === undefined || tool['type'] === 'custom') checkTool(tool, `tools.${at}.custom`);
  }
  const names = declared.map(({ name }) => name);
  if (new Set(names).size < names.length) refuse('tools: Tool names must be unique.');
  checkChoice(body, names.map(String));
  const history = objects(body['messages']).flatMap(({ content }) => objects(content));
  if (declared.length === 0 && history.some(({ type }) => type === 'tool_use' || type === 'tool_result')) {
    refuse('Requests which include `tool_use` or `tool_result` blocks must define tools');
  }
}

function checkTool(tool: JsonObject, path: string): void {
  const { name, input_schema: schema } = tool;
  if (name === undefined) refuse(`${path}.name: Field required`);
  if (typeof name !== 'string' || !NAME.test(name))
    refuse(`${path}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
  const stray = Object.keys(tool).find((key) => !KEYS.has(key));
  if (stray !== undefined) refuse(`${path}.${stray}: Extra inputs are not permitted`);
  if (schema === undefined) refuse(`${path}.input_schema: Field required`);
  if (!isObject(schema)) refuse(`${path}.input_schema: Input should be a valid dictionary`);
  for (const union of ['oneOf', 'allOf', 'anyOf']) {
    if (schema[union] !== undefined)
      refuse(`${path}.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`);
  }
  if (schema['type'] === undefined) refuse(`${path}.input_schema.type: Field required`);
  if (schema['type'] !== 'object') refuse(`${path}.input_schema.type: Input should be 'object'`);
}

function checkChoice(body: JsonObject, names: readonly string[]): void {
  const choice = body['tool_choice'];
  if (choice === undefined) return;
  if (!isObject(choice)) refuse('tool_choice: Input should be a valid dictionary or object to extract fields from');
  const type = wordOf(choice['type']);
  if (!['auto', 'any', 'tool', 'none'].includes(type)) {
    refuse(
      `tool_choice: Input tag '${type}' found using 'type' does not match any of the expected tags: 'auto', 'any', 'tool', 'none'`,
    );
  }
  if (names.length === 0) refuse('tool_choice may only be specified while providing tools.');
  if (type === 'tool' && !names.includes(wordOf(choice['name'])))
    refuse(`Tool '${wordOf(choice['name'])}' not found in provided tools`);
}
