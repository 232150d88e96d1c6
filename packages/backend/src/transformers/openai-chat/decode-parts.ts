import { GatewayError } from '../../types/errors.ts';
import type { CacheMark, MediaPart, OpaquePart, Part, TextPart } from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isBase64, parseDataUrl, standardBase64 } from '../../utils/data-url.ts';
import { describe, isObject, needObject, needString, optionalString, wrongField } from '../../utils/fields.ts';

/** What a content list may hold, before an assistant's calls and thoughts are added. */
export type ContentPart = TextPart | MediaPart | OpaquePart;

type Decode = (part: JsonObject, field: string) => ContentPart;

const AUDIO_MIMES: ReadonlyMap<string, string> = new Map([
  ['wav', 'audio/wav'],
  ['mp3', 'audio/mp3'],
]);

const decodeText: Decode = (part, field) => ({
  type: 'text',
  text: needString(part['text'], `${field}.text`),
  ...cacheField(part),
});

const DECODERS: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['text', decodeText],
  // Clients that share history with the Responses API replay its names.
  ['input_text', decodeText],
  ['output_text', decodeText],
  [
    'refusal',
    (part, field) => ({ type: 'text', text: needString(part['refusal'], `${field}.refusal`), refusal: true }),
  ],
  ['image_url', decodeImage],
  ['input_audio', decodeAudio],
  ['file', decodeFile],
]);

/** `content` of a message: a text, a list of parts, or nothing. Throws `request_invalid` with the part's path. */
export function decodeContent(content: Json | undefined, field: string): ContentPart[] {
  if (content === undefined || content === null || content === '') return [];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!Array.isArray(content)) throw wrongField(field, content, 'a string or an array of parts');
  return content.map((value, index) => decodePart(value, `${field}[${index}]`));
}

function decodePart(value: Json, field: string): ContentPart {
  if (typeof value === 'string') return { type: 'text', text: value };
  const part = needObject(value, field);
  const decode = DECODERS.get(needString(part['type'], `${field}.type`));
  return decode === undefined ? { type: 'opaque', format: 'openai-chat', raw: part } : decode(part, field);
}

function decodeImage(part: JsonObject, field: string): MediaPart {
  const image = part['image_url'];
  const url = isObject(image) ? image['url'] : image;
  const urlField = isObject(image) ? `${field}.image_url.url` : `${field}.image_url`;
  const detail = isObject(image) ? optionalString(image['detail'], `${field}.image_url.detail`) : undefined;
  const text = needString(url, urlField);
  const shared = {
    type: 'media',
    kind: 'image',
    ...(detail !== undefined && { detail }),
    ...cacheField(part),
  } as const;
  if (/^https?:\/\/\S+$/i.test(text)) return { ...shared, source: { type: 'url', url: text } };
  const { mime, data } = needData(text, urlField, 'an http(s) URL or a data URL with base64 data');
  return { ...shared, mime, source: { type: 'data', data } };
}

function decodeAudio(part: JsonObject, field: string): MediaPart {
  const audio = needObject(part['input_audio'], `${field}.input_audio`);
  const format = needString(audio['format'], `${field}.input_audio.format`).toLowerCase();
  const data = needBase64(needString(audio['data'], `${field}.input_audio.data`), `${field}.input_audio.data`);
  const mime = AUDIO_MIMES.get(format) ?? `audio/${format}`;
  return { type: 'media', kind: 'audio', mime, source: { type: 'data', data }, ...cacheField(part) };
}

function decodeFile(part: JsonObject, field: string): MediaPart {
  const file = needObject(part['file'], `${field}.file`);
  const name = optionalString(file['filename'], `${field}.file.filename`);
  const id = optionalString(file['file_id'], `${field}.file.file_id`);
  const shared = { type: 'media', ...(name !== undefined && { name }), ...cacheField(part) } as const;
  if (id !== undefined) return { ...shared, kind: 'document', source: { type: 'file', id, format: 'openai-chat' } };
  const dataField = `${field}.file.file_data`;
  const text = needString(file['file_data'], dataField);
  if (/^https?:\/\/\S+$/i.test(text)) return { ...shared, kind: 'document', source: { type: 'url', url: text } };
  // A file without a data URL's head is what the only kind of file was for long: a PDF.
  const { mime, data } = text.startsWith('data:')
    ? needData(text, dataField, 'a data URL with base64 data')
    : { mime: 'application/pdf', data: needBase64(text, dataField) };
  return { ...shared, kind: kindOfMime(mime), mime, source: { type: 'data', data } };
}

function kindOfMime(mime: string): MediaPart['kind'] {
  const [kind] = mime.split('/');
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'document';
}

function needData(url: string, field: string, wanted: string): { mime: string; data: string } {
  const parsed = parseDataUrl(url);
  if (parsed !== undefined && isBase64(parsed.data)) return parsed;
  const what = parsed === undefined ? describe(url) : 'data that does not decode, or none';
  throw new GatewayError('request_invalid', `${field}: expected ${wanted}, got ${what}`, { field });
}

function needBase64(text: string, field: string): string {
  const data = parseDataUrl(text)?.data ?? standardBase64(text);
  if (isBase64(data)) return data;
  throw new GatewayError('request_invalid', `${field}: expected base64 data, got data that does not decode, or none`, {
    field,
  });
}

/** A cache breakpoint in OpenAI's words, or in Anthropic's, which many Chat clients use for Claude. */
export function cacheField(part: JsonObject): { cache?: CacheMark } {
  const own = part['prompt_cache_breakpoint'];
  if (isObject(own)) return { cache: { ttl: own['ttl'] === '12h' ? '1h' : '5m' } };
  const foreign = part['cache_control'];
  if (isObject(foreign)) return { cache: { ttl: foreign['ttl'] === '1h' ? '1h' : '5m' } };
  return {};
}

/** The text of parts that must be text, with the cache mark of each. Throws `request_invalid` otherwise. */
export function needTexts(parts: readonly Part[], field: string): TextPart[] {
  return parts.map((part, index) => {
    if (part.type === 'text') return part;
    throw new GatewayError('request_invalid', `${field}[${index}]: expected a text part in this message`, {
      field: `${field}[${index}]`,
    });
  });
}
