import { GatewayError } from '../../types/errors.ts';
import type { CallPart, MediaPart, Part, Proof, ReasoningPart, ResultPart, TextPart } from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isBase64, standardBase64 } from '../../utils/data-url.ts';
import { isObject, needObject, needString, optionalObject, optionalString, wrongField } from '../../utils/fields.ts';
import { shortDigest } from '../names.ts';
import { openProof } from '../proof.ts';
import { fieldOf, MADE_ID_PREFIX, SIGNATURE_STAND_IN } from './wire.ts';

/** A call of the history that still waits for its result. */
interface OpenCall {
  readonly id: string;
  /** The id that the client wrote, when it wrote one. */
  readonly wireId: string | undefined;
  readonly name: string;
  answered: boolean;
}

export interface HistoryState {
  readonly calls: OpenCall[];
}

const KINDS: readonly [prefix: string, kind: MediaPart['kind']][] = [
  ['image/', 'image'],
  ['audio/', 'audio'],
  ['video/', 'video'],
];

function kindOf(mime: string | undefined, url = ''): MediaPart['kind'] {
  const known = KINDS.find(([prefix]) => mime?.startsWith(prefix))?.[1];
  if (known !== undefined) return known;
  if (/^https?:\/\/(www\.)?(youtube\.com|youtu\.be)\//.test(url)) return 'video';
  return mime === undefined && /\.(png|jpe?g|gif|webp|heic)(\?|$)/i.test(url) ? 'image' : 'document';
}

function mimeOf(source: JsonObject, path: string): string | undefined {
  const said = optionalString(fieldOf(source, 'mimeType'), `${path}.mimeType`);
  return said?.split(';', 1)[0]?.trim().toLowerCase() || undefined;
}

/** `inlineData` to media. URL-safe base64 is taken; what does not decode, or holds nothing, is refused by name. */
function decodeInline(wire: Json, path: string): MediaPart {
  const source = needObject(wire, path);
  const mime = mimeOf(source, path);
  if (mime === undefined) throw wrongField(`${path}.mimeType`, fieldOf(source, 'mimeType'), 'a MIME type');
  const data = standardBase64(needString(source['data'], `${path}.data`));
  if (!isBase64(data)) {
    throw new GatewayError('request_invalid', `${path}.data: expected base64 of at least one byte`, {
      field: `${path}.data`,
    });
  }
  const name = optionalString(fieldOf(source, 'displayName'), `${path}.displayName`);
  return {
    type: 'media',
    kind: kindOf(mime),
    mime,
    source: { type: 'data', data },
    ...(name !== undefined && { name }),
  };
}

/** Files of Google's own stores are ids that mean nothing elsewhere; other addresses are plain URLs. */
const OWN_FILE = /^(gs:\/\/|files\/|https:\/\/generativelanguage\.googleapis\.com\/)/;

function decodeFile(wire: Json, path: string): MediaPart {
  const source = needObject(wire, path);
  const mime = mimeOf(source, path);
  const uri = needString(fieldOf(source, 'fileUri'), `${path}.fileUri`);
  if (uri === '') throw wrongField(`${path}.fileUri`, uri, 'an address');
  const name = optionalString(fieldOf(source, 'displayName'), `${path}.displayName`);
  return {
    type: 'media',
    kind: kindOf(mime, uri),
    ...(mime !== undefined && { mime }),
    source: OWN_FILE.test(uri) ? { type: 'file', id: uri, format: 'gemini' } : { type: 'url', url: uri },
    ...(name !== undefined && { name }),
  };
}

function withDetail(media: MediaPart, part: JsonObject): MediaPart {
  const resolution = fieldOf(part, 'mediaResolution');
  const level = isObject(resolution) ? resolution['level'] : resolution;
  return typeof level === 'string' ? { ...media, detail: level } : media;
}

function decodeCall(wire: Json, path: string, proof: Proof | undefined, state: HistoryState): CallPart {
  const call = needObject(wire, path);
  const name = needString(call['name'], `${path}.name`);
  if (name === '') throw wrongField(`${path}.name`, name, 'the name of the function');
  const args = optionalObject(call['args'], `${path}.args`);
  const wireId = optionalString(call['id'], `${path}.id`) || undefined;
  const argsText = args === undefined ? '' : JSON.stringify(args);
  // The place in the history makes the id unique, and the same in the next request of the conversation.
  const id = wireId ?? MADE_ID_PREFIX + shortDigest(`${state.calls.length}|${name}|${argsText}`);
  state.calls.push({ id, wireId, name, answered: false });
  return { type: 'call', id, name, argsText, ...(proof !== undefined && { proof }) };
}

/** Clients number results as they like: the id counts first, then name and order among what still waits. */
function findCall(state: HistoryState, id: string | undefined, name: string | undefined): OpenCall | undefined {
  const waiting = state.calls.filter(({ answered }) => !answered);
  const byId = id === undefined ? undefined : waiting.find((call) => call.id === id);
  return byId ?? waiting.find((call) => call.name === name && (id === undefined || call.wireId === undefined));
}

/** `{"output": text}` is a text, `{"error": …}` alone is a failure, any other object stays whole as JSON text. */
function resultText(response: JsonObject): { text: string; isError: boolean } {
  const keys = Object.keys(response);
  const { output, error } = response;
  if (keys.length === 1 && typeof output === 'string' && !isObjectText(output)) return { text: output, isError: false };
  if (keys.length === 1 && error !== undefined && error !== null) {
    return { text: typeof error === 'string' ? error : JSON.stringify(error), isError: true };
  }
  return { text: JSON.stringify(response), isError: false };
}

/** True when the text is that of a JSON object: such a text must keep its wrapper, or it would come back as one. */
function isObjectText(text: string): boolean {
  if (!/^\s*\{/.test(text)) return false;
  try {
    return isObject(JSON.parse(text));
  } catch {
    // A brace at the start of ordinary text.
    return false;
  }
}

function decodeResult(wire: Json, path: string, state: HistoryState): ResultPart {
  const result = needObject(wire, path);
  const id = optionalString(result['id'], `${path}.id`) || undefined;
  const name = optionalString(result['name'], `${path}.name`) || undefined;
  const call = findCall(state, id, name);
  if (call === undefined) {
    const who = id === undefined ? `"${name ?? ''}"` : `"${name ?? ''}" with id "${id}"`;
    throw new GatewayError(
      'request_invalid',
      `${path}: the result of ${who} answers no open function call of the history`,
      {
        field: path,
      },
    );
  }
  call.answered = true;
  const response = optionalObject(result['response'], `${path}.response`) ?? {};
  const { text, isError } = resultText(response);
  const media = Array.isArray(result['parts']) ? result['parts'] : [];
  const parts: (TextPart | MediaPart)[] = text === '' || text === '{}' ? [] : [{ type: 'text', text }];
  for (const [at, entry] of media.entries()) parts.push(decodeResultMedia(entry, `${path}.parts[${at}]`));
  return { type: 'result', id: call.id, name: call.name, parts, isError };
}

function decodeResultMedia(wire: Json, path: string): MediaPart {
  const part = needObject(wire, path);
  const inline = fieldOf(part, 'inlineData');
  if (inline !== undefined) return decodeInline(inline, `${path}.inlineData`);
  const file = fieldOf(part, 'fileData');
  if (file !== undefined) return decodeFile(file, `${path}.fileData`);
  throw wrongField(path, wire, 'a part with inlineData or fileData');
}

function proofOf(part: JsonObject, path: string): Proof | undefined {
  const signature = optionalString(fieldOf(part, 'thoughtSignature'), `${path}.thoughtSignature`);
  // The stand-in proves nothing: it is put back where it is needed when the request is encoded.
  if (signature === undefined || signature === '' || signature === SIGNATURE_STAND_IN) return undefined;
  return openProof(signature) ?? { format: 'gemini', data: signature };
}

/**
 * One part of a content. A proof of a foreign API that rides on a text or call belongs to thinking which the
 * client has thrown away, so it comes back as a reasoning part of its own before it.
 */
export function decodePart(wire: Json, path: string, state: HistoryState): Part[] {
  if (typeof wire === 'string') return [{ type: 'text', text: wire }];
  const part = needObject(wire, path);
  const proof = proofOf(part, path);
  if (part['thought'] === true && typeof part['text'] === 'string') {
    const thought: ReasoningPart = { type: 'reasoning', text: part['text'], ...(proof !== undefined && { proof }) };
    return [thought];
  }
  const own = proof?.format === 'gemini' ? proof : undefined;
  const before: Part[] = proof === undefined || own !== undefined ? [] : [{ type: 'reasoning', text: '', proof }];
  return [...before, ...decodeContent(part, path, own, state)];
}

function decodeContent(part: JsonObject, path: string, proof: Proof | undefined, state: HistoryState): Part[] {
  const call = fieldOf(part, 'functionCall');
  if (call !== undefined && call !== null) return [decodeCall(call, `${path}.functionCall`, proof, state)];
  const result = fieldOf(part, 'functionResponse');
  if (result !== undefined && result !== null) return [decodeResult(result, `${path}.functionResponse`, state)];
  const text = optionalString(part['text'], `${path}.text`);
  if (text !== undefined) return [{ type: 'text', text, ...(proof !== undefined && { proof }) }];
  // Cut marks of a video and signatures of a picture have no word in the IR: the part stays whole for Gemini.
  const whole = fieldOf(part, 'videoMetadata') !== undefined || proof !== undefined;
  const inline = fieldOf(part, 'inlineData');
  if (inline !== undefined && !whole) return [withDetail(decodeInline(inline, `${path}.inlineData`), part)];
  const file = fieldOf(part, 'fileData');
  if (file !== undefined && !whole) return [withDetail(decodeFile(file, `${path}.fileData`), part)];
  if (Object.keys(part).every((key) => key === 'thoughtSignature' || key === 'thought_signature')) {
    return proof === undefined ? [] : [{ type: 'text', text: '', proof }];
  }
  return [{ type: 'opaque', format: 'gemini', raw: part }];
}
