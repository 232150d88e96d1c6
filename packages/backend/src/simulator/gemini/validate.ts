import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import type { Arrival } from '../contract.ts';
import { objects, strings } from '../conversation.ts';
import { refuse } from '../refuse.ts';
import { wordOf } from '../word-of.ts';
import { field } from './read.ts';
import { onlyFields } from './rules.ts';
import { checkContents } from './validate-contents.ts';
import { checkSchema } from './validate-schema.ts';

const TOP =
  `contents systemInstruction tools toolConfig safetySettings generationConfig cachedContent labels model serviceTier store`.split(
    ' ',
  );
const CONFIG = `temperature topP topK candidateCount maxOutputTokens stopSequences seed presencePenalty frequencyPenalty
  responseMimeType responseSchema responseJsonSchema _responseJsonSchema responseFormat responseLogprobs logprobs responseModalities
  mediaResolution speechConfig thinkingConfig imageConfig routingConfig enableEnhancedCivicAnswers audioTimestamp translationConfig
  modelSelectionConfig modelConfig`.split(/\s+/);
const TOOL =
  `functionDeclarations googleSearch googleSearchRetrieval codeExecution urlContext googleMaps computerUse fileSearch
  retrieval enterpriseWebSearch parallelAiSearch mcpServers`.split(/\s+/);
const DECLARATION = `name description parameters parametersJsonSchema response responseJsonSchema behavior`.split(' ');
const NAME = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/;
const STOPS_MAX = 5;
const MODES = ['MODE_UNSPECIFIED', 'AUTO', 'ANY', 'NONE', 'VALIDATED'];
const LEVELS = ['THINKING_LEVEL_UNSPECIFIED', 'MINIMAL', 'LOW', 'MEDIUM', 'HIGH'];

/** Refuses what generateContent refuses. Throws `VendorRefusal`. */
export function checkGemini(body: JsonObject, arrival: Arrival): void {
  const counted = arrival.action === 'count' ? field(body, 'generateContentRequest') : undefined;
  if (isObject(counted)) {
    checkGemini(counted, { ...arrival, action: 'generate' });
    return;
  }
  onlyFields(body, '', TOP);
  checkConfig(body['generationConfig'] === undefined ? body['generation_config'] : body['generationConfig']);
  const declared = checkTools(body['tools']);
  checkToolConfig(field(body, 'toolConfig'), declared);
  checkInstruction(field(body, 'systemInstruction'));
  const signed = arrival.scenario.startsWith('thinking') && !arrival.options.words.includes('lenient');
  checkContents(body['contents'], signed);
}

function checkInstruction(instruction: Json | undefined): void {
  if (instruction === undefined) return;
  if (!isObject(instruction))
    refuse("Invalid value at 'system_instruction' (type.googleapis.com/google.ai.generativelanguage.v1beta.Content)");
  onlyFields(instruction, 'system_instruction', ['parts', 'role']);
  if (objects(instruction['parts']).length === 0)
    refuse('* GenerateContentRequest.system_instruction.parts: contents.parts must not be empty.');
}

function checkConfig(config: Json | undefined): void {
  if (config === undefined) return;
  if (!isObject(config))
    refuse(
      "Invalid value at 'generation_config' (type.googleapis.com/google.ai.generativelanguage.v1beta.GenerationConfig)",
    );
  onlyFields(config, 'generation_config', CONFIG);
  const path = '* GenerateContentRequest.generation_config';
  checkBounds(field(config, 'temperature'), 'temperature', 0, 2);
  checkBounds(field(config, 'topP'), 'top_p', 0, 1);
  checkBounds(field(config, 'maxOutputTokens'), 'max_output_tokens', 1, 2 ** 31 - 1);
  const candidates = field(config, 'candidateCount');
  if (typeof candidates === 'number' && candidates > 1) refuse('Multiple candidates is not enabled for this model');
  const stops = field(config, 'stopSequences');
  if (strings(stops).length > STOPS_MAX)
    refuse(`${path}.stop_sequences: The number of stop sequences must not exceed ${STOPS_MAX}.`);
  if (strings(stops).includes('')) refuse(`${path}.stop_sequences: stop sequences must not be empty.`);
  checkThinking(field(config, 'thinkingConfig'));
  checkResponseSchema(config, path);
}

function checkBounds(value: Json | undefined, name: string, min: number, max: number): void {
  if (value === undefined || value === null) return;
  if (typeof value !== 'number')
    refuse(`Invalid value at 'generation_config.${name}' (TYPE_FLOAT), ${JSON.stringify(value)}`);
  if (value < min || value > max)
    refuse(`* GenerateContentRequest.generation_config.${name}: ${name} must be in the range [${min}, ${max}].`);
}

function checkThinking(thinking: Json | undefined): void {
  if (!isObject(thinking)) return;
  onlyFields(thinking, 'generation_config.thinking_config', ['includeThoughts', 'thinkingBudget', 'thinkingLevel']);
  const level = field(thinking, 'thinkingLevel');
  if (level !== undefined && field(thinking, 'thinkingBudget') !== undefined) {
    refuse('You can only set only one of thinking budget and thinking level.');
  }
  if (level !== undefined && !LEVELS.includes(wordOf(level).toUpperCase())) {
    refuse(
      `Invalid value at 'generation_config.thinking_config.thinking_level' (type.googleapis.com/google.ai.generativelanguage.v1beta.ThinkingConfig.ThinkingLevel), ${JSON.stringify(level)}`,
    );
  }
}

function checkResponseSchema(config: JsonObject, path: string): void {
  const subset = field(config, 'responseSchema');
  const full = field(config, 'responseJsonSchema') ?? config['_responseJsonSchema'];
  if (subset !== undefined && full !== undefined) {
    refuse(`${path}: Only one of response_schema and response_json_schema can be set.`);
  }
  if (subset === undefined && full === undefined) return;
  const mime = field(config, 'responseMimeType');
  if (mime !== 'application/json' && mime !== 'text/x.enum') {
    refuse(
      `${path}.response_mime_type: Response schema requires a response mime type of 'application/json' or 'text/x.enum', got '${wordOf(mime ?? '')}'.`,
    );
  }
  if (subset !== undefined) checkSchema(subset, 'generation_config.response_schema');
}

function checkTools(tools: Json | undefined): number {
  if (tools !== undefined && !Array.isArray(tools))
    refuse("Invalid value at 'tools' (type.googleapis.com/google.ai.generativelanguage.v1beta.Tool)");
  let declared = 0;
  const names = new Set<string>();
  for (const [at, tool] of objects(tools).entries()) {
    onlyFields(tool, `tools[${at}]`, TOOL);
    for (const [index, declaration] of objects(field(tool, 'functionDeclarations')).entries()) {
      const path = `tools[${at}].function_declarations[${index}]`;
      checkDeclaration(declaration, path);
      if (names.has(wordOf(declaration['name'])))
        refuse(`Duplicate function declaration found: ${wordOf(declaration['name'])}`);
      names.add(wordOf(declaration['name']));
      declared += 1;
    }
  }
  return declared;
}

function checkDeclaration(declaration: JsonObject, path: string): void {
  onlyFields(declaration, path, DECLARATION);
  if (typeof declaration['name'] !== 'string' || !NAME.test(declaration['name'])) {
    refuse(
      `* GenerateContentRequest.${path}.name: Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 128.`,
    );
  }
  const { parameters } = declaration;
  if (parameters !== undefined && field(declaration, 'parametersJsonSchema') !== undefined) {
    refuse(`* GenerateContentRequest.${path}: parameters and parameters_json_schema are mutually exclusive.`);
  }
  if (parameters === undefined) return;
  checkSchema(parameters, `${path}.parameters`);
  if (isObject(parameters) && wordOf(parameters['type']).toUpperCase() !== 'OBJECT') {
    refuse(
      `* GenerateContentRequest.${path}.parameters: functionDeclaration parameters schema should be of type OBJECT.`,
    );
  }
}

function checkToolConfig(config: Json | undefined, declared: number): void {
  if (!isObject(config)) return;
  onlyFields(config, 'tool_config', ['functionCallingConfig', 'retrievalConfig', 'includeServerSideToolInvocations']);
  const calling = field(config, 'functionCallingConfig');
  if (!isObject(calling)) return;
  onlyFields(calling, 'tool_config.function_calling_config', [
    'mode',
    'allowedFunctionNames',
    'streamFunctionCallArguments',
  ]);
  const mode = wordOf(calling['mode'] ?? 'AUTO').toUpperCase();
  if (!MODES.includes(mode)) {
    refuse(
      `Invalid value at 'tool_config.function_calling_config.mode' (type.googleapis.com/google.ai.generativelanguage.v1beta.FunctionCallingConfig.Mode), ${JSON.stringify(calling['mode'])}`,
    );
  }
  if (strings(field(calling, 'allowedFunctionNames')).length > 0 && mode !== 'ANY' && mode !== 'VALIDATED') {
    refuse(
      '* GenerateContentRequest.tool_config.function_calling_config.allowed_function_names: allowed_function_names should only be set when the function calling mode is ANY or VALIDATED.',
    );
  }
  if (mode === 'ANY' && declared === 0) refuse('Function calling config is set without function_declarations.');
}
