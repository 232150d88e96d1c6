import { GatewayError } from '../../types/errors.ts';
import type { NoteLoss } from '../../types/format.ts';
import type { MediaPart, OpaquePart, TextPart } from '../../types/ir/request.ts';
import type { JsonObject } from '../../types/json.ts';
import { toDataUrl } from '../../utils/data-url.ts';
import { isObject } from '../../utils/fields.ts';

const AUDIO_FORMATS: ReadonlyMap<string, string> = new Map([
  ['audio/wav', 'wav'],
  ['audio/x-wav', 'wav'],
  ['audio/wave', 'wav'],
  ['audio/mp3', 'mp3'],
  ['audio/mpeg', 'mp3'],
]);

function unsupported(field: string, what: string): GatewayError {
  return new GatewayError('request_unsupported', `${field}: ${what} cannot be sent to a Chat Completions target`, {
    field,
  });
}

/** One part of a user message, or absent when it was dropped with a noted loss. Throws `request_unsupported`. */
function encodePart(part: TextPart | MediaPart | OpaquePart, field: string, note: NoteLoss): JsonObject | undefined {
  if (part.type === 'text') return { type: 'text', text: part.text };
  if (part.type === 'media') return encodeMedia(part, field);
  if (part.format === 'openai-chat' && isObject(part.raw)) return part.raw;
  note('openai-chat.opaque-part', field, `a part that only ${part.format} understands was left out`);
  return undefined;
}

/** Several parts; `fieldOf` names the field of each in errors and losses. */
export function encodeParts(
  parts: readonly (TextPart | MediaPart | OpaquePart)[],
  fieldOf: (index: number) => string,
  note: NoteLoss,
): JsonObject[] {
  const wires: JsonObject[] = [];
  parts.forEach((part, index) => {
    const wire = encodePart(part, fieldOf(index), note);
    if (wire !== undefined) wires.push(wire);
  });
  return wires;
}

function encodeMedia(part: MediaPart, field: string): JsonObject {
  const { kind, source } = part;
  if (source.type === 'file') return fileById(part, field);
  if (source.type === 'text') return { type: 'text', text: named(part, source.text) };
  if (kind === 'image') return imagePart(part, source);
  if (source.type === 'url') throw unsupported(field, `a ${kind} by URL`);
  if (kind === 'audio') return audioPart(part, source.data, field);
  if (kind === 'video') throw unsupported(field, 'video');
  return filePart(part, source.data);
}

type Source<T extends MediaPart['source']['type']> = Extract<MediaPart['source'], { type: T }>;

function imagePart({ detail, mime = 'image/png' }: MediaPart, source: Source<'url' | 'data'>): JsonObject {
  const url = source.type === 'url' ? source.url : toDataUrl({ mime, data: source.data });
  return { type: 'image_url', image_url: { url, ...(detail !== undefined && { detail }) } };
}

function audioPart({ mime }: MediaPart, data: string, field: string): JsonObject {
  const format = AUDIO_FORMATS.get(mime ?? '');
  if (format === undefined) throw unsupported(field, `audio of the type ${mime ?? 'unknown'} (only wav and mp3)`);
  return { type: 'input_audio', input_audio: { data, format } };
}

function filePart({ mime = 'application/pdf', name }: MediaPart, data: string): JsonObject {
  // OpenAI wants a name for every file, and reads its type from the ending.
  const filename = name ?? (mime === 'application/pdf' ? 'document.pdf' : 'document');
  return { type: 'file', file: { filename, file_data: toDataUrl({ mime, data }) } };
}

function fileById({ kind, source, name }: MediaPart, field: string): JsonObject {
  // OpenAI's two APIs share one file store; an id of anyone else means nothing there.
  const own = source.type === 'file' && (source.format === 'openai-chat' || source.format === 'openai-responses');
  if (!own || kind !== 'document') throw unsupported(field, 'a file that was uploaded to another API');
  return { type: 'file', file: { file_id: source.id, ...(name !== undefined && { filename: name }) } };
}

function named({ name }: MediaPart, text: string): string {
  return name === undefined ? text : `${name}\n\n${text}`;
}
