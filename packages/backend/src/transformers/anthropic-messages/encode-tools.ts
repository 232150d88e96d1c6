import { GatewayError } from '../../types/errors.ts';
import type { HostedTool, Tool, ToolChoice, UnifiedChatRequest } from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import type { Scope } from './encode-content.ts';
import { cacheField, FORMAT } from './wire.ts';

const EMPTY_SCHEMA: JsonObject = { type: 'object', properties: {} };
const COMBINATORS = ['anyOf', 'oneOf', 'allOf'] as const;

interface Merged {
  readonly properties: JsonObject;
  readonly required: readonly Json[] | undefined;
}

const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

/** Branches of a combinator as one object: all their properties, required where each branch requires it. */
function mergeBranches(branches: readonly Json[], every: boolean): Merged {
  const objects = branches.filter(isObject);
  const properties: JsonObject = {};
  for (const branch of objects) if (isObject(branch['properties'])) Object.assign(properties, branch['properties']);
  const lists = objects.map((branch) => listOf(branch['required']));
  const all = [...new Set(lists.flat())];
  return { properties, required: every ? all : all.filter((name) => lists.every((list) => list.includes(name))) };
}

/** The API wants an object at the root, without a combinator there. */
function rootObject(schema: JsonObject, field: string, { noteLoss }: Scope): JsonObject {
  const used = COMBINATORS.filter((key) => Array.isArray(schema[key]));
  if (used.length === 0) return schema['type'] === 'object' ? schema : { ...schema, type: 'object' };
  noteLoss('anthropic.schema-root', `${field}.schema`, `the Messages API takes no ${used.join(' or ')} at the root`);
  const { anyOf, oneOf, allOf, ...rest } = schema;
  const properties: JsonObject = isObject(rest['properties']) ? { ...rest['properties'] } : {};
  const required = new Set(listOf(rest['required']));
  for (const [branches, every] of [
    [anyOf, false],
    [oneOf, false],
    [allOf, true],
  ] as const) {
    const merged = mergeBranches(listOf(branches), every);
    Object.assign(properties, merged.properties);
    for (const name of merged.required ?? []) required.add(name);
  }
  return { ...rest, type: 'object', properties, ...(required.size > 0 && { required: [...required] }) };
}

/** A custom tool takes free text; here it is a function with one string. */
function customSchema(): JsonObject {
  return { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] };
}

function encodeFunction(tool: Tool, field: string, scope: Scope): JsonObject {
  const name = scope.names.toWire(tool.name);
  const own = tool.raw?.format === FORMAT && isObject(tool.raw.value) ? tool.raw.value : undefined;
  if (own !== undefined) return { ...own, name };
  const { raw } = tool;
  if (
    tool.kind === 'custom' &&
    isObject(raw?.value) &&
    isObject(raw.value['format']) &&
    raw.value['format']['type'] === 'grammar'
  ) {
    scope.noteLoss('anthropic.grammar', `${field}.format`, 'the Messages API holds no tool to a grammar');
  }
  const schema = isObject(tool.schema) ? rootObject(tool.schema, field, scope) : EMPTY_SCHEMA;
  return {
    name,
    ...(tool.description !== undefined && { description: tool.description }),
    input_schema: tool.kind === 'custom' ? customSchema() : schema,
    ...(tool.strict === true && { strict: true }),
    ...cacheField(tool.cache),
  };
}

/** Options of a foreign web search that this API has too. */
function webSearch(raw: Json): JsonObject {
  const tool: JsonObject = { type: 'web_search_20250305', name: 'web_search' };
  if (!isObject(raw)) return tool;
  const filters = isObject(raw['filters']) ? raw['filters'] : {};
  if (Array.isArray(filters['allowed_domains'])) tool['allowed_domains'] = filters['allowed_domains'];
  const place = raw['user_location'];
  // Chat keeps the fields of the place one level deeper.
  if (isObject(place))
    tool['user_location'] = isObject(place['approximate']) ? { type: 'approximate', ...place['approximate'] } : place;
  return tool;
}

function encodeHosted(tool: HostedTool, field: string, { noteLoss }: Scope): JsonObject | undefined {
  if (tool.format === FORMAT) return isObject(tool.raw) ? { ...tool.raw } : undefined;
  if (tool.hosted === 'web-search') return webSearch(tool.raw);
  if (tool.hosted === 'code-execution') return { type: 'code_execution_20250825', name: 'code_execution' };
  noteLoss('anthropic.hosted-tool', field, `this tool runs at ${tool.format} only`);
  return undefined;
}

/** Tool history without tools is a 400, so the names that were called are declared without their schemas. */
function stubs(request: UnifiedChatRequest, scope: Scope): JsonObject[] {
  const names = request.turns.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.type === 'call' ? [part.name] : [])),
  );
  return [...new Set(names)].map((name) => ({ name: scope.names.toWire(name), input_schema: EMPTY_SCHEMA }));
}

interface EncodedTools {
  readonly tools: JsonObject[];
  readonly toolChoice: JsonObject | undefined;
}

function namedChoice(name: string, scope: Scope): JsonObject {
  return { type: 'tool', name: scope.names.toWire(name) };
}

function choiceOf(choice: ToolChoice | undefined, scope: Scope): JsonObject | undefined {
  if (choice === undefined) return undefined;
  if (choice.mode === 'named') return namedChoice(choice.name, scope);
  if (choice.mode === 'allowed') {
    const [only] = choice.names;
    if (choice.required && choice.names.length === 1 && only !== undefined) return namedChoice(only, scope);
    return { type: choice.required ? 'any' : 'auto' };
  }
  return { type: choice.mode === 'required' ? 'any' : choice.mode };
}

/** A choice that forces a tool which had to be left out cannot be kept. */
function checkForced(choice: ToolChoice | undefined, tools: readonly JsonObject[], scope: Scope): void {
  if (choice?.mode !== 'named' && choice?.mode !== 'required') return;
  const isThere =
    choice.mode === 'named' ? tools.some(({ name }) => name === scope.names.toWire(choice.name)) : tools.length > 0;
  if (isThere) return;
  const what = choice.mode === 'named' ? `the tool "${choice.name}"` : 'a tool';
  throw new GatewayError('request_unsupported', `tool_choice: it forces ${what}, which the Messages API cannot run`, {
    field: 'tool_choice',
  });
}

function withParallel(choice: JsonObject | undefined, parallel: boolean | undefined): JsonObject | undefined {
  if (parallel === undefined || choice?.['type'] === 'none') return choice;
  if (choice === undefined) return parallel ? undefined : { type: 'auto', disable_parallel_tool_use: true };
  return { ...choice, disable_parallel_tool_use: !parallel };
}

/** Tools and the choice among them. A choice without any tool is left out, as the API refuses it. */
export function encodeTools(request: UnifiedChatRequest, scope: Scope): EncodedTools {
  const { toolChoice: choice, parallelTools } = request;
  const allowed = choice?.mode === 'allowed' ? new Set(choice.names) : undefined;
  const tools: JsonObject[] = [];
  for (const [at, tool] of request.tools.entries()) {
    // This API has no list of allowed tools: leaving the others out means the same.
    if (tool.kind !== 'hosted' && allowed?.has(tool.name) === false) continue;
    const field = `tools[${at}]`;
    const wire = tool.kind === 'hosted' ? encodeHosted(tool, field, scope) : encodeFunction(tool, field, scope);
    if (wire !== undefined) tools.push(wire);
  }
  if (request.tools.length > 0) checkForced(choice, tools, scope);
  if (tools.length > 0) return { tools, toolChoice: withParallel(choiceOf(choice, scope), parallelTools) };
  if (choice !== undefined && choice.mode !== 'none' && choice.mode !== 'auto') {
    scope.noteLoss('anthropic.tool-choice', 'toolChoice', 'there are no tools to choose from');
  }
  const declared = stubs(request, scope);
  return { tools: declared, toolChoice: declared.length === 0 ? undefined : { type: 'none' } };
}
