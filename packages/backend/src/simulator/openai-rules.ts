import type { Json, JsonObject } from '../types/json.ts';
import { isObject } from '../utils/fields.ts';
import { objects, strings } from './conversation.ts';
import { kindOf, refuse } from './refuse.ts';
import { wordOf } from './word-of.ts';

/** Rules that Chat and Responses share, in the words of OpenAI's current validator. */

const NAME_MAX = 64;

const INTEGERS: ReadonlySet<string> = new Set([
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'n',
  'top_logprobs',
]);

export function missing(path: string): never {
  return refuse(`Missing required parameter: '${path}'.`, { param: path, code: 'missing_required_parameter' });
}

export function wrongType(path: string, wanted: string, value: Json | undefined): never {
  return refuse(`Invalid type for '${path}': expected ${wanted}, but got ${kindOf(value)} instead.`, {
    param: path,
    code: 'invalid_type',
  });
}

export function unsupported(path: string, value: Json | undefined, supported: readonly string[]): never {
  const quotedNames = supported.map((one) => `'${one}'`);
  const last = quotedNames.pop() ?? '';
  const list =
    quotedNames.length === 0 ? last : `${quotedNames.join(', ')}${quotedNames.length > 1 ? ',' : ''} and ${last}`;
  return refuse(`Invalid value: '${wordOf(value)}'. Supported values are: ${list}.`, {
    param: path,
    code: 'invalid_value',
  });
}

/** Unknown keys of a nested object: `cache_control` is the one that translators forget. */
export function onlyKeys(value: JsonObject, path: string, known: ReadonlySet<string>): void {
  const stray = Object.keys(value).find((key) => !known.has(key));
  if (stray !== undefined)
    refuse(`Unknown parameter: '${path}.${stray}'.`, { param: `${path}.${stray}`, code: 'unknown_parameter' });
}

export function checkLength(path: string, value: Json | undefined, max: number): void {
  if (typeof value !== 'string' || value.length <= max) return;
  refuse(
    `Invalid '${path}': string too long. Expected a string with maximum length ${max}, but got a string with length ${value.length} instead.`,
    { param: path, code: 'string_above_max_length' },
  );
}

export function checkName(path: string, value: Json | undefined): void {
  if (value === undefined) missing(path);
  if (typeof value !== 'string') wrongType(path, 'a string', value);
  checkLength(path, value, NAME_MAX);
  if (/^[a-zA-Z0-9_-]+$/.test(value)) return;
  refuse(
    `Invalid '${path}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
    {
      param: path,
      code: 'invalid_value',
    },
  );
}

export function checkRange(path: string, value: Json | undefined, min: number, max: number): void {
  if (value === undefined || value === null) return;
  const kind = INTEGERS.has(path) ? 'integer' : 'decimal';
  if (typeof value !== 'number') wrongType(path, kind === 'integer' ? 'an integer' : 'a decimal', value);
  if (value < min) {
    refuse(`Invalid '${path}': ${kind} below minimum value. Expected a value >= ${min}, but got ${value} instead.`, {
      param: path,
      code: `${kind}_below_min_value`,
    });
  }
  if (value > max) {
    refuse(`Invalid '${path}': ${kind} above maximum value. Expected a value <= ${max}, but got ${value} instead.`, {
      param: path,
      code: `${kind}_above_max_value`,
    });
  }
}

export function checkCount(path: string, value: Json | undefined, max: number): void {
  if (!Array.isArray(value) || value.length <= max) return;
  refuse(
    `Invalid '${path}': array too long. Expected an array with maximum length ${max}, but got an array with length ${value.length} instead.`,
    { param: path, code: 'array_above_max_length' },
  );
}

export function checkNotEmpty(path: string, value: Json | undefined): void {
  if (!Array.isArray(value) || value.length > 0) return;
  refuse(`Invalid '${path}': empty array. Expected an array with minimum length 1, but got an empty array instead.`, {
    param: path,
    code: 'empty_array',
  });
}

/** A data URL with an image type, or an https address. */
export function checkImageUrl(path: string, value: Json | undefined): void {
  if (typeof value !== 'string') wrongType(path, 'an image URL', value);
  if (/^https?:\/\/\S+$/.test(value)) return;
  const [, mime, data] = /^data:([^;,]*)(?:;[^,]*)?;base64,(.*)$/s.exec(value) ?? [];
  if (mime === undefined || data === undefined) {
    refuse(
      `Invalid '${path}'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got a value without the 'data:' prefix.`,
      { param: path, code: 'invalid_value' },
    );
  }
  const format = /^image\/(png|jpe?g|gif|webp)$/i.test(mime);
  if (!format || data.length === 0 || data.length % 4 !== 0 || /[^A-Za-z0-9+/=]/.test(data)) {
    refuse(
      "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp'].",
      {
        code: 'invalid_image_format',
      },
    );
  }
}

/** A file needs a name beside its data, and its data as a data URL. */
export function checkFile(path: string, file: JsonObject): void {
  const given = file['file_data'];
  if (given === undefined) return;
  if (typeof given !== 'string') wrongType(`${path}.file_data`, 'a string', given);
  if (file['filename'] === undefined) missing(`${path}.filename`);
  if (/^data:[^;,]+(?:;[^,]*)?;base64,[A-Za-z0-9+/]+=*$/.test(given)) return;
  refuse(
    `Invalid '${path}.file_data'. Expected a base64-encoded data URL with an application/pdf MIME type (e.g. 'data:application/pdf;base64,aW1nIGJ5dGVzIGhlcmU='), but got a value without the 'data:' prefix.`,
    { param: `${path}.file_data`, code: 'invalid_value' },
  );
}

/** The root of a tool's schema, and with `strict` every object below it. */
export function checkToolSchema(name: string, path: string, schema: Json | undefined, strict: boolean): void {
  if (schema === undefined || schema === null) return;
  if (!isObject(schema)) wrongType(path, 'an object', schema);
  const label = `Invalid schema for function '${name}'`;
  checkRoot(label, path, schema);
  if (strict) checkStrict(label, path, schema, []);
}

/** The schema of structured output, whose `name` has been checked. */
export function checkFormatSchema(name: string, path: string, schema: Json | undefined, strict: boolean): void {
  if (schema === undefined) missing(path);
  if (!isObject(schema)) wrongType(path, 'an object', schema);
  const label = `Invalid schema for response_format '${name}'`;
  checkRoot(label, path, schema);
  if (strict) checkStrict(label, path, schema, []);
}

function checkRoot(label: string, path: string, schema: JsonObject): void {
  const type = schema['type'];
  if (type === 'object' || (type === undefined && Object.keys(schema).length === 0)) return;
  const got = type === undefined ? 'None' : wordOf(type);
  refuse(`${label}: schema must be a JSON Schema of 'type: "object"', got 'type: "${got}"'.`, {
    param: path,
    code: codeFor(label),
  });
}

function checkStrict(label: string, param: string, schema: JsonObject, context: readonly string[]): void {
  const where = `In context=(${context.map((one) => `'${one}'`).join(', ')}${context.length === 1 ? ',' : ''})`;
  const types = [schema['type']].flat();
  if (types.includes('object') || schema['properties'] !== undefined) {
    if (schema['additionalProperties'] !== false) {
      refuse(`${label}: ${where}, 'additionalProperties' is required to be supplied and to be false.`, {
        param,
        code: codeFor(label),
      });
    }
    const required = strings(schema['required']);
    const lost = Object.keys(isObject(schema['properties']) ? schema['properties'] : {}).find(
      (key) => !required.includes(key),
    );
    if (lost !== undefined) {
      refuse(
        `${label}: ${where}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${lost}'.`,
        { param, code: codeFor(label) },
      );
    }
  }
  for (const [key, part] of childrenOf(schema)) checkStrict(label, param, part, [...context, ...key]);
}

function* childrenOf(schema: JsonObject): Generator<[string[], JsonObject]> {
  for (const holder of ['properties', '$defs', 'definitions']) {
    const held = schema[holder];
    for (const [name, part] of Object.entries(isObject(held) ? held : {}))
      if (isObject(part)) yield [[holder, name], part];
  }
  if (isObject(schema['items'])) yield [['items'], schema['items']];
  for (const [at, part] of objects(schema['anyOf']).entries()) yield [['anyOf', String(at)], part];
}

const codeFor = (label: string): string =>
  label.includes('function') ? 'invalid_function_parameters' : 'invalid_json_schema';
