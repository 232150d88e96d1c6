import { connect, type Socket } from 'node:net';

export interface LoadResult {
  readonly requests: number;
  readonly failed: number;
  readonly seconds: number;
  /** Whole round trips in milliseconds, in the order they ended. */
  readonly latenciesMs: readonly number[];
  /** The last whole answer body, for checking. */
  readonly sample: string;
}

export interface Load {
  readonly port: number;
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly concurrency: number;
  readonly requests: number;
}

interface Reading {
  buffer: Buffer;
  headEnd: number;
  /** Bytes of the body by content-length; -1 for chunked. */
  length: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

function isWhole(reading: Reading): boolean {
  if (reading.headEnd === -1) {
    const at = reading.buffer.indexOf(HEAD_END);
    if (at === -1) return false;
    reading.headEnd = at + 4;
    const head = reading.buffer.subarray(0, at).toString('latin1').toLowerCase();
    const match = /content-length: *(\d+)/.exec(head);
    reading.length = match === null ? -1 : Number(match[1]);
  }
  if (reading.length >= 0) return reading.buffer.length >= reading.headEnd + reading.length;
  return reading.buffer.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK);
}

/** One keep-alive connection that sends the request again and again until `next` says no. */
function worker(
  load: Load,
  wire: Buffer,
  next: () => boolean,
  done: (ms: number, reading: Reading) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let reading: Reading = { buffer: Buffer.alloc(0), headEnd: -1, length: -1 };
    let startedAt = 0;
    const socket: Socket = connect({ host: '127.0.0.1', port: load.port });
    socket.setNoDelay(true);
    const send = () => {
      if (!next()) {
        socket.end();
        resolve();
        return;
      }
      reading = { buffer: Buffer.alloc(0), headEnd: -1, length: -1 };
      startedAt = performance.now();
      socket.write(wire);
    };
    socket.on('connect', send);
    socket.on('data', (chunk: Buffer) => {
      reading.buffer = reading.buffer.length === 0 ? chunk : Buffer.concat([reading.buffer, chunk]);
      if (!isWhole(reading)) return;
      done(performance.now() - startedAt, reading);
      send();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve());
  });
}

/** Closed loop: `concurrency` connections, each sends its next request when its answer is whole. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const body = Buffer.from(load.body, 'utf8');
  const lines = Object.entries({ 'content-type': 'application/json', ...load.headers }).map(
    ([k, v]) => `${k}: ${v}\r\n`,
  );
  const head = `POST ${load.path} HTTP/1.1\r\nhost: 127.0.0.1:${load.port}\r\n${lines.join('')}content-length: ${body.length}\r\n\r\n`;
  const wire = Buffer.concat([Buffer.from(head, 'latin1'), body]);
  const latenciesMs: number[] = [];
  let left = load.requests;
  let failed = 0;
  let sample = '';
  const startedAt = performance.now();
  const done = (ms: number, reading: Reading) => {
    latenciesMs.push(ms);
    if (!reading.buffer.subarray(0, 12).toString('latin1').endsWith('200')) failed += 1;
    if (latenciesMs.length === load.requests) sample = bodyOf(reading);
  };
  const next = () => left-- > 0;
  await Promise.all(Array.from({ length: load.concurrency }, () => worker(load, wire, next, done)));
  const missing = load.requests - latenciesMs.length;
  return {
    requests: latenciesMs.length,
    failed: failed + missing,
    seconds: (performance.now() - startedAt) / 1000,
    latenciesMs,
    sample,
  };
}

function bodyOf({ buffer, headEnd, length }: Reading): string {
  const raw = buffer.subarray(headEnd);
  if (length >= 0) return raw.toString('utf8');
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = raw.indexOf('\r\n', at);
    const size = Number.parseInt(raw.subarray(at, end).toString('latin1'), 16);
    if (!(size > 0)) return Buffer.concat(parts).toString('utf8');
    parts.push(raw.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
