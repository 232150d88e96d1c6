import type { HostedTool, Tool, ToolChoice } from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import {
  isObject,
  needArray,
  needObject,
  needString,
  optionalArray,
  optionalBoolean,
  optionalObject,
  optionalString,
  wrongField,
} from '../../utils/fields.ts';
import { flatName } from './namespace.ts';
import { FORMAT } from './wire.ts';

interface Namespace {
  readonly name: string;
  readonly description?: string | undefined;
}

function functionTool(tool: JsonObject, path: string, namespace: Namespace | undefined): Tool {
  const name = needString(tool['name'], `${path}.name`);
  const description = optionalString(tool['description'], `${path}.description`);
  const schema = optionalObject(tool['parameters'], `${path}.parameters`);
  const strict = optionalBoolean(tool['strict'], `${path}.strict`);
  return {
    kind: 'function',
    name: namespace === undefined ? name : flatName(namespace.name, name),
    ...(description !== undefined && { description }),
    ...(schema !== undefined && { schema }),
    ...(strict !== undefined && { strict }),
    ...namespaceFields(namespace),
    raw: { format: FORMAT, value: tool },
  };
}

/** What a custom tool's grammar asks for, in words: other APIs have no field for it, but the model must know. */
function grammarText(format: Json | undefined): string {
  if (!isObject(format) || format['type'] !== 'grammar') return '';
  // The field may be nested one deeper, as in Chat.
  const grammar = isObject(format['grammar']) ? format['grammar'] : format;
  const { syntax, definition } = grammar;
  if (typeof definition !== 'string') return '';
  return `The input must match this ${typeof syntax === 'string' ? syntax : 'formal'} grammar:\n${definition}`;
}

function customTool(tool: JsonObject, path: string, namespace: Namespace | undefined): Tool {
  const name = needString(tool['name'], `${path}.name`);
  const said = optionalString(tool['description'], `${path}.description`);
  const description = [said, grammarText(tool['format'])].filter(Boolean).join('\n\n');
  return {
    kind: 'custom',
    name: namespace === undefined ? name : flatName(namespace.name, name),
    ...(description !== '' && { description }),
    ...namespaceFields(namespace),
    raw: { format: FORMAT, value: tool },
  };
}

function namespaceFields(namespace: Namespace | undefined): Pick<Tool, 'namespace' | 'namespaceDescription'> {
  if (namespace === undefined) return {};
  const { name, description } = namespace;
  return { namespace: name, ...(description !== undefined && { namespaceDescription: description }) };
}

function hostedTool(tool: JsonObject, type: string): HostedTool {
  const hosted = type.startsWith('web_search')
    ? 'web-search'
    : type === 'code_interpreter'
      ? 'code-execution'
      : 'other';
  return { kind: 'hosted', hosted, format: FORMAT, raw: tool };
}

/** What a namespace is for stands with its first tool, where models of other APIs read it too. */
function describeNamespace(tools: (Tool | HostedTool)[], { name, description }: Namespace): (Tool | HostedTool)[] {
  const [first, ...rest] = tools;
  if (first === undefined || first.kind === 'hosted' || !description) return tools;
  const words = [first.description, `Namespace ${name}: ${description}`].filter(Boolean).join('\n\n');
  return [{ ...first, description: words }, ...rest];
}

function decodeTool(value: Json, path: string, namespace: Namespace | undefined): (Tool | HostedTool)[] {
  const tool = needObject(value, path);
  const type = needString(tool['type'], `${path}.type`);
  if (type === 'function') return [functionTool(tool, path, namespace)];
  if (type === 'custom') return [customTool(tool, path, namespace)];
  if (namespace !== undefined) throw wrongField(`${path}.type`, type, '"function" or "custom" inside a namespace');
  if (type !== 'namespace') return [hostedTool(tool, type)];
  const name = needString(tool['name'], `${path}.name`);
  const inside: Namespace = { name, description: optionalString(tool['description'], `${path}.description`) };
  const tools = needArray(tool['tools'], `${path}.tools`).flatMap((one, at) =>
    decodeTool(one, `${path}.tools[${at}]`, inside),
  );
  return describeNamespace(tools, inside);
}

/** `tools` to the IR: namespaces are flattened with a prefix, hosted tools stay raw. Throws `request_invalid`. */
export function decodeTools(wire: Json | undefined): (Tool | HostedTool)[] {
  return (optionalArray(wire, 'tools') ?? []).flatMap((tool, index) => decodeTool(tool, `tools[${index}]`, undefined));
}

function choiceName(choice: JsonObject, path: string): string {
  const name = needString(choice['name'], `${path}.name`);
  const namespace = optionalString(choice['namespace'], `${path}.namespace`);
  return namespace === undefined ? name : flatName(namespace, name);
}

function allowedChoice(choice: JsonObject): ToolChoice {
  const mode = needString(choice['mode'], 'tool_choice.mode');
  if (mode !== 'auto' && mode !== 'required') throw wrongField('tool_choice.mode', mode, '"auto" or "required"');
  const names = needArray(choice['tools'], 'tool_choice.tools').map((value, index) => {
    const path = `tool_choice.tools[${index}]`;
    const tool = needObject(value, path);
    const type = needString(tool['type'], `${path}.type`);
    return type === 'function' || type === 'custom' ? choiceName(tool, path) : type;
  });
  return { mode: 'allowed', names, required: mode === 'required' };
}

/** Choices of this API only, kept as a field of their own. */
const NATIVE_CHOICES: ReadonlySet<string> = new Set(['mcp', 'shell', 'apply_patch', 'programmatic_tool_calling']);

export function isNativeChoice(wire: Json | undefined): boolean {
  return isObject(wire) && typeof wire['type'] === 'string' && NATIVE_CHOICES.has(wire['type']);
}

/** `tool_choice` to the IR; a hosted tool is named by its type. Absent for choices only this API knows. */
export function decodeToolChoice(wire: Json | undefined): ToolChoice | undefined {
  if (wire === undefined || wire === null || isNativeChoice(wire)) return undefined;
  if (wire === 'auto' || wire === 'none' || wire === 'required') return { mode: wire };
  if (!isObject(wire)) throw wrongField('tool_choice', wire, '"auto", "none", "required" or an object');
  const type = needString(wire['type'], 'tool_choice.type');
  if (type === 'function' || type === 'custom') return { mode: 'named', name: choiceName(wire, 'tool_choice') };
  if (type === 'allowed_tools') return allowedChoice(wire);
  return { mode: 'named', name: type };
}
