import { TAIL_BYTES, TAIL_EVENT_BYTES_MAX } from './limits.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** So many ends of events in the kept bytes make the last two events whole: the finish, and what may follow it. */
const ENDS_KEPT = 3;
/** Finish and usage of most streams stand in so many last bytes. */
const GLANCE_BYTES = 3072;
/** Chunks are let go in batches, so that most of them cost no look at all. */
const TRIM_BYTES = 4 * TAIL_BYTES;

const view = ({ buffer, byteOffset, length }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, length);

/** Where the blank line begins that ends the last event before `before`; -1 when there is none. */
function lastEnd(bytes: Buffer, before: number): number {
  if (before < 1) return -1;
  return Math.max(bytes.lastIndexOf('\n\n', before - 1, 'latin1'), bytes.lastIndexOf('\n\r\n', before - 1, 'latin1'));
}

/** The place of the `wanted`-th end of an event from behind, and how many there were at all. */
function endsFromBehind(bytes: Buffer, wanted: number): { at: number; found: number } {
  let at = bytes.length;
  for (let found = 0; found < wanted; found += 1) {
    const end = lastEnd(bytes, at);
    if (end === -1) return { at, found };
    at = end;
  }
  return { at, found: wanted };
}

/** As many of the last chunks as hold `wanted` bytes. */
function lastChunks(chunks: readonly Uint8Array[], wanted: number): readonly Uint8Array[] {
  let from = chunks.length;
  let size = 0;
  while (from > 0 && size < wanted) {
    from -= 1;
    size += chunks[from]?.length ?? 0;
  }
  return chunks.slice(from);
}

/** The last bytes from behind, whatever chunks they came in. */
function lastBytes(chunks: readonly Uint8Array[], wanted: number): number[] {
  return lastChunks(chunks, wanted)
    .flatMap((chunk) => [...chunk.subarray(-wanted)])
    .reverse();
}

export interface TailBuffer {
  add(chunk: Uint8Array): void;
  /** The last bytes: at least `TAIL_BYTES` and two whole events, as far as they passed and fit the limits. */
  read(): { readonly bytes: Buffer; readonly isWhole: boolean };
  /** The last few events, without a copy where they came in one chunk; enough for most streams. */
  glance(): { readonly bytes: Buffer; readonly isWhole: boolean };
  /** True between two events. */
  endsWithBlankLine(): boolean;
}

/**
 * The last bytes of what passed, kept by reference. The event with the finish is kept whole even when it is long:
 * Responses repeats the whole answer in it, Gemini its sources.
 */
export function createTailBuffer(): TailBuffer {
  let chunks: Uint8Array[] = [];
  let size = 0;
  let total = 0;
  let trimAt = TRIM_BYTES;

  const trim = (): void => {
    let [kept, ends, from] = [0, 0, chunks.length];
    while (from > 0 && (kept < TAIL_BYTES || (ends < ENDS_KEPT && kept < TAIL_EVENT_BYTES_MAX))) {
      from -= 1;
      const chunk = chunks[from];
      if (chunk === undefined) break;
      kept += chunk.length;
      if (ends < ENDS_KEPT) ends += endsFromBehind(view(chunk), ENDS_KEPT - ends).found;
    }
    chunks = chunks.slice(from);
    size = kept;
    trimAt = Math.max(TRIM_BYTES, 2 * size);
  };
  return {
    add: (chunk) => {
      total += chunk.length;
      size += chunk.length;
      chunks.push(chunk);
      if (size >= trimAt) trim();
    },
    read: () => {
      const all = Buffer.concat(chunks);
      const { at, found } = endsFromBehind(all, ENDS_KEPT);
      const whole = found < ENDS_KEPT ? 0 : at;
      const start = Math.max(0, all.length - TAIL_EVENT_BYTES_MAX, Math.min(whole, all.length - TAIL_BYTES));
      return { bytes: all.subarray(start), isWhole: start === 0 && total === all.length };
    },
    glance: () => {
      const last = chunks.at(-1);
      const isEnough = last !== undefined && last.length >= GLANCE_BYTES;
      const from = isEnough ? view(last) : Buffer.concat(lastChunks(chunks, GLANCE_BYTES));
      const bytes = from.subarray(Math.max(0, from.length - GLANCE_BYTES));
      return { bytes, isWhole: total === bytes.length };
    },
    endsWithBlankLine: () => {
      if (chunks.length === 0) return true;
      const [end, second, third] = lastBytes(chunks, 3);
      return end === NEWLINE && (second === NEWLINE || (second === RETURN && third === NEWLINE));
    },
  };
}
