import { describe, expect, test } from 'bun:test';
import { readHead, readWhole } from './upstream-body.ts';

/** A reply whose body comes in chunks of `size` bytes and never ends by itself. */
function endless(size: number, headers: Record<string, string> = {}) {
  const state = { given: 0, isCancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      state.given += size;
      controller.enqueue(new Uint8Array(size).fill(97));
    },
    cancel: () => {
      state.isCancelled = true;
    },
  });
  return { reply: new Response(body, { headers }), state };
}

describe('a whole reply', () => {
  test.each([
    { name: 'with a length', headers: { 'content-length': '5' } },
    { name: 'without a length', headers: {} },
    { name: 'with a length that counts packed bytes', headers: { 'content-length': '3', 'content-encoding': 'gzip' } },
  ])('$name is read', async ({ headers }) => {
    const bytes = await readWhole(new Response('hello', { headers }), 100, () => undefined);
    expect(bytes.toString()).toBe('hello');
  });

  test('tells of each sign of life', async () => {
    let signs = 0;
    await readWhole(new Response('hello'), 100, () => {
      signs += 1;
    });
    expect(signs).toBeGreaterThan(0);
  });

  test.each([{}, { 'content-length': '999999999' }])(
    'above the limit is let go, with headers %j',
    async (headers: Record<string, string>) => {
      const { reply, state } = endless(1000, headers);
      const error = await readWhole(reply, 5000, () => undefined).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: 'upstream_garbled' });
      expect(state.given).toBeLessThan(20_000);
      expect(state.isCancelled).toBe(true);
    },
  );
});

describe('the head of a refusal', () => {
  test('is read to the limit and no further', async () => {
    const { reply, state } = endless(1000);
    expect((await readHead(reply, 4500)).length).toBe(4500);
    expect(state.given).toBeLessThan(20_000);
    expect(state.isCancelled).toBe(true);
  });

  test('of a reply without a body is empty', async () => {
    expect(await readHead(new Response(null), 100)).toBe('');
  });
});
