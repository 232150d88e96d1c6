import type { Json, JsonObject } from '../../types/json.ts';
import { isBase64, standardBase64 } from '../../utils/data-url.ts';
import { isObject } from '../../utils/fields.ts';
import { objects } from '../conversation.ts';
import { isOwnProof } from '../ids.ts';
import { refuse } from '../refuse.ts';
import { wordOf } from '../word-of.ts';
import { field } from './read.ts';
import { onlyFields } from './rules.ts';

const PART =
  `text inlineData fileData functionCall functionResponse executableCode codeExecutionResult thought thoughtSignature
  videoMetadata mediaResolution partMetadata toolCall toolResponse`.split(/\s+/);
const PAYLOADS = [
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
  'toolCall',
  'toolResponse',
];
/** Google's documented stand-ins for histories that came from another model. */
const STAND_INS = ['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go'];

/** Refuses contents that generateContent refuses; `signed` demands the thought signatures of the current turn. */
export function checkContents(contents: Json | undefined, signed: boolean): void {
  if (contents === undefined || (Array.isArray(contents) && contents.length === 0)) {
    refuse('* GenerateContentRequest.contents: contents is not specified');
  }
  if (!Array.isArray(contents))
    refuse("Invalid value at 'contents' (type.googleapis.com/google.ai.generativelanguage.v1beta.Content)");
  const odd = contents.findIndex((turn) => !isObject(turn));
  if (odd !== -1)
    refuse(
      `Invalid value at 'contents[${odd}]' (type.googleapis.com/google.ai.generativelanguage.v1beta.Content), ${JSON.stringify(contents[odd])}`,
    );
  const turns = objects(contents);
  for (const [at, turn] of turns.entries()) checkTurn(turn, at);
  checkCalls(turns);
  if (signed) checkSignatures(turns);
}

function checkTurn(turn: JsonObject, at: number): void {
  onlyFields(turn, `contents[${at}]`, ['parts', 'role']);
  const { role } = turn;
  if (role !== undefined && !['user', 'model', 'function'].includes(wordOf(role)))
    refuse('Please use a valid role: user, model.');
  const { parts } = turn;
  if (!Array.isArray(parts) || parts.length === 0)
    refuse(`* GenerateContentRequest.contents[${at}].parts: contents.parts must not be empty.`);
  for (const [index, part] of parts.entries()) {
    const path = `contents[${at}].parts[${index}]`;
    if (!isObject(part))
      refuse(
        `Invalid value at '${path}' (type.googleapis.com/google.ai.generativelanguage.v1beta.Part), ${JSON.stringify(part)}`,
      );
    checkPart(part, path);
  }
}

function checkPart(part: JsonObject, path: string): void {
  onlyFields(part, path, PART);
  const given = PAYLOADS.filter((name) => field(part, name) !== undefined);
  if (given.length === 0)
    refuse(`* GenerateContentRequest.${path}.data: required oneof field 'data' must have one initialized field`);
  if (given.length > 1)
    refuse(`Invalid value at '${path}' (oneof), oneof field 'data' is already set. Cannot set '${given[1]}'`);
  if (part['text'] !== undefined && typeof part['text'] !== 'string')
    refuse(`Invalid value at '${path}.text' (TYPE_STRING), ${JSON.stringify(part['text'])}`);
  const inline = field(part, 'inlineData');
  if (isObject(inline)) checkBlob(inline, `${path}.inline_data`);
  const call = field(part, 'functionCall');
  if (call !== undefined) checkCall(call, `${path}.function_call`);
  const response = field(part, 'functionResponse');
  if (response !== undefined) checkResponse(response, `${path}.function_response`);
  const signature = field(part, 'thoughtSignature');
  if (signature === undefined) return;
  if (typeof signature !== 'string' || !isBytes(signature)) {
    refuse(
      `Invalid value at '${path}.thought_signature' (TYPE_BYTES), Base64 decoding failed for ${JSON.stringify(signature)}`,
    );
  }
}

/** Bytes fields take standard and URL-safe base64, padded or not. */
const isBytes = (text: string): boolean => text === '' || isBase64(standardBase64(text));

function checkBlob(blob: JsonObject, path: string): void {
  onlyFields(blob, path, ['mimeType', 'data', 'displayName']);
  const mime = field(blob, 'mimeType');
  if (typeof mime !== 'string' || !mime.includes('/'))
    refuse(`* GenerateContentRequest.${path}.mime_type: Unsupported MIME type: ${wordOf(mime ?? '')}`);
  if (typeof blob['data'] !== 'string' || blob['data'] === '' || !isBytes(blob['data'])) {
    refuse(
      `Invalid value at '${path}.data' (TYPE_BYTES), Base64 decoding failed for ${JSON.stringify(wordOf(blob['data']).slice(0, 60))}`,
    );
  }
}

function checkCall(call: Json, path: string): void {
  if (!isObject(call))
    refuse(`Invalid value at '${path}' (type.googleapis.com/google.ai.generativelanguage.v1beta.FunctionCall)`);
  onlyFields(call, path, ['id', 'name', 'args', 'partialArgs', 'willContinue']);
  if (typeof call['name'] !== 'string' || call['name'] === '')
    refuse(`* GenerateContentRequest.${path}.name: Name cannot be empty.`);
  const { args } = call;
  if (args !== undefined && args !== null && !isObject(args)) {
    refuse(`Invalid value at '${path}.args' (type.googleapis.com/google.protobuf.Struct), ${JSON.stringify(args)}`);
  }
}

function checkResponse(response: Json, path: string): void {
  if (!isObject(response))
    refuse(`Invalid value at '${path}' (type.googleapis.com/google.ai.generativelanguage.v1beta.FunctionResponse)`);
  onlyFields(response, path, ['id', 'name', 'response', 'parts', 'willContinue', 'scheduling']);
  if (typeof response['name'] !== 'string' || response['name'] === '')
    refuse(`* GenerateContentRequest.${path}.name: Name cannot be empty.`);
  if (!isObject(response['response'])) {
    refuse(
      `Invalid value at '${path}.response' (type.googleapis.com/google.protobuf.Struct), ${JSON.stringify(response['response'] ?? null)}`,
    );
  }
}

const payloads = (turn: JsonObject | undefined, name: string): JsonObject[] =>
  objects(turn?.['parts'])
    .map((part) => field(part, name))
    .filter(isObject);

function checkCalls(turns: readonly JsonObject[]): void {
  for (const [at, turn] of turns.entries()) {
    const calls = payloads(turn, 'functionCall');
    const responses = payloads(turn, 'functionResponse');
    const before = turns[at - 1];
    if (calls.length > 0) {
      if (turn['role'] !== 'model' || before === undefined || before['role'] === 'model') {
        refuse(
          'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
        );
      }
      const answers = payloads(turns[at + 1], 'functionResponse');
      if (turns[at + 1] === undefined || answers.length !== calls.length) unequal();
      const asked = calls.map(({ name }) => wordOf(name)).toSorted();
      const named = answers.map(({ name }) => wordOf(name)).toSorted();
      if (asked.join('\n') !== named.join('\n')) unequal();
    }
    if (responses.length > 0 && payloads(before, 'functionCall').length === 0) {
      refuse('Please ensure that function response turn comes immediately after a function call turn.');
    }
  }
}

function unequal(): never {
  return refuse(
    'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
  );
}

/** The first call of each step since the caller last spoke carries its own signature, unaltered, or a stand-in. */
function checkSignatures(turns: readonly JsonObject[]): void {
  const opening = turns.findLastIndex(
    (turn) => turn['role'] !== 'model' && payloads(turn, 'functionResponse').length === 0,
  );
  for (const [at, turn] of turns.entries()) {
    if (at <= opening || turn['role'] !== 'model') continue;
    const parts = objects(turn['parts']);
    const position = parts.findIndex((part) => field(part, 'functionCall') !== undefined);
    const first = parts[position];
    if (first === undefined) continue;
    const signature = field(first, 'thoughtSignature');
    const [call] = payloads(turn, 'functionCall');
    if (typeof signature !== 'string' || signature === '') {
      refuse(
        `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${wordOf(call?.['name'])}\` , position ${at + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
      );
    }
    if (STAND_INS.includes(signature) || isOwnProof('gemini', standardBase64(signature))) continue;
    refuse('Thought signature is not valid.');
  }
}
