import { GatewayError } from '../../types/errors.ts';
import type { NoteLoss } from '../../types/format.ts';
import type {
  CallPart,
  MediaPart,
  OpaquePart,
  Part,
  ReasoningPart,
  ResultPart,
  TextPart,
} from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import type { NameTable } from '../names.ts';
import { proofFits } from '../proof.ts';
import { inputOf } from './encode-blocks.ts';
import { cacheField, FORMAT, textBlock } from './wire.ts';

/** What encoding a request needs beside the part at hand. */
export interface Scope {
  readonly target: TargetProfile;
  readonly names: NameTable;
  readonly noteLoss: NoteLoss;
}

/** A content block with what the pairing of calls and results must know of it. */
export type Piece =
  | {
      readonly kind: 'call' | 'result' /** Id in the IR; the block has none yet. */;
      readonly id: string;
      readonly block: JsonObject;
    }
  | { readonly kind: 'other'; readonly block: JsonObject };

const IMAGE_MIMES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);

/** First base64 characters of the four image types, for clients that do not say which one they send. */
const IMAGE_MAGIC: readonly (readonly [string, string])[] = [
  ['/9j/', 'image/jpeg'],
  ['iVBOR', 'image/png'],
  ['R0lG', 'image/gif'],
  ['UklGR', 'image/webp'],
];

function unsupported(field: string, what: string): GatewayError {
  return new GatewayError('request_unsupported', `${field}: ${what}`, { field });
}

/** True for MIME types whose bytes are text that a model can read. */
const isTextMime = (mime: string): boolean =>
  mime.startsWith('text/') ||
  /^application\/(json|xml|yaml|x-yaml|javascript|x-ndjson)$/.test(mime) ||
  mime.endsWith('+json');

function imageData(data: string, mime: string | undefined, field: string): JsonObject {
  const type = mime === undefined || mime === '' ? IMAGE_MAGIC.find(([start]) => data.startsWith(start))?.[1] : mime;
  const media = type === 'image/jpg' ? 'image/jpeg' : type;
  if (media !== undefined && IMAGE_MIMES.has(media)) return { type: 'base64', media_type: media, data };
  throw unsupported(field, `the Messages API takes JPEG, PNG, GIF and WebP images, not ${media ?? 'an unknown type'}`);
}

function documentData(data: string, mime: string | undefined, field: string): JsonObject {
  if (mime === undefined || mime === 'application/pdf') return { type: 'base64', media_type: 'application/pdf', data };
  if (isTextMime(mime)) {
    return { type: 'text', media_type: 'text/plain', data: Buffer.from(data, 'base64').toString('utf8') };
  }
  throw unsupported(field, `the Messages API takes PDF and text documents, not ${mime}`);
}

function sourceOf({ kind, mime, source }: MediaPart, field: string): JsonObject {
  switch (source.type) {
    case 'data':
      return kind === 'image' ? imageData(source.data, mime, field) : documentData(source.data, mime, field);
    case 'text':
      return { type: 'text', media_type: 'text/plain', data: source.text };
    case 'url':
      return { type: 'url', url: source.url };
    case 'file':
      if (source.format === FORMAT) return { type: 'file', file_id: source.id };
      throw unsupported(field, `the file "${source.id}" lies at another API; send its content`);
    default:
      return source satisfies never;
  }
}

function encodeMedia(part: MediaPart, field: string, { noteLoss }: Scope): JsonObject {
  if (part.native?.format === FORMAT) return { ...part.native.value };
  if (part.kind === 'audio' || part.kind === 'video') {
    throw unsupported(field, `the Messages API takes no ${part.kind}`);
  }
  if (part.detail !== undefined && part.detail !== 'auto') {
    noteLoss('anthropic.image-detail', `${field}.detail`, 'the Messages API has no image detail');
  }
  const title = part.kind === 'document' && part.name !== undefined ? { title: part.name } : {};
  return { type: part.kind, source: sourceOf(part, field), ...title, ...cacheField(part.cache) };
}

function encodeText(
  part: TextPart,
  field: string,
  { noteLoss }: Scope,
  withCitations: boolean,
): JsonObject | undefined {
  if (part.proof !== undefined) {
    noteLoss('anthropic.text-proof', `${field}.proof`, 'the Messages API has no signature on text');
  }
  // White space alone is a 400 at this API.
  if (part.text.trim() === '') return undefined;
  const native = withCitations
    ? (part.citations ?? []).flatMap(({ raw }) => (raw?.format === FORMAT && isObject(raw.value) ? [raw.value] : []))
    : [];
  if (native.length < (part.citations?.length ?? 0)) {
    noteLoss('anthropic.citations', `${field}.citations`, 'the Messages API takes back its own citations only');
  }
  return { ...textBlock(part.text), ...(native.length > 0 && { citations: native }), ...cacheField(part.cache) };
}

function encodeOpaque(part: OpaquePart, field: string, { noteLoss }: Scope): JsonObject | undefined {
  if (part.format === FORMAT && isObject(part.raw)) return { ...part.raw };
  noteLoss('anthropic.opaque', field, `only ${part.format} understands this part`);
  return undefined;
}

function encodeReasoning(part: ReasoningPart, field: string, { target, noteLoss }: Scope): JsonObject | undefined {
  const { proof, redacted, text } = part;
  if (proof === undefined || proof.data === '' || !proofFits(proof, target)) {
    noteLoss('anthropic.reasoning', field, 'thinking goes back only to the model family that signed it');
    return undefined;
  }
  if (redacted === true) return { type: 'redacted_thinking', data: proof.data };
  return { type: 'thinking', thinking: text, signature: proof.data };
}

function encodeCall(part: CallPart, field: string, { names, noteLoss }: Scope): Piece {
  const { id, name, argsText, custom, native, cache, proof } = part;
  if (proof !== undefined)
    noteLoss('anthropic.call-proof', `${field}.proof`, 'the Messages API has no signature on calls');
  const input = custom === true ? { input: argsText } : inputOf(argsText);
  if (custom !== true && Object.hasOwn(input, '_raw')) {
    noteLoss('anthropic.call-arguments', `${field}.argsText`, 'the arguments are no JSON object and went as text');
  }
  const own: JsonObject = native?.format === FORMAT ? native.value : {};
  // The id is settled later, when all calls are known.
  const { id: _id, ...rest } = own;
  return {
    kind: 'call',
    id,
    block: { ...rest, type: 'tool_use', name: names.toWire(name), input, ...cacheField(cache) },
  };
}

function encodeResult(part: ResultPart, field: string, scope: Scope): Piece {
  const blocks = part.parts.flatMap((inner, at): JsonObject[] => {
    const place = `${field}.parts[${at}]`;
    if (inner.type === 'media') return [encodeMedia(inner, place, scope)];
    const block = inner.type === 'text' ? encodeText(inner, place, scope, false) : encodeOpaque(inner, place, scope);
    return block === undefined ? [] : [block];
  });
  return {
    kind: 'result',
    id: part.id,
    block: {
      ...(blocks.length > 0 && { content: plainContent(blocks) }),
      ...(part.isError && { is_error: true }),
      ...cacheField(part.cache),
    },
  };
}

/** One unmarked text is sent as a string, which is the same to the API and shorter. */
export function plainContent(blocks: JsonObject[]): string | JsonObject[] {
  const [only] = blocks;
  const isPlain =
    blocks.length === 1 && only !== undefined && only['type'] === 'text' && Object.keys(only).length === 2;
  return isPlain && typeof only['text'] === 'string' ? only['text'] : blocks;
}

const other = (block: JsonObject | undefined): Piece[] => (block === undefined ? [] : [{ kind: 'other', block }]);

/** One part of a turn as a content block, or none where nothing of it can be sent. */
export function encodePart(part: Part, role: 'user' | 'assistant', field: string, scope: Scope): Piece[] {
  switch (part.type) {
    case 'text':
      return other(encodeText(part, field, scope, role === 'assistant'));
    case 'media':
      if (role === 'user') return other(encodeMedia(part, field, scope));
      scope.noteLoss('anthropic.assistant-media', field, 'the Messages API takes no media in assistant turns');
      return [];
    case 'call':
      return [encodeCall(part, field, scope)];
    case 'result':
      return [encodeResult(part, field, scope)];
    case 'reasoning':
      return other(encodeReasoning(part, field, scope));
    case 'opaque':
      return other(encodeOpaque(part, field, scope));
    default:
      return part satisfies never;
  }
}
