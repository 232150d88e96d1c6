import { GatewayError } from '../../types/errors.ts';
import type { NoteLoss } from '../../types/format.ts';
import type { CallPart, MediaPart, OpaquePart, Proof, ResultPart, TextPart } from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { parseDataUrl } from '../../utils/data-url.ts';
import { isObject, ownValue } from '../../utils/fields.ts';
import type { NameTable } from '../names.ts';
import { proofFits } from '../proof.ts';
import { argsObject, isGemini3, MADE_ID } from './wire.ts';

export interface EncodeContext {
  readonly target: TargetProfile;
  readonly names: NameTable;
  readonly noteLoss: NoteLoss;
  /** The request came from a Gemini client, so unsigned thoughts in it are Gemini's own. */
  readonly native: boolean;
}

const MIME_OF_ENDING: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  heic: 'image/heic',
  pdf: 'application/pdf',
  mp3: 'audio/mp3',
  wav: 'audio/wav',
  mp4: 'video/mp4',
  mov: 'video/mov',
  webm: 'video/webm',
  txt: 'text/plain',
  csv: 'text/csv',
  html: 'text/html',
};

function mimeOfUrl(url: string): string | undefined {
  const ending = /\.([a-z0-9]{2,4})(?:[?#]|$)/i.exec(url)?.[1]?.toLowerCase();
  return ending === undefined ? undefined : ownValue(MIME_OF_ENDING, ending);
}

/** Google takes only its own files and addresses; a file id of another API is refused, for it means nothing there. */
function fileUri(media: MediaPart, field: string): string {
  const { source } = media;
  if (source.type === 'url') return source.url;
  if (source.type === 'file' && source.format === 'gemini') return source.id;
  throw new GatewayError(
    'request_unsupported',
    `${field}: a file id of another API cannot be sent to Gemini; send the data itself`,
    { field },
  );
}

function inlineOf(media: MediaPart): { mimeType: string; data: string } | undefined {
  const { source } = media;
  if (source.type === 'data') return { mimeType: media.mime ?? 'application/octet-stream', data: source.data };
  if (source.type === 'text') {
    return { mimeType: media.mime ?? 'text/plain', data: Buffer.from(source.text, 'utf8').toString('base64') };
  }
  const inline = source.type === 'url' ? parseDataUrl(source.url) : undefined;
  return inline === undefined ? undefined : { mimeType: inline.mime, data: inline.data };
}

/** Media as a part. Throws `request_unsupported` for a file that lives at another API. */
export function encodeMedia(media: MediaPart, field: string, { noteLoss }: EncodeContext): JsonObject {
  if (media.name !== undefined) noteLoss('gemini.file-name', `${field}.name`, 'Gemini takes no file names');
  const level = media.detail?.startsWith('MEDIA_RESOLUTION_') ? { mediaResolution: { level: media.detail } } : {};
  if (media.detail !== undefined && media.detail !== 'auto' && level.mediaResolution === undefined) {
    noteLoss('gemini.media-detail', `${field}.detail`, 'image detail is chosen by the model');
  }
  const inlineData = inlineOf(media);
  if (inlineData !== undefined) return { inlineData, ...level };
  const uri = fileUri(media, field);
  const mimeType = media.mime ?? mimeOfUrl(uri);
  return { fileData: { ...(mimeType !== undefined && { mimeType }), fileUri: uri }, ...level };
}

/** The signature to put on a part: its own when it may go to this target; a foreign one is dropped with a note. */
export function signatureOf(
  proof: Proof | undefined,
  field: string,
  { target, noteLoss }: EncodeContext,
): string | undefined {
  if (proof === undefined) return undefined;
  if (proofFits(proof, target)) return proof.data === '' ? undefined : proof.data;
  noteLoss('gemini.proof-foreign', field, 'a proof of another model is not valid here');
  return undefined;
}

export function encodeText(part: TextPart, field: string, context: EncodeContext): JsonObject | undefined {
  if (part.citations !== undefined && part.citations.length > 0) {
    context.noteLoss('gemini.citations', `${field}.citations`, 'citations cannot be sent back to Gemini');
  }
  const thoughtSignature = signatureOf(part.proof, field, context);
  if (part.text === '' && thoughtSignature === undefined) return undefined;
  return { text: part.text, ...(thoughtSignature !== undefined && { thoughtSignature }) };
}

/** Ids that were made here because Google gave none are left out again: a signed part must come back as it was. */
function wireId(id: string): { id?: string } {
  return MADE_ID.test(id) || id === '' ? {} : { id };
}

export function encodeCall(part: CallPart, field: string, context: EncodeContext): JsonObject {
  const { names, noteLoss } = context;
  const parsed = part.custom === true ? undefined : argsObject(part.argsText);
  if (parsed === undefined && part.custom !== true) {
    noteLoss(
      'gemini.args-not-object',
      `${field}.argsText`,
      'arguments that are no JSON object are sent as the text "input"',
    );
  }
  const args: Json = parsed ?? { input: part.argsText };
  return { functionCall: { ...wireId(part.id), name: names.toWire(part.name), args } };
}

function responseOf(text: string, isError: boolean): JsonObject {
  const value = /^\s*[{[]/.test(text) ? parsedJson(text) : undefined;
  if (isError) return { error: value ?? text };
  return isObject(value) ? value : { output: text };
}

function parsedJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // Ordinary text that begins with a bracket.
    return undefined;
  }
}

type Carried = readonly { readonly part: TextPart | MediaPart | OpaquePart; readonly field: string }[];

function textOf(parts: Carried): string {
  return parts.flatMap(({ part }) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

/**
 * A result as its part, and media that must follow it: only Gemini 3 takes media inside a function response,
 * and there only as bytes.
 */
export function encodeResult(result: ResultPart, name: string, field: string, context: EncodeContext): JsonObject[] {
  const carried = result.parts.map((part, at) => ({ part, field: `${field}.parts[${at}]` }));
  const inside: JsonObject[] = [];
  const after: JsonObject[] = [];
  for (const { part, field: here } of carried) {
    if (part.type === 'opaque') {
      context.noteLoss('gemini.result-part', here, 'a part of a tool result is known to another API only');
    } else if (part.type === 'media') {
      const encoded = encodeMedia(part, here, context);
      const fits = encoded['inlineData'] !== undefined && isGemini3(context.target.family);
      (fits ? inside : after).push(fits ? { inlineData: encoded['inlineData'] } : encoded);
    }
  }
  const response = responseOf(textOf(carried), result.isError);
  const parts = inside.length > 0 ? { parts: inside } : {};
  return [
    { functionResponse: { ...wireId(result.id), name: context.names.toWire(name), response, ...parts } },
    ...after,
  ];
}

/** The answer to a call that was never answered; without it Google refuses the whole conversation. */
export function missingResult(call: CallPart, { names }: EncodeContext): JsonObject {
  const response = { error: 'no result was recorded for this call' };
  return { functionResponse: { ...wireId(call.id), name: names.toWire(call.name), response } };
}
