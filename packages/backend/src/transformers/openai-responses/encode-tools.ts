import { GatewayError } from '../../types/errors.ts';
import type { NoteLoss } from '../../types/format.ts';
import type { HostedTool, Tool, ToolChoice, UnifiedChatRequest } from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import { innerName } from './namespace.ts';
import { FORMAT } from './wire.ts';

type ToWire = (name: string) => string;

/** OpenAI refuses a function whose schema is no object with properties, even empty ones. */
function functionSchema(schema: Json | undefined): JsonObject {
  if (!isObject(schema)) return { type: 'object', properties: {} };
  if (schema['type'] !== undefined && schema['properties'] !== undefined) return schema;
  return { type: 'object', properties: {}, ...schema };
}

function encodeFunction(tool: Tool, name: string): JsonObject {
  if (tool.raw?.format === FORMAT && isObject(tool.raw.value)) return { ...tool.raw.value, name };
  const description = tool.description === undefined ? {} : { description: tool.description };
  if (tool.kind === 'custom') return { type: 'custom', name, ...description };
  const schema = functionSchema(tool.schema);
  // OpenAI's own default is true, which most foreign schemas do not satisfy.
  return { type: 'function', name, ...description, parameters: schema, strict: tool.strict ?? false };
}

/** Fields of a foreign web search that this API has too: domains and the user's place. */
function webSearch(raw: Json): JsonObject {
  const tool = isObject(raw) ? raw : {};
  const { allowed_domains: domains, user_location: location } = tool;
  return {
    type: 'web_search',
    ...(Array.isArray(domains) && domains.length > 0 && { filters: { allowed_domains: domains } }),
    ...(isObject(location) && { user_location: location }),
  };
}

/** A hosted tool in this API's words, or absent when it has none. */
function encodeHosted({ format, hosted, raw }: HostedTool): JsonObject | undefined {
  if (format === FORMAT) return isObject(raw) ? raw : undefined;
  if (hosted === 'web-search') return webSearch(raw);
  if (hosted === 'code-execution') return { type: 'code_interpreter', container: { type: 'auto' } };
  return undefined;
}

/** Adds a tool to the namespace it was declared in, which stands where its first tool stands. */
function intoNamespace(tools: JsonObject[], tool: Tool, namespace: string): void {
  const inner = encodeFunction(tool, innerName(tool.name, namespace));
  const group = tools.find(({ type, name }) => type === 'namespace' && name === namespace);
  if (Array.isArray(group?.['tools'])) group['tools'].push(inner);
  else tools.push({ type: 'namespace', name: namespace, description: tool.namespaceDescription ?? '', tools: [inner] });
}

/** `tools`, in order. A hosted tool without a counterpart is a noted loss; function tools beside it still work. */
export function encodeTools(
  request: Pick<UnifiedChatRequest, 'tools' | 'ext'>,
  toWire: ToWire,
  noteLoss: NoteLoss,
): JsonObject[] {
  const tools: JsonObject[] = [];
  for (const [index, tool] of request.tools.entries()) {
    const field = `tools[${index}]`;
    if (tool.kind === 'hosted') {
      const hosted = encodeHosted(tool);
      if (hosted === undefined)
        noteLoss('responses.hosted-tool', field, `only the ${tool.format} API has this hosted tool`);
      else tools.push(hosted);
      continue;
    }
    if (tool.cache !== undefined) noteLoss('responses.cache-mark', `${field}.cache`, 'tools take no cache mark here');
    if (tool.namespace !== undefined && request.ext.format === FORMAT) intoNamespace(tools, tool, tool.namespace);
    else tools.push(encodeFunction(tool, toWire(tool.name)));
  }
  return tools;
}

/** The tool's own name or the type of a hosted one, as a foreign client names it in a choice. */
function hostedNames(tool: HostedTool): readonly string[] {
  const raw = isObject(tool.raw) ? tool.raw : {};
  return [raw['name'], raw['type']].filter((name) => typeof name === 'string');
}

function choiceOf(name: string, request: Pick<UnifiedChatRequest, 'tools' | 'ext'>, toWire: ToWire): JsonObject {
  for (const tool of request.tools) {
    if (tool.kind === 'hosted') {
      if (!hostedNames(tool).includes(name)) continue;
      const type = encodeHosted(tool)?.['type'];
      if (type !== undefined) return { type };
      throw new GatewayError('request_unsupported', `tool_choice: the target has no hosted tool "${name}"`, {
        field: 'tool_choice',
      });
    }
    if (tool.name !== name) continue;
    if (tool.namespace === undefined || request.ext.format !== FORMAT) return { type: tool.kind, name: toWire(name) };
    return { type: tool.kind, name: innerName(name, tool.namespace), namespace: tool.namespace };
  }
  return { type: 'function', name: toWire(name) };
}

/** `tool_choice` for a request that has tools. Throws `request_unsupported` when a tool is forced that cannot be sent. */
export function encodeToolChoice(
  choice: ToolChoice,
  request: Pick<UnifiedChatRequest, 'tools' | 'ext'>,
  toWire: ToWire,
): Json {
  if (choice.mode === 'named') return choiceOf(choice.name, request, toWire);
  if (choice.mode !== 'allowed') return choice.mode;
  const tools = choice.names.map((name) => choiceOf(name, request, toWire));
  return { type: 'allowed_tools', mode: choice.required ? 'required' : 'auto', tools };
}
