import { GatewayError } from '../../types/errors.ts';
import type { NoteLoss } from '../../types/format.ts';
import type { FormatId } from '../../types/format-id.ts';
import type { Citation, MediaPart, OpaquePart, TextPart } from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { toDataUrl } from '../../utils/data-url.ts';
import { ownValue } from '../../utils/fields.ts';
import { FORMAT } from './wire.ts';

/** What part encoders share: where losses go, and whose words the request is in. */
export interface PartContext {
  readonly noteLoss: NoteLoss;
  /** Format of the client: marks only this API knows go back only to its own clients. */
  readonly origin: FormatId;
}

const AUDIO_FORMATS: Readonly<Record<string, string>> = {
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
};

function unsupported(field: string, what: string): GatewayError {
  return new GatewayError('request_unsupported', `${field}: the Responses API of the target takes no ${what}`, {
    field,
  });
}

function cacheField(part: TextPart | MediaPart, context: PartContext, field: string): JsonObject {
  if (part.cache === undefined) return {};
  if (context.origin === FORMAT) {
    return { prompt_cache_breakpoint: { mode: 'explicit', ...(part.cache.ttl === '1h' && { ttl: '12h' }) } };
  }
  context.noteLoss('responses.cache-mark', `${field}.cache`, 'the target caches prefixes by itself and takes no marks');
  return {};
}

/** A file needs a name, whose ending tells the provider what it is. */
function fileName(part: MediaPart): string {
  if (part.name !== undefined && part.name !== '') return part.name;
  const ending =
    part.mime === undefined || part.mime === 'application/pdf' ? 'pdf' : (part.mime.split('/')[1] ?? 'bin');
  return `document.${ending === 'plain' ? 'txt' : ending}`;
}

function fileId(part: MediaPart, field: string): string {
  const { source } = part;
  if (source.type === 'file' && source.format === FORMAT) return source.id;
  throw unsupported(`${field}.source`, 'file ids of another provider; send the content itself');
}

function encodeImage(part: MediaPart, field: string, cache: JsonObject): JsonObject {
  const { source, mime, detail } = part;
  const tail = { detail: detail ?? 'auto', ...cache };
  if (source.type === 'url') return { type: 'input_image', image_url: source.url, ...tail };
  if (source.type === 'file') return { type: 'input_image', file_id: fileId(part, field), ...tail };
  if (source.type === 'text') throw unsupported(field, 'images given as text');
  return { type: 'input_image', image_url: toDataUrl({ mime: mime ?? 'image/png', data: source.data }), ...tail };
}

function encodeDocument(part: MediaPart, field: string, cache: JsonObject): JsonObject {
  const { source, mime } = part;
  if (source.type === 'url') return { type: 'input_file', file_url: source.url, ...cache };
  if (source.type === 'file') return { type: 'input_file', file_id: fileId(part, field), ...cache };
  if (source.type === 'text') {
    return {
      type: 'input_text',
      text: part.name === undefined ? source.text : `${part.name}\n\n${source.text}`,
      ...cache,
    };
  }
  const file_data = toDataUrl({ mime: mime ?? 'application/pdf', data: source.data });
  return { type: 'input_file', filename: fileName(part), file_data, ...cache };
}

function encodeAudio(part: MediaPart, field: string): JsonObject {
  const format = ownValue(AUDIO_FORMATS, part.mime ?? '');
  if (part.source.type !== 'data') throw unsupported(field, 'audio by address; send the data itself');
  if (format === undefined) throw unsupported(field, `audio of type ${part.mime ?? 'unknown'}, only wav and mp3`);
  return { type: 'input_audio', input_audio: { data: part.source.data, format } };
}

/** A media part on the user's side. Throws `request_unsupported` naming the part when the API has no word for it. */
function encodeMedia(part: MediaPart, context: PartContext, field: string): JsonObject {
  const cache = cacheField(part, context, field);
  if (part.kind === 'image') return encodeImage(part, field, cache);
  if (part.kind === 'document') return encodeDocument(part, field, cache);
  if (part.kind === 'audio') return encodeAudio(part, field);
  throw unsupported(field, 'video');
}

/** User-side content: text, media; what only another API understands is a noted loss. */
export function encodeContent(
  parts: readonly (TextPart | MediaPart | OpaquePart)[],
  context: PartContext,
  field: string,
): JsonObject[] {
  const content: JsonObject[] = [];
  for (const [index, part] of parts.entries()) {
    const at = `${field}[${index}]`;
    if (part.type === 'text') {
      if (part.text !== '') content.push({ type: 'input_text', text: part.text, ...cacheField(part, context, at) });
    } else if (part.type === 'media') content.push(encodeMedia(part, context, at));
    else context.noteLoss('responses.opaque', at, `only the ${part.format} API understands this part`);
  }
  return content;
}

/**
 * A citation as an annotation. Its own raw form where it came from this API; else a web citation, over the whole
 * text when it has no offsets; absent when it names no address.
 */
export function encodeAnnotation(citation: Citation, textChars: number): Json | undefined {
  if (citation.raw?.format === FORMAT) return citation.raw.value;
  if (citation.url === undefined) return undefined;
  return {
    type: 'url_citation',
    url: citation.url,
    title: citation.title ?? citation.url,
    start_index: citation.start ?? 0,
    end_index: citation.end ?? textChars,
  };
}

/** Text the model wrote earlier, as output content: user and assistant words must not be mixed. */
export function encodeOutputText(part: TextPart, context: PartContext, field: string): JsonObject {
  if (part.refusal === true) return { type: 'refusal', refusal: part.text };
  const annotations = (part.citations ?? []).flatMap((citation, index) => {
    const annotation = encodeAnnotation(citation, part.text.length);
    if (annotation !== undefined) return [annotation];
    context.noteLoss('responses.citation', `${field}.citations[${index}]`, 'a citation needs a web address here');
    return [];
  });
  return { type: 'output_text', text: part.text, ...(annotations.length > 0 && { annotations }) };
}
