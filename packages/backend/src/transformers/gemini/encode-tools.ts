import { GatewayError } from '../../types/errors.ts';
import type { HostedTool, Tool, UnifiedChatRequest } from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import type { EncodeContext } from './encode-parts.ts';
import { toOpenApi } from './schema.ts';

const CUSTOM_SCHEMA = { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] };

const HOSTED: Readonly<Record<HostedTool['hosted'], JsonObject | undefined>> = {
  'web-search': { googleSearch: {} },
  'code-execution': { codeExecution: {} },
  other: undefined,
};

/** An object schema without properties is refused as `parameters`; such a tool is declared without any. */
function takesNothing(schema: Json | undefined): boolean {
  if (!isObject(schema)) return schema === undefined;
  const { properties, $ref, anyOf, oneOf, allOf, additionalProperties } = schema;
  const isOpen = [$ref, anyOf, oneOf, allOf].some((value) => value !== undefined) || isObject(additionalProperties);
  return !isOpen && (properties === undefined || (isObject(properties) && Object.keys(properties).length === 0));
}

function encodeFunction(tool: Tool, { target, names, noteLoss }: EncodeContext): JsonObject {
  const { description } = tool;
  const schema: Json | undefined = tool.kind === 'custom' ? CUSTOM_SCHEMA : tool.schema;
  const head = { name: names.toWire(tool.name), ...(description !== undefined && { description }) };
  if (takesNothing(schema) || schema === undefined) return head;
  if (target.quirks.openApiSchema !== true) return { ...head, parametersJsonSchema: schema };
  const note = (what: string, path: string, reason: string): void => noteLoss(`gemini.${what}`, path, reason);
  return { ...head, parameters: toOpenApi(schema, `tools.${tool.name}.parameters`, note) };
}

/** A tool that runs at Google; those of other APIs only where no function tool stands beside, which older models refuse. */
function encodeHosted(tool: HostedTool, hasFunctions: boolean, { noteLoss }: EncodeContext): JsonObject[] {
  if (tool.format === 'gemini') return [tool.raw as JsonObject];
  const known = HOSTED[tool.hosted];
  if (known !== undefined && !hasFunctions) return [known];
  const reason = known === undefined ? 'Gemini has no such tool' : 'Gemini does not mix its own tools with functions';
  noteLoss('gemini.hosted-tool', 'tools', `${hostedName(tool)}: ${reason}`);
  return [];
}

function hostedName({ raw, hosted }: HostedTool): string {
  const type = isObject(raw) ? (raw['type'] ?? raw['name']) : undefined;
  return typeof type === 'string' ? type : hosted;
}

/** `tools`, or absent when nothing is left. Functions first, all in one entry. */
export function encodeTools(tools: UnifiedChatRequest['tools'], context: EncodeContext): JsonObject[] | undefined {
  const functions = tools.filter((tool): tool is Tool => tool.kind !== 'hosted');
  const hosted = tools.filter((tool): tool is HostedTool => tool.kind === 'hosted');
  if (functions.some(({ cache }) => cache !== undefined)) {
    context.noteLoss('gemini.cache-mark', 'tools', 'Gemini caches by itself and takes no breakpoints');
  }
  const declarations = functions.map((tool) => encodeFunction(tool, context));
  const entries = [
    ...(declarations.length > 0 ? [{ functionDeclarations: declarations }] : []),
    ...hosted.flatMap((tool) => encodeHosted(tool, declarations.length > 0, context)),
  ];
  return entries.length > 0 ? entries : undefined;
}

/** `functionCallingConfig`, or absent. A choice without function tools is left out, as many clients send one. */
export function encodeToolChoice(request: UnifiedChatRequest, context: EncodeContext): JsonObject | undefined {
  const functions = request.tools.filter((tool): tool is Tool => tool.kind !== 'hosted');
  const choice = request.toolChoice;
  refuseForeignChoice(request, functions);
  if (functions.length === 0) return undefined;
  // VALIDATED holds calls to their schema, which is what `strict` asks for.
  const free = functions.some(({ strict }) => strict === true) ? 'VALIDATED' : 'AUTO';
  switch (choice?.mode) {
    case undefined:
      return free === 'VALIDATED' ? { mode: free } : undefined;
    case 'auto':
      return { mode: free };
    case 'none':
      return { mode: 'NONE' };
    case 'required':
      return { mode: 'ANY' };
    case 'named':
      return { mode: 'ANY', allowedFunctionNames: [context.names.toWire(choice.name)] };
    case 'allowed':
      return {
        mode: choice.required ? 'ANY' : 'VALIDATED',
        allowedFunctionNames: choice.names.map(context.names.toWire),
      };
    default:
      return choice satisfies never;
  }
}

/** A forced tool that is not among the functions runs at a provider; it cannot be forced at Google. */
function refuseForeignChoice({ toolChoice, tools }: UnifiedChatRequest, functions: readonly Tool[]): void {
  if (toolChoice?.mode !== 'named' || functions.some(({ name }) => name === toolChoice.name)) return;
  if (tools.length === 0) return;
  throw new GatewayError(
    'request_unsupported',
    `tool_choice: Gemini cannot be made to call "${toolChoice.name}", which is no function tool`,
    {
      field: 'tool_choice',
    },
  );
}
