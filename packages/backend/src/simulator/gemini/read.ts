import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, softString } from '../../utils/fields.ts';
import type { Arrival, Ask, DeclaredTool, ReceivedMedia } from '../contract.ts';
import {
  EMPTY_TURN,
  inlineMedia,
  inputTokensOf,
  mediaOfUrl,
  objects,
  readHistory,
  strings,
  type Turn,
} from '../conversation.ts';
import { digest } from '../ids.ts';
import { wordOf } from '../word-of.ts';

/** A field by its camel-case name, or by the snake-case name that the API takes as well. */
export function field(source: JsonObject, name: string): Json | undefined {
  return source[name] ?? source[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
}

const part = (source: JsonObject, name: string): JsonObject | undefined => {
  const value = field(source, name);
  return isObject(value) ? value : undefined;
};

/** generateContent body, already checked, to what scenarios look at. */
export function readGemini(body: JsonObject, { model, action, url }: Arrival): Ask {
  const config = part(body, 'generationConfig') ?? {};
  const thinking = part(config, 'thinkingConfig') ?? {};
  const calling = part(part(body, 'toolConfig') ?? {}, 'functionCallingConfig') ?? {};
  const mode = wordOf(calling['mode'] ?? 'AUTO').toUpperCase();
  const contents = objects(body['contents']);
  return {
    format: 'gemini',
    model,
    stream: action === 'stream',
    seed: digest(32, model, JSON.stringify(body)),
    ...readHistory(contents.map(turnOf)),
    tools:
      mode === 'NONE'
        ? []
        : objects(body['tools']).flatMap((tool) => objects(field(tool, 'functionDeclarations')).map(toolOf)),
    parallel: true,
    forcedTool: mode === 'ANY' ? (strings(field(calling, 'allowedFunctionNames'))[0] ?? '*') : undefined,
    schema: schemaOf(config),
    stopSequences: strings(field(config, 'stopSequences')),
    inputTokens: inputTokensOf(body),
    wantsUsage: true,
    reasoningOff: field(thinking, 'thinkingBudget') === 0,
    reasoningVisible: field(thinking, 'includeThoughts') === true,
    wantsEncrypted: true,
    asArray: url.searchParams.get('alt') !== 'sse',
  };
}

function toolOf(declared: JsonObject): DeclaredTool {
  const schema = part(declared, 'parametersJsonSchema') ?? part(declared, 'parameters') ?? {};
  return { name: softString(declared['name']) ?? '', schema };
}

function schemaOf(config: JsonObject): JsonObject | undefined {
  const schema = part(config, 'responseJsonSchema') ?? part(config, 'responseSchema');
  return schema ?? (field(config, 'responseMimeType') === 'application/json' ? {} : undefined);
}

function turnOf(content: JsonObject): Turn {
  const parts = objects(content['parts']);
  const responses = parts.map((one) => part(one, 'functionResponse')).filter((one) => one !== undefined);
  const inside = responses.flatMap((response) => objects(response['parts']));
  return {
    ...EMPTY_TURN,
    role: content['role'] === 'model' ? 'assistant' : 'user',
    text: parts.flatMap((one) => (one['thought'] === true ? [] : (softString(one['text']) ?? []))).join('\n'),
    results: responses.map((response) => ({
      name: softString(response['name']),
      text: resultText(isObject(response['response']) ? response['response'] : {}),
    })),
    calls: parts.filter((one) => part(one, 'functionCall') !== undefined).length,
    proofs: parts.filter((one) => field(one, 'thoughtSignature') !== undefined).length,
    media: [...inside, ...parts].flatMap(mediaOf),
  };
}

/** `{output: "…"}`, `{result: "…"}` and `{error: "…"}` are read as their text, anything else as JSON. */
function resultText(response: JsonObject): string {
  const [only, ...others] = Object.entries(response);
  const plain = only !== undefined && others.length === 0 && ['output', 'result', 'error'].includes(only[0]);
  return plain && typeof only[1] === 'string' ? only[1] : JSON.stringify(response);
}

function mediaOf(one: JsonObject): ReceivedMedia[] {
  const inline = part(one, 'inlineData');
  if (inline !== undefined)
    return [inlineMedia(softString(field(inline, 'mimeType')) ?? '', softString(inline['data']) ?? '')];
  const file = part(one, 'fileData');
  if (file === undefined) return [];
  return [mediaOfUrl(softString(field(file, 'fileUri')) ?? '', softString(field(file, 'mimeType')))];
}
