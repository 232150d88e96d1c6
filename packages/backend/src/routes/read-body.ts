import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { GatewayError } from '../types/errors.ts';
import type { Limits } from '../types/gateway.ts';
import type { Ticker } from '../utils/ticker.ts';

const UNPACK: Readonly<Record<string, (packed: Buffer, maxOutputLength: number) => Promise<Buffer>>> = {
  gzip: (packed, maxOutputLength) => promisify<Buffer, object, Buffer>(gunzip)(packed, { maxOutputLength }),
  deflate: (packed, maxOutputLength) => promisify<Buffer, object, Buffer>(inflate)(packed, { maxOutputLength }),
  br: (packed, maxOutputLength) => promisify<Buffer, object, Buffer>(brotliDecompress)(packed, { maxOutputLength }),
  zstd: (packed, maxOutputLength) => promisify<Buffer, object, Buffer>(zstdDecompress)(packed, { maxOutputLength }),
};

const tooLarge = (bytesMax: number): GatewayError =>
  new GatewayError('request_too_large', `the body is larger than ${bytesMax} bytes; raise limits.body or send less`);

/** The promise, or a `request_timeout` after `ms`. */
function within<T>(work: Promise<T>, ms: number, ticker: Ticker): Promise<T> {
  return new Promise((resolve, reject) => {
    const watch = ticker.watch(() => {
      reject(new GatewayError('request_timeout', `the body did not arrive within ${Math.round(ms / 1000)} s`));
    });
    watch.setDue(ticker.now() + ms);
    work.then(
      (value) => {
        watch.stop();
        resolve(value);
      },
      (reason) => {
        watch.stop();
        reject(reason);
      },
    );
  });
}

/** A body without a length: counted as it comes, and let go at the limit. */
async function readCounted(body: ReadableStream<Uint8Array>, bytesMax: number): Promise<ArrayBuffer> {
  const reader = body.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(Buffer.concat(parts, size)).buffer;
    size += value.length;
    if (size > bytesMax) {
      reader.cancel().catch(() => undefined);
      throw tooLarge(bytesMax);
    }
    parts.push(value);
  }
}

async function unpack(packed: Buffer, encoding: string, bytesMax: number): Promise<Buffer> {
  const known = UNPACK[encoding.trim().toLowerCase()];
  if (known === undefined) {
    const names = Object.keys(UNPACK).join(', ');
    throw new GatewayError('request_encoding', `content-encoding "${encoding.slice(0, 40)}" is not one of ${names}`);
  }
  try {
    return await known(packed, bytesMax);
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(bytesMax);
    throw new GatewayError('request_encoding', `the body is not ${encoding}, although its content-encoding says so`, {
      cause,
    });
  }
}

const gone = (cause: unknown): never => {
  if (cause instanceof GatewayError) throw cause;
  throw new GatewayError('client_gone', 'the client closed the connection while it sent the body', { cause });
};

/**
 * The whole body, unpacked. A length above the limit is refused before a byte is read; a body without a length is
 * counted as it comes. Throws `request_too_large`, `request_timeout`, `request_encoding` or `client_gone`.
 */
export async function readRequestBody(request: Request, limits: Limits, ticker: Ticker): Promise<Buffer> {
  const { bodyBytesMax, bodyMs } = limits;
  const { headers } = request;
  const length = headers.get('content-length');
  if (length !== null && Number(length) > bodyBytesMax) throw tooLarge(bodyBytesMax);
  const isCounted = length === null && request.body !== null;
  const reading = isCounted ? readCounted(request.body, bodyBytesMax) : request.arrayBuffer();
  let body: Buffer;
  try {
    body = Buffer.from(await within(reading, bodyMs, ticker));
  } catch (cause) {
    return gone(cause);
  }
  const encoding = headers.get('content-encoding');
  return encoding === null || encoding.trim().toLowerCase() === 'identity'
    ? body
    : unpack(body, encoding, bodyBytesMax);
}
