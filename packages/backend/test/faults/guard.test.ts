import { afterAll, describe, expect, test } from 'bun:test';
import { lookup } from 'node:dns/promises';
import { createTransport, type Outbound } from '../../src/services/dispatch/transport.ts';
import { GatewayError } from '../../src/types/errors.ts';
import { makeCertificate } from './kit/certificate.ts';
import { openGateway } from './kit/gateway.ts';
import { answering, askedOf } from './kit/plays.ts';
import { startUpstream } from './kit/upstream.ts';
import { WIRES } from './kit/wires.ts';

const opened: { stop(): unknown }[] = [];
afterAll(async () => {
  for (const one of opened) await one.stop();
});
const listening = <T extends { stop(): unknown }>(one: T): T => {
  opened.push(one);
  return one;
};

const sink = listening(startUpstream((seat) => seat.reply(200, '{"leaked":true}')));

/** The real transport; names resolve as the table says. */
function transportWith(names: Readonly<Record<string, readonly string[]>>) {
  return createTransport({
    fetch: (url, init) => fetch(url, init),
    lookup: async (host) => {
      const known = names[host];
      if (known !== undefined) return known;
      return (await lookup(host, { all: true })).map(({ address }) => address);
    },
    now: () => performance.now(),
  });
}

const outbound = (url: string, privateNetwork: boolean): Outbound => ({
  url,
  headers: { authorization: 'Bearer secret', 'content-type': 'application/json' },
  body: () => '{}',
  signal: new AbortController().signal,
  privateNetwork,
});

async function codeOf(url: string, privateNetwork: boolean, names = {}): Promise<string> {
  const transport = transportWith(names);
  try {
    const reply = await transport.send(outbound(url, privateNetwork));
    await reply.arrayBuffer();
    return `status ${reply.status}`;
  } catch (thrown) {
    return thrown instanceof GatewayError ? thrown.code : transport.explain(thrown, url).code;
  }
}

describe('an address that no provider may have is refused before anything is sent:', () => {
  const port = sink.port;
  test.each([
    ['a file', 'file:///etc/passwd', true],
    ['data', 'data:application/json,{}', true],
    ['a bucket', 's3://bucket/key', true],
    ['a page of the browser', 'blob:null/1', true],
    ['plain http to the world', 'http://example.com/', false],
    ['loopback without permission', `https://127.0.0.1:${port}/`, false],
    ['loopback as a decimal number', `https://2130706433:${port}/`, false],
    ['loopback in hexadecimal', `https://0x7f000001:${port}/`, false],
    ['loopback in octal', `https://0177.0.0.1:${port}/`, false],
    ['loopback in short', `https://127.1:${port}/`, false],
    ['loopback mapped into IPv6', `https://[::ffff:127.0.0.1]:${port}/`, false],
    ['loopback of IPv6', `https://[::1]:${port}/`, false],
    ['loopback by name', `https://localhost:${port}/`, false],
    ['loopback by a name of the world', `https://innocent.example:${port}/`, false],
    ['a private network', 'https://10.0.0.1/', false],
    ['metadata, without permission', 'https://169.254.169.254/', false],
    ['metadata, even with permission', 'http://169.254.169.254/latest/meta-data', true],
    ['metadata by a name of the world', 'http://metadata.example/', true],
    ['metadata of Alibaba', 'http://100.100.100.200/', true],
    ['metadata of Azure', 'http://168.63.129.16/', true],
    ['metadata in IPv6', 'http://[fd00:ec2::254]/', true],
    ['the unspecified address', `http://0.0.0.0:${port}/`, true],
    ['a name with one good and one bad address', `https://half.example:${port}/`, false],
  ] as const)('%s: %s', async (_name, url, privateNetwork) => {
    sink.forget();
    const names = {
      'innocent.example': ['127.0.0.1'],
      'metadata.example': ['169.254.169.254'],
      'half.example': ['93.184.216.34', '127.0.0.1'],
    };
    expect(await codeOf(url, privateNetwork, names)).toBe('upstream_blocked');
    expect(sink.calls.length).toBe(0);
  });

  test('while loopback with permission is reached', async () => {
    expect(await codeOf(`http://127.0.0.1:${port}/`, true)).toBe('status 200');
    expect(await codeOf(`http://localhost:${port}/`, true)).toBe('status 200');
  });

  test('and a name is resolved once: what it points to later takes no part', async () => {
    sink.forget();
    let asked = 0;
    const transport = createTransport({
      fetch: (url, init) => fetch(url, init),
      lookup: async () => {
        asked += 1;
        return asked === 1 ? ['127.0.0.1'] : ['169.254.169.254'];
      },
      now: () => performance.now(),
    });
    const url = `http://rebinding.example:${port}/`;
    for (let round = 0; round < 3; round += 1) await (await transport.send(outbound(url, true))).arrayBuffer();
    expect(asked).toBe(1);
    expect(sink.calls.map(({ headers }) => headers['host'])).toEqual(
      Array.from({ length: 3 }, () => `rebinding.example:${port}`),
    );
  });
});

describe('a redirect of a provider is refused and takes no key along:', () => {
  test.each([301, 302, 303, 307, 308].flatMap((status) => WIRES.map((wire) => ({ status, id: wire.id, wire }))))(
    '$status, $id',
    async ({ status, wire }) => {
      sink.forget();
      const redirecting = startUpstream((seat) => seat.reply(status, '', { location: `${sink.url}/steal` }));
      const gateway = await openGateway(
        `providers:\n  up: { type: simulator, formats: [${wire.id}], baseUrl: "${redirecting.url}", apiKey: very-secret }\nmodels:\n  m: up/m`,
      );
      try {
        const answer = await gateway.ask(wire, 'm');
        const text = await answer.text();
        expect({ status: answer.status, text }).toEqual({ status: 502, text: expect.stringContaining('redirect') });
        expect(text).not.toContain('steal');
        const [call] = redirecting.calls;
        expect(Object.values(call?.headers ?? {}).some((value) => value.includes('very-secret'))).toBe(true);
        expect(sink.calls.length).toBe(0);
      } finally {
        await gateway.stop();
        redirecting.stop();
      }
    },
  );
});

describe('a certificate is checked against the name of the provider, although the address is pinned:', () => {
  const certificate = makeCertificate('right.example');
  if (certificate === undefined) console.info('the checks of certificates are left out: there is no openssl here');
  const tls =
    certificate === undefined
      ? undefined
      : listening(startUpstream((seat) => answering('x')(seat, askedOf(seat)), certificate));
  const names = { 'right.example': ['127.0.0.1'], 'wrong.example': ['127.0.0.1'] };

  test.skipIf(tls === undefined)('one that nobody has signed is refused', async () => {
    const transport = transportWith(names);
    const sent = transport.send(outbound(`https://right.example:${tls?.port}/v1/responses`, true));
    const error = await sent
      .then(() => undefined)
      .catch((thrown) => transport.explain(thrown, 'https://right.example/'));
    expect(error).toMatchObject({ code: 'upstream_down', message: expect.stringContaining('certificate') });
    expect(tls?.calls.length).toBe(0);
  });

  test.skipIf(tls === undefined)('one for another name is refused, one for this name is taken', async () => {
    // The same transport, with this one certificate as the only authority.
    const trusting = createTransport({
      fetch: (url, init) => fetch(url, { ...init, tls: { ...init.tls, ca: certificate?.cert ?? '' } }),
      lookup: async (host) => names[host as keyof typeof names] ?? [],
      now: () => performance.now(),
    });
    const at = (host: string) => outbound(`https://${host}:${tls?.port}/v1/responses`, true);
    const right = await trusting.send({ ...at('right.example'), body: () => '{"model":"m"}' });
    expect(right.status).toBe(200);
    await right.arrayBuffer();
    expect(tls?.calls[0]?.headers['host']).toBe(`right.example:${tls?.port}`);
    const wrong = trusting.send(at('wrong.example'));
    const error = await wrong
      .then(() => undefined)
      .catch((thrown) => trusting.explain(thrown, 'https://wrong.example/'));
    expect(error).toMatchObject({ code: 'upstream_down', message: expect.stringContaining('certificate') });
    expect(tls?.calls.length).toBe(1);
  });
});
