import { GatewayError } from '../../types/errors.ts';

/** Bun's reader gives all chunks that wait, in one call. */
type ManyReader = ReadableStreamDefaultReader<Uint8Array> & {
  readMany(): ManyResult | Promise<ManyResult>;
};
interface ManyResult {
  readonly done: boolean;
  readonly value: readonly Uint8Array[];
}

/** The chunks of a reply's body, as many as wait at once. */
export interface UpstreamBody {
  /** The next chunks, or undefined when the body is over. */
  next(): Promise<readonly Uint8Array[] | undefined>;
  cancel(): void;
}

export function readBody(reply: Response): UpstreamBody {
  if (reply.body === null) return { next: () => Promise.resolve(undefined), cancel: () => undefined };
  const reader = reply.body.getReader() as ManyReader;
  return {
    next: async () => {
      const { done, value } = await reader.readMany();
      return done && value.length === 0 ? undefined : value;
    },
    cancel: () => {
      reader.cancel().catch(() => undefined);
    },
  };
}

/** A body of at most this length arrives as one piece; a larger one is watched while it comes. */
const ONE_PIECE_BYTES = 1024 * 1024;

/** The whole body. Throws `upstream_garbled` past `bytesMax`; the rest is not read. Calls `onBytes` for signs of life. */
export async function readWhole(reply: Response, bytesMax: number, onBytes: () => void): Promise<Buffer> {
  const length = reply.headers.get('content-length');
  const isShort = length !== null && Number(length) <= Math.min(bytesMax, ONE_PIECE_BYTES);
  if (isShort && !reply.headers.has('content-encoding')) {
    return Buffer.from(await reply.arrayBuffer());
  }
  const body = readBody(reply);
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const chunks = await body.next();
    if (chunks === undefined) return Buffer.concat(parts, size);
    onBytes();
    for (const chunk of chunks) {
      parts.push(chunk);
      size += chunk.length;
    }
    if (size > bytesMax) {
      body.cancel();
      throw new GatewayError('upstream_garbled', `the provider's answer is larger than ${bytesMax} bytes`);
    }
  }
}

/** The start of a body as text, for error bodies: never more than `bytesMax`. */
export async function readHead(reply: Response, bytesMax: number): Promise<string> {
  const body = readBody(reply);
  const parts: Uint8Array[] = [];
  let size = 0;
  while (size < bytesMax) {
    const chunks = await body.next();
    if (chunks === undefined) return Buffer.concat(parts, size).toString('utf8');
    for (const chunk of chunks) {
      parts.push(chunk);
      size += chunk.length;
    }
  }
  body.cancel();
  return Buffer.concat(parts, size).subarray(0, bytesMax).toString('utf8');
}
