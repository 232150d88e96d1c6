import type { CacheMark, MediaPart, Native, OpaquePart, Part, ResultPart, TextPart } from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isBase64, parseDataUrl, standardBase64 } from '../../utils/data-url.ts';
import {
  isObject,
  needArray,
  needObject,
  needString,
  optionalBoolean,
  optionalObject,
  optionalString,
  ownValue,
  wrongField,
} from '../../utils/fields.ts';
import { decodeCitation } from './citations.ts';
import { type ReplayedProof, replayedProof } from './proofs.ts';
import { FORMAT } from './wire.ts';

type Source = MediaPart['source'];

/** `cache_control` of a block or tool. Absent, null and "no mark" are one. */
export function decodeCache(wire: JsonObject, field: string): { cache?: CacheMark } {
  const mark = optionalObject(wire['cache_control'], `${field}.cache_control`);
  if (mark === undefined) return {};
  const ttl = optionalString(mark['ttl'], `${field}.cache_control.ttl`) ?? '5m';
  if (ttl !== '5m' && ttl !== '1h') throw wrongField(`${field}.cache_control.ttl`, ttl, '"5m" or "1h"');
  return { cache: { ttl } };
}

const native = (value: JsonObject): { native: Native } => ({ native: { format: FORMAT, value } });

/** The block itself where it has fields besides the named ones, so that its own API gets them back. */
function nativeBeyond(wire: JsonObject, known: readonly string[]): { native?: Native } {
  const isKnown = Object.entries(wire).every(
    ([key, value]) => known.includes(key) || value === null || value === undefined,
  );
  return isKnown ? {} : native(wire);
}

export function decodeText(wire: JsonObject, field: string): TextPart {
  const text = needString(wire['text'], `${field}.text`);
  const citations = Array.isArray(wire['citations'])
    ? wire['citations'].flatMap((item) => decodeCitation(item) ?? [])
    : [];
  return {
    type: 'text',
    text,
    ...decodeCache(wire, field),
    ...(citations.length > 0 && { citations }),
  };
}

function needBase64(value: Json | undefined, field: string): string {
  const data = standardBase64(needString(value, field));
  if (isBase64(data)) return data;
  throw wrongField(field, data === '' ? '' : 'text that does not decode', 'base64 of at least one byte');
}

interface Content {
  readonly source: Source;
  readonly mime?: string;
}

/** An address; a data URL in this place is taken apart as the data that it is. */
function decodeUrl(value: Json | undefined, field: string): Content {
  const url = needString(value, field);
  const inline = parseDataUrl(url);
  if (inline !== undefined) {
    return { source: { type: 'data', data: needBase64(inline.data, field) }, mime: inline.mime };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(url)) return { source: { type: 'url', url } };
  throw wrongField(field, url, 'an https address');
}

/** Text of a `content` source, which is a string or text blocks; absent when it holds anything else. */
function contentText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  const texts = value.map((item) => (isObject(item) && item['type'] === 'text' ? item['text'] : undefined));
  return texts.every((text) => typeof text === 'string') ? texts.join('\n') : undefined;
}

function decodeSource(wire: JsonObject, field: string): Content | undefined {
  const type = needString(wire['type'], `${field}.type`);
  switch (type) {
    case 'base64': {
      const mime = needString(wire['media_type'], `${field}.media_type`).split(';')[0]?.trim().toLowerCase() ?? '';
      return { source: { type: 'data', data: needBase64(wire['data'], `${field}.data`) }, mime };
    }
    case 'url':
      return decodeUrl(wire['url'], `${field}.url`);
    case 'text':
      return { source: { type: 'text', text: needString(wire['data'], `${field}.data`) }, mime: 'text/plain' };
    case 'file': {
      const id = needString(wire['file_id'], `${field}.file_id`);
      return { source: { type: 'file', id, format: FORMAT } };
    }
    case 'content': {
      const text = contentText(wire['content']);
      return text === undefined ? undefined : { source: { type: 'text', text }, mime: 'text/plain' };
    }
    default:
      return undefined;
  }
}

function decodeMedia(kind: 'image' | 'document', wire: JsonObject, field: string): MediaPart | OpaquePart {
  const source = needObject(wire['source'], `${field}.source`);
  const content = decodeSource(source, `${field}.source`);
  if (content === undefined) return { type: 'opaque', format: FORMAT, raw: wire };
  const name = optionalString(wire['title'], `${field}.title`);
  const known = ['type', 'source', 'title', 'cache_control'];
  return {
    type: 'media',
    kind,
    ...content,
    ...(name !== undefined && { name }),
    ...decodeCache(wire, field),
    ...(source['type'] === 'content' ? native(wire) : nativeBeyond(wire, known)),
  };
}

/** A search result given by the client reads as a document everywhere else. */
function decodeSearchResult(wire: JsonObject, field: string): MediaPart {
  const text = contentText(needArray(wire['content'], `${field}.content`)) ?? '';
  const source = optionalString(wire['source'], `${field}.source`) ?? '';
  const name = optionalString(wire['title'], `${field}.title`);
  return {
    type: 'media',
    kind: 'document',
    mime: 'text/plain',
    source: { type: 'text', text: source === '' ? text : `${source}\n${text}` },
    ...(name !== undefined && { name }),
    ...decodeCache(wire, field),
    ...native(wire),
  };
}

function decodeCall(wire: JsonObject, field: string): Part {
  const input = wire['input'];
  if (input !== undefined && input !== null && !isObject(input)) throw wrongField(`${field}.input`, input, 'an object');
  return {
    type: 'call',
    id: needString(wire['id'], `${field}.id`),
    name: needString(wire['name'], `${field}.name`),
    argsText: JSON.stringify(input ?? {}),
    ...decodeCache(wire, field),
    ...nativeBeyond(wire, ['type', 'id', 'name', 'input', 'cache_control']),
  };
}

type ResultContent = ResultPart['parts'][number];

function decodeResultContent(value: Json | undefined, field: string): ResultContent[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return value === '' ? [] : [{ type: 'text', text: value }];
  return needArray(value, field).map((item, at) => {
    const part = decodePart(item, `${field}[${at}]`);
    if (part.type === 'text' || part.type === 'media' || part.type === 'opaque') return part;
    throw wrongField(
      `${field}[${at}].type`,
      isObject(item) ? item['type'] : item,
      'a block that a tool result may hold',
    );
  });
}

function decodeResult(wire: JsonObject, field: string): ResultPart {
  return {
    type: 'result',
    id: needString(wire['tool_use_id'], `${field}.tool_use_id`),
    parts: decodeResultContent(wire['content'], `${field}.content`),
    isError: optionalBoolean(wire['is_error'], `${field}.is_error`) ?? false,
    ...decodeCache(wire, field),
  };
}

function decodeThinking(wire: JsonObject, field: string): Part {
  const text = optionalString(wire['thinking'], `${field}.thinking`) ?? '';
  const { proof, hiddenText } = replayedProof(optionalString(wire['signature'], `${field}.signature`) ?? '');
  return { type: 'reasoning', text: text === '' ? (hiddenText ?? '') : text, ...(proof !== undefined && { proof }) };
}

function decodeRedacted(wire: JsonObject, field: string): Part {
  const { proof } = replayedProof(needString(wire['data'], `${field}.data`));
  return { type: 'reasoning', text: '', redacted: true, ...(proof !== undefined && { proof }) };
}

const DECODERS: Readonly<Record<string, (wire: JsonObject, field: string) => Part>> = {
  text: decodeText,
  image: (wire, field) => decodeMedia('image', wire, field),
  document: (wire, field) => decodeMedia('document', wire, field),
  search_result: decodeSearchResult,
  tool_use: decodeCall,
  tool_result: decodeResult,
  thinking: decodeThinking,
  redacted_thinking: decodeRedacted,
};

/** One content block. Blocks that only this API understands (server tools, compaction, …) are kept whole. */
function decodePart(value: Json, field: string): Part {
  const wire = needObject(value, field);
  const decode = ownValue(DECODERS, needString(wire['type'], `${field}.type`));
  return decode === undefined ? { type: 'opaque', format: FORMAT, raw: wire } : decode(wire, field);
}

/** The proof of a call or text in a block of its own, in an envelope that this gateway made; else absent. */
function carriedProof(block: Json): ReplayedProof | undefined {
  if (!isObject(block) || block['type'] !== 'redacted_thinking' || typeof block['data'] !== 'string') return undefined;
  const replayed = replayedProof(block['data']);
  return replayed.on === 'reasoning' ? undefined : replayed;
}

/** Puts a carried proof back on its part; a text that was empty comes back as one. */
function restoreProof(parts: Part[], { on, callId, proof }: ReplayedProof): void {
  if (proof === undefined) return;
  const at =
    on === 'call'
      ? parts.findIndex((part) => part.type === 'call' && part.id === callId)
      : parts.findLastIndex((part) => part.type === 'text');
  const part = parts[at];
  if (part?.type === 'call' || part?.type === 'text') parts[at] = { ...part, proof };
  else if (on === 'text') parts.push({ type: 'text', text: '', proof });
}

function decodeBlocks(blocks: readonly Json[], field: string): Part[] {
  const parts: Part[] = [];
  const ofCalls: ReplayedProof[] = [];
  for (const [at, block] of blocks.entries()) {
    const carried = carriedProof(block);
    if (carried === undefined) parts.push(decodePart(block, `${field}[${at}]`));
    // Its call may come later.
    else if (carried.on === 'call') ofCalls.push(carried);
    else restoreProof(parts, carried);
  }
  for (const carried of ofCalls) restoreProof(parts, carried);
  return parts;
}

/** Content of a message: a string, or blocks. Null is accepted for an assistant, whose turn may be empty. */
export function decodeContent(value: Json | undefined, field: string, role: string): Part[] {
  if (typeof value === 'string') return value === '' ? [] : [{ type: 'text', text: value }];
  if ((value === null || value === undefined) && role === 'assistant') return [];
  if (Array.isArray(value)) return decodeBlocks(value, field);
  throw wrongField(field, value, 'a string or an array of content blocks');
}
