import type { CacheMark, Citation, MediaPart, TextPart } from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isBase64, parseDataUrl, standardBase64 } from '../../utils/data-url.ts';
import {
  isObject,
  needArray,
  needObject,
  needString,
  optionalString,
  ownValue,
  softCount,
  softString,
  wrongField,
} from '../../utils/fields.ts';
import { FORMAT } from './wire.ts';

type ContentPart = TextPart | MediaPart;

const AUDIO_MIMES: Readonly<Record<string, string>> = { wav: 'audio/wav', mp3: 'audio/mpeg' };
const FILE_MIMES: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  json: 'application/json',
  html: 'text/html',
  xml: 'application/xml',
};

/** A breakpoint of this API lives 30 minutes or 12 hours; the nearest lives elsewhere are 5 minutes and 1 hour. */
function cacheOf(part: JsonObject): { cache?: CacheMark } {
  const mark = part['prompt_cache_breakpoint'];
  return isObject(mark) ? { cache: { ttl: mark['ttl'] === '12h' ? '1h' : '5m' } } : {};
}

/** One annotation to a citation. Everything but a web address keeps its raw form, for this API only. */
export function decodeAnnotation(annotation: Json): Citation | undefined {
  if (!isObject(annotation)) return undefined;
  const url = softString(annotation['url']);
  const title = softString(annotation['title']) ?? softString(annotation['filename']);
  const start = softCount(annotation['start_index']);
  const end = softCount(annotation['end_index']);
  return {
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
    raw: { format: FORMAT, value: annotation },
  };
}

function inlineData(text: string, field: string, mimeIfBare: string): { mime: string; data: string } {
  const inline = parseDataUrl(text) ?? { mime: mimeIfBare, data: standardBase64(text) };
  if (isBase64(inline.data)) return inline;
  throw wrongField(field, text, 'base64 data that decodes to at least one byte');
}

function imagePart(part: JsonObject, path: string): MediaPart {
  const detail = optionalString(part['detail'], `${path}.detail`);
  const head = { type: 'media', kind: 'image', ...(detail !== undefined && { detail }), ...cacheOf(part) } as const;
  const fileId = optionalString(part['file_id'], `${path}.file_id`);
  if (fileId !== undefined) return { ...head, source: { type: 'file', id: fileId, format: FORMAT } };
  const url = needString(part['image_url'], `${path}.image_url`);
  if (!url.startsWith('data:')) {
    if (/^https?:\/\/\S/i.test(url)) return { ...head, source: { type: 'url', url } };
    throw wrongField(`${path}.image_url`, url, 'an http(s) address or a data URL');
  }
  const { mime, data } = inlineData(url, `${path}.image_url`, '');
  return { ...head, mime, source: { type: 'data', data } };
}

function filePart(part: JsonObject, path: string): MediaPart {
  const name = optionalString(part['filename'], `${path}.filename`);
  const head = { type: 'media', kind: 'document', ...(name !== undefined && { name }), ...cacheOf(part) } as const;
  const fileId = optionalString(part['file_id'], `${path}.file_id`);
  if (fileId !== undefined) return { ...head, source: { type: 'file', id: fileId, format: FORMAT } };
  const url = optionalString(part['file_url'], `${path}.file_url`);
  if (url !== undefined) return { ...head, source: { type: 'url', url } };
  const extension = name?.split('.').pop()?.toLowerCase() ?? '';
  const text = needString(part['file_data'], `${path}.file_data`);
  const { mime, data } = inlineData(text, `${path}.file_data`, ownValue(FILE_MIMES, extension) ?? 'application/pdf');
  return { ...head, mime, source: { type: 'data', data } };
}

function audioPart(part: JsonObject, path: string): MediaPart {
  const audio = needObject(part['input_audio'], `${path}.input_audio`);
  const format = needString(audio['format'], `${path}.input_audio.format`);
  const mime = ownValue(AUDIO_MIMES, format);
  if (mime === undefined) throw wrongField(`${path}.input_audio.format`, format, '"wav" or "mp3"');
  const { data } = inlineData(needString(audio['data'], `${path}.input_audio.data`), `${path}.input_audio.data`, mime);
  return { type: 'media', kind: 'audio', mime, source: { type: 'data', data } };
}

function textPart(part: JsonObject, path: string): TextPart {
  const annotations = Array.isArray(part['annotations']) ? part['annotations'] : [];
  const citations = annotations.flatMap((annotation) => decodeAnnotation(annotation) ?? []);
  const text = needString(part['text'], `${path}.text`);
  return { type: 'text', text, ...(citations.length > 0 && { citations }), ...cacheOf(part) };
}

const PARTS: Readonly<Record<string, (part: JsonObject, path: string) => ContentPart>> = {
  input_text: textPart,
  output_text: textPart,
  // Not this API's word, but several clients send it and its meaning is plain.
  text: textPart,
  refusal: (part, path) => ({ type: 'text', text: needString(part['refusal'], `${path}.refusal`), refusal: true }),
  input_image: imagePart,
  input_file: filePart,
  input_audio: audioPart,
};

/** Message content or a tool's output, a string or an array of parts. Throws `request_invalid` naming the part. */
export function decodeContent(content: Json | undefined, path: string): ContentPart[] {
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  if (!Array.isArray(content)) throw wrongField(path, content, 'a string or an array of parts');
  return needArray(content, path).map((value, index) => {
    const at = `${path}[${index}]`;
    const part = needObject(value, at);
    const type = needString(part['type'], `${at}.type`);
    const decode = ownValue(PARTS, type);
    if (decode === undefined) throw wrongField(`${at}.type`, type, `one of ${Object.keys(PARTS).join(', ')}`);
    return decode(part, at);
  });
}
