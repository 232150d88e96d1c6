import type { HostedTool, Tool, ToolChoice } from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import {
  isObject,
  needArray,
  needObject,
  needString,
  optionalArray,
  optionalObject,
  optionalString,
  ownValue,
  wrongField,
} from '../../utils/fields.ts';
import { fromOpenApi } from './schema.ts';
import { fieldOf, withCamelKeys } from './wire.ts';

const HOSTED: Readonly<Record<string, HostedTool['hosted']>> = {
  googleSearch: 'web-search',
  googleSearchRetrieval: 'web-search',
  enterpriseWebSearch: 'web-search',
  codeExecution: 'code-execution',
};

function decodeFunction(wire: Json, path: string): Tool {
  const declaration = needObject(wire, path);
  const name = needString(declaration['name'], `${path}.name`);
  if (name === '') throw wrongField(`${path}.name`, name, 'the name of a function');
  const description = optionalString(declaration['description'], `${path}.description`);
  const native = optionalObject(fieldOf(declaration, 'parametersJsonSchema'), `${path}.parametersJsonSchema`);
  const subset = optionalObject(declaration['parameters'], `${path}.parameters`);
  const schema = native ?? (subset === undefined ? undefined : fromOpenApi(subset));
  return {
    kind: 'function',
    name,
    ...(description !== undefined && { description }),
    ...(schema !== undefined && { schema }),
  };
}

/** `tools`: each entry may hold function declarations and tools that run at the provider, side by side. */
export function decodeTools(wire: Json | undefined): (Tool | HostedTool)[] {
  const list = isObject(wire) ? [wire] : (optionalArray(wire, 'tools') ?? []);
  return list.flatMap((entry, at) => {
    const tool = withCamelKeys(needObject(entry, `tools[${at}]`));
    return Object.entries(tool).flatMap(([key, value]): (Tool | HostedTool)[] => {
      if (value === undefined || value === null) return [];
      const path = `tools[${at}].${key}`;
      if (key === 'functionDeclarations')
        return needArray(value, path).map((item, index) => decodeFunction(item, `${path}[${index}]`));
      return [{ kind: 'hosted', hosted: ownValue(HOSTED, key) ?? 'other', format: 'gemini', raw: { [key]: value } }];
    });
  });
}

function namesOf(wire: Json | undefined, path: string): string[] {
  return (optionalArray(wire, path) ?? []).map((name, at) => needString(name, `${path}[${at}]`));
}

/** `functionCallingConfig` to a choice. VALIDATED without names is `auto`: both let the model choose. */
export function decodeToolChoice(toolConfig: JsonObject | undefined): ToolChoice | undefined {
  const path = 'toolConfig.functionCallingConfig';
  const config =
    toolConfig === undefined ? undefined : optionalObject(fieldOf(toolConfig, 'functionCallingConfig'), path);
  if (config === undefined) return undefined;
  const mode = optionalString(config['mode'], `${path}.mode`)?.toUpperCase();
  const names = namesOf(fieldOf(config, 'allowedFunctionNames'), `${path}.allowedFunctionNames`);
  const [only] = names;
  switch (mode) {
    case undefined:
    case '':
    case 'MODE_UNSPECIFIED':
      return undefined;
    case 'NONE':
      return { mode: 'none' };
    case 'AUTO':
      return { mode: 'auto' };
    case 'VALIDATED':
      return names.length === 0 ? { mode: 'auto' } : { mode: 'allowed', names, required: false };
    case 'ANY':
      if (only === undefined) return { mode: 'required' };
      return names.length === 1 ? { mode: 'named', name: only } : { mode: 'allowed', names, required: true };
    default:
      throw wrongField(`${path}.mode`, config['mode'], 'AUTO, ANY, NONE or VALIDATED');
  }
}
