import type { Frame, WireManner } from './contract.ts';

/** Bytes for the network, or something that happens to the connection. */
export type Piece = { readonly type: 'bytes'; readonly bytes: Uint8Array } | Exclude<Frame, { type: 'event' }>;

/** Told once when a body is over: sent whole, broken off on purpose, or left by the client. */
export type BodyEnd = 'done' | 'broken' | 'aborted';

export interface BodyOptions {
  readonly signal: AbortSignal;
  /** Counts bytes handed to the network. */
  readonly onBytes: (count: number) => void;
  readonly onEnd: (end: BodyEnd) => void;
  /** Lets the network take each chunk alone, so that a cut stays a cut. */
  readonly apart?: boolean;
}

/** Ends after `ms` milliseconds or with the signal, whichever is first; `Infinity` waits for the signal alone. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = Number.isFinite(ms) ? setTimeout(finish, ms) : undefined;
    function finish(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    }
    signal.addEventListener('abort', finish, { once: true });
  });
}

const DROP_AFTER_MS = 20;

/** One turn of the event loop, in which the network takes what it was given. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A body that makes each piece only when the network asks for it. */
export function pulledBody(
  pieces: Iterator<Piece>,
  { signal, onBytes, onEnd, apart = false }: BodyOptions,
): ReadableStream<Uint8Array> {
  let over = false;
  let how: BodyEnd = 'done';
  const finish = (end: BodyEnd): void => {
    if (over) return;
    over = true;
    how = end;
    pieces.return?.();
    onEnd(end);
  };
  signal.addEventListener('abort', () => finish('aborted'), { once: true });
  /** The next bytes, past all waits; absent when the body is over. */
  const nextBytes = async (): Promise<Uint8Array | undefined> => {
    while (!over) {
      const { value, done } = pieces.next();
      if (done === true || value.type === 'close') finish('done');
      else if (value.type === 'wait') await pause(value.ms, signal);
      else if (value.type === 'drop') {
        // What was sent so far must have left, or the break would swallow it.
        await pause(DROP_AFTER_MS, signal);
        finish('broken');
      } else return value.bytes;
    }
    return undefined;
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const bytes = await nextBytes();
        if (apart) await nextTurn();
        if (bytes !== undefined) {
          onBytes(bytes.byteLength);
          controller.enqueue(bytes);
        } else if (how === 'broken') {
          // Bun breaks the connection of an errored body; an absent reason keeps its log quiet.
          controller.error();
        } else {
          controller.close();
        }
      },
      cancel() {
        finish('aborted');
      },
    },
    { highWaterMark: 0 },
  );
}

const encoder = new TextEncoder();

/** Server-sent events; with `crlf` in the sloppy spelling that the standard allows. */
export function* ssePieces(frames: Iterable<Frame>, wire: WireManner, lineEnd: '\n' | '\r\n'): Generator<Piece> {
  const end = wire.crlf === true ? '\r\n' : lineEnd;
  let first = true;
  for (const frame of frames) {
    if (frame.type !== 'event') {
      yield frame;
      continue;
    }
    if (wire.gapMs !== undefined) yield { type: 'wait', ms: wire.gapMs };
    const name = frame.name === undefined ? '' : `event: ${frame.name}${end}`;
    // The blank line that ends an event comes before the next one, so the last event has none.
    const sloppy = `${first ? '' : end}: comment${end}${end}${name.replace(': ', ':')}data:${frame.json}${end}`;
    yield* cut(encoder.encode(wire.crlf === true ? sloppy : `${name}data: ${frame.json}${end}${end}`), wire.cutBytes);
    first = false;
  }
}

/** Gemini without `alt=sse`: one JSON array, its elements sent as they come. */
export function* arrayPieces(frames: Iterable<Frame>, wire: WireManner): Generator<Piece> {
  let first = true;
  for (const frame of frames) {
    if (frame.type !== 'event') {
      yield frame;
      if (frame.type !== 'wait') return;
      continue;
    }
    if (wire.gapMs !== undefined) yield { type: 'wait', ms: wire.gapMs };
    yield* cut(encoder.encode(`${first ? '[' : ',\r\n'}${frame.json}`), wire.cutBytes);
    first = false;
  }
  yield* cut(encoder.encode(first ? '[]' : ']'), wire.cutBytes);
}

/** A unary body that stops in the middle, where the script has a wait or a cut. */
export function* brokenUnary(text: string, step: Piece, hasContent: boolean): Generator<Piece> {
  const bytes = encoder.encode(text);
  if (hasContent) yield* cut(bytes.subarray(0, Math.floor(bytes.length / 2)));
  yield step;
}

/** The bytes in network chunks of `size`, or whole. */
export function* cut(bytes: Uint8Array, size = bytes.length): Generator<Piece> {
  for (let at = 0; at < bytes.length; at += size) yield { type: 'bytes', bytes: bytes.subarray(at, at + size) };
}
