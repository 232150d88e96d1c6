import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../types/errors.ts';
import { createTransport, oddStatus } from './transport.ts';

/** A transport whose network and clock are the test's own. */
function transportWith(addresses: readonly (readonly string[] | Error)[]) {
  const sent: { url: string; init: BunFetchRequestInit }[] = [];
  const state = { nowMs: 0, lookups: 0 };
  const transport = createTransport({
    fetch: async (url, init) => {
      sent.push({ url, init });
      return new Response('{}');
    },
    lookup: async () => {
      const answer = addresses[Math.min(state.lookups, addresses.length - 1)] ?? [];
      state.lookups += 1;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    now: () => state.nowMs,
  });
  const send = async (url: string, privateNetwork = false) =>
    transport.send({
      url,
      headers: { authorization: 'Bearer key' },
      body: () => 'body',
      signal: new AbortController().signal,
      privateNetwork,
    });
  return { transport, sent, state, send };
}

describe('a call by name', () => {
  test('goes to the checked address, with the name in Host and in the TLS handshake', async () => {
    const { sent, send } = transportWith([['93.184.216.34']]);
    await send('https://api.example:8443/v1/messages?beta=true');
    expect(sent[0]?.url).toBe('https://93.184.216.34:8443/v1/messages?beta=true');
    expect(sent[0]?.init).toMatchObject({
      method: 'POST',
      redirect: 'manual',
      timeout: false,
      headers: { authorization: 'Bearer key', host: 'api.example:8443' },
      tls: { serverName: 'api.example' },
    });
  });

  test('goes to an IPv6 address in brackets', async () => {
    const { sent, send } = transportWith([['2606:4700::1111']]);
    await send('https://api.example/x');
    expect(sent[0]?.url).toBe('https://[2606:4700::1111]/x');
  });

  test('asks for the name once in thirty seconds', async () => {
    const { state, send } = transportWith([['93.184.216.34']]);
    for (const nowMs of [0, 10_000, 29_999]) {
      state.nowMs = nowMs;
      await send('https://api.example/');
    }
    expect(state.lookups).toBe(1);
    state.nowMs = 30_001;
    await send('https://api.example/');
    expect(state.lookups).toBe(2);
  });

  test.each([
    { name: 'one address of several is private', addresses: ['93.184.216.34', '10.1.2.3'], code: 'upstream_blocked' },
    { name: 'it names the metadata service', addresses: ['169.254.169.254'], code: 'upstream_blocked' },
    { name: 'it has no address', addresses: [], code: 'upstream_down' },
    { name: 'it does not resolve', addresses: new Error('ENOTFOUND'), code: 'upstream_down' },
  ])('is not made when $name', async ({ addresses, code }) => {
    const { sent, send } = transportWith([addresses]);
    expect(send('https://api.example/')).rejects.toMatchObject({ code });
    expect(sent).toEqual([]);
  });

  test('that failed to resolve is resolved anew', async () => {
    const { sent, send } = transportWith([new Error('EAI_AGAIN'), ['93.184.216.34']]);
    await send('https://api.example/').catch(() => undefined);
    await send('https://api.example/');
    expect(sent.length).toBe(1);
  });
});

describe('of several addresses of a name', () => {
  /** A network in which some addresses do not answer: they refuse, or stay silent until the call is given up. */
  function networkOf(broken: Readonly<Record<string, 'refuses' | 'silent'>>) {
    const sent: string[] = [];
    const state = { nowMs: 0 };
    const transport = createTransport({
      fetch: async (url, { signal }) => {
        const { hostname } = new URL(url);
        sent.push(hostname);
        if (broken[hostname] === 'refuses') throw Object.assign(new Error('no'), { code: 'ConnectionRefused' });
        if (broken[hostname] === 'silent') {
          await new Promise((resolve) => signal?.addEventListener('abort', resolve));
          throw signal?.reason;
        }
        return new Response('{}');
      },
      lookup: async () => ['2606:4700::1111', '93.184.216.34'],
      now: () => state.nowMs,
    });
    const send = async (controller = new AbortController()) =>
      transport.send({
        url: 'https://api.example/',
        headers: {},
        body: () => 'body',
        signal: controller.signal,
        privateNetwork: false,
      });
    return { sent, state, send };
  }

  test('the next is asked at once where one refuses, and stays the first choice when the name is resolved anew', async () => {
    const { sent, state, send } = networkOf({ '[2606:4700::1111]': 'refuses' });
    expect((await send()).status).toBe(200);
    state.nowMs = 60_000;
    await send();
    expect(sent).toEqual(['[2606:4700::1111]', '93.184.216.34', '93.184.216.34']);
  });

  test('the error is that of the network where all refuse', async () => {
    const { sent, send } = networkOf({ '[2606:4700::1111]': 'refuses', '93.184.216.34': 'refuses' });
    expect(send()).rejects.toMatchObject({ code: 'ConnectionRefused' });
    await send().catch(() => undefined);
    expect(sent.length).toBe(4);
  });

  test.each([
    { name: 'the next call goes elsewhere after a silence', code: 'upstream_timeout', next: '93.184.216.34' },
    { name: 'the next call stays after a client has left', code: 'client_gone', next: '[2606:4700::1111]' },
  ] as const)('$name', async ({ code, next }) => {
    const { sent, send } = networkOf({ '[2606:4700::1111]': 'silent' });
    const first = new AbortController();
    const waiting = send(first).catch((thrown: unknown) => thrown);
    await Bun.sleep(0);
    first.abort(new GatewayError(code, 'over'));
    expect(await waiting).toMatchObject({ code });
    const second = new AbortController();
    const later = send(second).catch(() => undefined);
    await Bun.sleep(0);
    second.abort();
    await later;
    expect(sent).toEqual(['[2606:4700::1111]', next]);
  });
});

describe('what the network said means', () => {
  const { transport } = transportWith([[]]);
  test.each([
    ['ConnectionRefused', 'upstream_down'],
    ['ENOTFOUND', 'upstream_down'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'upstream_down'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'upstream_down'],
    ['ECONNRESET', 'upstream_reset'],
    ['', 'upstream_reset'],
  ] as const)('%s: %s', (code, wanted) => {
    const error = transport.explain(Object.assign(new Error('network'), { code }), 'https://api.example/secret?key=1');
    expect(error.code).toBe(wanted);
    expect(error.message).toContain('api.example');
    expect(error.message).not.toContain('secret');
  });

  test('an error of ours stays what it is', () => {
    const error = new GatewayError('upstream_timeout', 'late');
    expect(transport.explain(error, 'https://api.example/')).toBe(error);
  });
});

test.each([
  [200, undefined],
  [299, undefined],
  [400, undefined],
  [599, undefined],
  [100, 'upstream_garbled'],
  [301, 'upstream_redirect'],
  [304, 'upstream_redirect'],
  [600, 'upstream_garbled'],
  [999, 'upstream_garbled'],
] as const)('status %i is %p', (status, code) => {
  expect(oddStatus(status, 'https://api.example/v1')?.code).toBe(code);
});
