import type { FormatId } from '../../src/types/format-id.ts';
import type { Json, JsonObject } from '../../src/types/json.ts';
import { isObject } from '../../src/utils/fields.ts';
import { readRecorded, recordedLines } from './replies.ts';

/** The chat API that a whole reply, or the first event of a stream, speaks; undefined when it is none of the four. */
function wireOf(wire: Json | undefined): FormatId | undefined {
  if (!isObject(wire)) return undefined;
  if (wire['type'] === 'message_start' || wire['type'] === 'message') return 'anthropic-messages';
  if (wire['type'] === 'response.created' || wire['object'] === 'response') return 'openai-responses';
  if (Array.isArray(wire['candidates'])) return 'gemini';
  return Array.isArray(wire['choices']) && wire['object'] !== 'text_completion' ? 'openai-chat' : undefined;
}

/** Refusals that say nothing of their API: what was asked when they came. */
const ERRORS: Readonly<Record<string, { format: FormatId; status: number; code: string }>> = {
  'google/google-429-retry-info.json': { format: 'gemini', status: 429, code: 'upstream_limited' },
  'openai/chat/reasoning-model-legacy-parameter-error.json': {
    format: 'openai-chat',
    status: 400,
    code: 'upstream_rejected',
  },
  'openai/responses/reasoning-model-temperature-error.json': {
    format: 'openai-responses',
    status: 400,
    code: 'upstream_rejected',
  },
};

export interface RecordedError {
  readonly file: string;
  readonly format: FormatId;
  readonly status: number;
  readonly code: string;
}

/** A reply, whole or streamed. One file may hold several streams one after another; each is one of these. */
export interface RecordedReply {
  readonly name: string;
  readonly file: string;
  readonly format: FormatId;
  readonly isStream: boolean;
  /** The whole reply, or the events of the stream. */
  readonly wire: readonly JsonObject[];
}

export interface Sorted {
  readonly replies: readonly RecordedReply[];
  readonly errors: readonly RecordedError[];
  /** Files that are no chat reply by their shape. */
  readonly rest: readonly string[];
}

const isOpening = (event: JsonObject): boolean =>
  event['type'] === 'message_start' || event['type'] === 'response.created';

/** Holds a second answer begun inside the first, which is one broken stream and not two. */
export const SPLICED = 'anthropic/spliced-message-start.chunks.txt';

function streamsIn(file: string): JsonObject[][] {
  const streams: JsonObject[][] = [];
  for (const line of recordedLines(file)) {
    const event = JSON.parse(line) as JsonObject;
    if (streams.length === 0 || (isOpening(event) && file !== SPLICED)) streams.push([]);
    streams.at(-1)?.push(event);
  }
  return streams;
}

function repliesIn(file: string): RecordedReply[] {
  const isStream = file.endsWith('.chunks.txt');
  const text = readRecorded(file);
  if (text.trim() === '') return [];
  const wires = isStream ? streamsIn(file) : [[JSON.parse(text) as JsonObject]];
  return wires.flatMap((wire, index) => {
    const format = wireOf(wire[0]);
    const name = wires.length === 1 ? file : `${file} (${index + 1} of ${wires.length})`;
    return format === undefined ? [] : [{ name, file, format, isStream, wire }];
  });
}

/** Every file by what its shape says it is. */
export function sortRecorded(files: readonly string[]): Sorted {
  const replies: RecordedReply[] = [];
  const errors: RecordedError[] = [];
  const rest: string[] = [];
  for (const file of files) {
    const error = ERRORS[file];
    const found = error === undefined ? repliesIn(file) : [];
    replies.push(...found);
    if (error !== undefined) errors.push({ file, ...error });
    else if (found.length === 0) rest.push(file);
  }
  return { replies, errors, rest };
}
