import { describe, expect, test } from 'bun:test';
import { gzipSync } from 'node:zlib';
import type { Limits } from '../types/gateway.ts';
import { createTicker } from '../utils/ticker.ts';
import { readRequestBody } from './read-body.ts';

const limits: Limits = {
  bodyBytesMax: 100,
  bodyMs: 50,
  firstByteMs: 1,
  unaryMs: 1,
  firstContentMs: 1,
  stallMs: 1,
  clientStallMs: 1,
  attemptMs: 1,
  requestMs: 1,
  attemptsMax: 1,
  keepAliveMs: 1,
  openRequestsMax: 1,
  replyBytesMax: 1,
};
const ticker = createTicker(() => performance.now(), 5);

function read(body: BunFetchRequestInit['body'], headers: Record<string, string> = {}): Promise<Buffer> {
  const init: BunFetchRequestInit = { method: 'POST', headers, ...(body === undefined ? {} : { body }) };
  return readRequestBody(new Request('http://localhost/', init), limits, ticker);
}

/** A stream of `count` chunks of 40 bytes, and how many of them were asked for. */
function chunks(count: number) {
  const state = { given: 0, isCancelled: false };
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (state.given === count) return controller.close();
      state.given += 1;
      controller.enqueue(new Uint8Array(40).fill(97));
    },
    cancel: () => {
      state.isCancelled = true;
    },
  });
  return { stream, state };
}

describe('a body is read', () => {
  test.each([
    { name: 'with a length', body: 'hello', headers: { 'content-length': '5' }, wanted: 'hello' },
    { name: 'without a length', body: 'hello', headers: {}, wanted: 'hello' },
    { name: 'that is empty', body: '', headers: {}, wanted: '' },
    { name: 'that is not there', body: undefined, headers: {}, wanted: '' },
    { name: 'that says it is not packed', body: 'x', headers: { 'content-encoding': 'identity' }, wanted: 'x' },
    { name: 'that is packed, in capitals', body: gzipSync('x'), headers: { 'content-encoding': 'GZIP' }, wanted: 'x' },
  ])('$name', async ({ body, headers, wanted }) => {
    expect((await read(body, headers)).toString()).toBe(wanted);
  });

  test('of exactly the limit', async () => {
    expect((await read('x'.repeat(100))).length).toBe(100);
  });
});

describe('a body is refused', () => {
  test('by its length, before a byte is read', async () => {
    const { stream, state } = chunks(10);
    expect(read(stream, { 'content-length': '101' })).rejects.toMatchObject({ code: 'request_too_large' });
    expect(state.given).toBeLessThan(2);
  });

  test('by its count, and the rest is let go', async () => {
    const { stream, state } = chunks(1000);
    const error = await read(stream).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'request_too_large', status: 413 });
    expect(state.given).toBeLessThan(10);
    expect(state.isCancelled).toBe(true);
  });

  test('when it unpacks to more than the limit', async () => {
    const error = await read(gzipSync('x'.repeat(101)), { 'content-encoding': 'gzip' }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'request_too_large' });
  });

  test.each([
    { name: 'an unknown encoding', headers: { 'content-encoding': 'rot13' } },
    { name: 'two encodings', headers: { 'content-encoding': 'gzip, br' } },
    { name: 'an encoding that it does not have', headers: { 'content-encoding': 'zstd' } },
  ])('for $name', async ({ headers }) => {
    const error = await read('plain', headers).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'request_encoding', status: 415 });
  });

  test('when it does not arrive in time', async () => {
    const error = await read(new ReadableStream({})).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'request_timeout', status: 408 });
  });

  test('when its sender breaks off', async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error('ECONNRESET')) });
    const error = await read(broken).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'client_gone' });
  });
});
