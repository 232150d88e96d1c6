import type { HostedTool, Tool, ToolChoice } from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import {
  needArray,
  needObject,
  needString,
  optionalBoolean,
  optionalObject,
  optionalString,
  ownValue,
  wrongField,
} from '../../utils/fields.ts';
import { decodeCache } from './decode-content.ts';
import { FORMAT } from './wire.ts';

const KNOWN = new Set(['type', 'name', 'description', 'input_schema', 'strict', 'cache_control']);

function hostedKind(type: string): HostedTool['hosted'] {
  if (type.startsWith('web_search_')) return 'web-search';
  return type.startsWith('code_execution_') ? 'code-execution' : 'other';
}

function decodeFunction(wire: JsonObject, field: string): Tool {
  const name = needString(wire['name'], `${field}.name`);
  if (name === '') throw wrongField(`${field}.name`, name, 'a name');
  const description = optionalString(wire['description'], `${field}.description`);
  const schema = optionalObject(wire['input_schema'], `${field}.input_schema`);
  const strict = optionalBoolean(wire['strict'], `${field}.strict`);
  const isKnown = Object.keys(wire).every((key) => KNOWN.has(key));
  return {
    kind: 'function',
    name,
    ...(description !== undefined && { description }),
    ...(schema !== undefined && { schema }),
    ...(strict !== undefined && { strict }),
    ...decodeCache(wire, field),
    // Fields such as `defer_loading` and `input_examples` mean something to this API only.
    ...(!isKnown && { raw: { format: FORMAT, value: wire } }),
  };
}

function decodeTool(value: Json, field: string): Tool | HostedTool {
  const wire = needObject(value, field);
  const type = optionalString(wire['type'], `${field}.type`);
  if (type === undefined || type === 'custom') return decodeFunction(wire, field);
  return { kind: 'hosted', hosted: hostedKind(type), format: FORMAT, raw: wire };
}

/** `tools`: functions, and tools with a dated `type` that the API itself runs or knows. */
export function decodeTools(value: Json | undefined): (Tool | HostedTool)[] {
  if (value === undefined || value === null) return [];
  return needArray(value, 'tools').map((tool, at) => decodeTool(tool, `tools[${at}]`));
}

const MODES: Readonly<Record<string, 'auto' | 'none' | 'required'>> = { auto: 'auto', none: 'none', any: 'required' };

/** `tool_choice` with the parallel flag that hides in it. */
export function decodeToolChoice(value: Json | undefined): { toolChoice?: ToolChoice; parallelTools?: boolean } {
  const wire = optionalObject(value, 'tool_choice');
  if (wire === undefined) return {};
  const type = needString(wire['type'], 'tool_choice.type');
  const disabled = optionalBoolean(wire['disable_parallel_tool_use'], 'tool_choice.disable_parallel_tool_use');
  const parallel = disabled === undefined ? {} : { parallelTools: !disabled };
  if (type === 'tool') {
    return { toolChoice: { mode: 'named', name: needString(wire['name'], 'tool_choice.name') }, ...parallel };
  }
  const mode = ownValue(MODES, type);
  if (mode === undefined) throw wrongField('tool_choice.type', type, '"auto", "any", "tool" or "none"');
  return { toolChoice: { mode }, ...parallel };
}
