import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { openGateway, type TestGateway } from './kit/gateway.ts';
import { playByModel } from './kit/plays.ts';
import { rawExchange } from './kit/raw.ts';
import { startUpstream, type Upstream } from './kit/upstream.ts';
import { otherWire, WIRES, type Wire } from './kit/wires.ts';

let upstream: Upstream;
let gateway: TestGateway;
let calls = 0;

beforeAll(async () => {
  upstream = startUpstream(playByModel);
  const providers = WIRES.map(
    ({ id }) => `  up-${id}: { type: simulator, formats: [${id}], baseUrl: "${upstream.url}" }\n`,
  );
  const models = WIRES.map(({ id }) => `  to-${id}: up-${id}/right-answer\n`);
  gateway = await openGateway(
    `providers:\n${providers.join('')}models:\n${models.join('')}  allowed: up-openai-chat/right-answer
  "off": { targets: [up-openai-chat/right-answer], enabled: false }
limits: { body: 64KiB, bodyTimeout: 300ms }`,
  );
});
afterAll(async () => {
  await gateway.stop();
  upstream.stop();
});
beforeEach(() => upstream.forget());

interface Sent {
  readonly body?: NonNullable<BunFetchRequestInit['body']>;
  readonly model?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly path?: string;
}

async function send(wire: Wire, { body, model = 'allowed', headers = {}, method = 'POST', path }: Sent) {
  calls += 1;
  const answer = await fetch(gateway.url + (path ?? wire.path(model, false)), {
    method,
    headers: { 'x-api-key': gateway.clientKey, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await answer.text();
  const shown = /^[{[]/.test(text) ? (JSON.parse(text) as unknown) : text;
  return { status: answer.status, text, headers: answer.headers, error: wire.errorOf(shown), shown };
}

const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const withField = (wire: Wire, model: string, field: string, value: unknown): string =>
  JSON.stringify({ ...wire.ask(model, false), [field]: value });

interface Row {
  readonly name: string;
  readonly status: number;
  readonly says: RegExp;
  readonly sent: (wire: Wire) => Sent;
}

const rows: readonly Row[] = [
  { name: 'text that is no JSON', status: 400, says: /not JSON/, sent: () => ({ body: 'hello' }) },
  { name: 'JSON that was cut', status: 400, says: /not JSON/, sent: () => ({ body: '{"model": "allowed", "x": [1,' }) },
  { name: 'an empty body', status: 400, says: /empty/, sent: () => ({ body: '' }) },
  { name: 'white space only', status: 400, says: /not JSON/, sent: () => ({ body: ' \n ' }) },
  { name: 'a JSON array', status: 400, says: /JSON object/, sent: () => ({ body: '[]' }) },
  { name: 'a JSON string', status: 400, says: /JSON object/, sent: () => ({ body: '"hello"' }) },
  { name: 'null', status: 400, says: /JSON object/, sent: () => ({ body: 'null' }) },
  {
    name: 'a model that does not exist, with the nearest name',
    status: 404,
    says: /alowed.*did you mean "?allowed/i,
    sent: (wire) => ({ model: 'alowed', body: JSON.stringify(wire.ask('alowed', false)) }),
  },
  {
    name: 'a provider that does not exist',
    status: 404,
    says: /nowhere/,
    sent: (wire) => ({ model: 'direct/nowhere/m', body: JSON.stringify(wire.ask('direct/nowhere/m', false)) }),
  },
  {
    name: 'a model that is switched off',
    status: 503,
    says: /switched off/,
    sent: (wire) => ({ model: 'off', body: JSON.stringify(wire.ask('off', false)) }),
  },
  {
    name: 'a content encoding that nobody knows',
    status: 415,
    says: /content-encoding "lzma"/,
    sent: (wire) => ({ body: JSON.stringify(wire.ask('allowed', false)), headers: { 'content-encoding': 'lzma' } }),
  },
  {
    name: 'a body that is not what its encoding says',
    status: 415,
    says: /not gzip/,
    sent: (wire) => ({ body: JSON.stringify(wire.ask('allowed', false)), headers: { 'content-encoding': 'gzip' } }),
  },
  {
    name: 'a body above the limit with a length',
    status: 413,
    says: /larger than 65536 bytes/,
    sent: (wire) => ({ body: JSON.stringify(wire.ask('allowed', false, 'x'.repeat(70_000))) }),
  },
  {
    name: 'a small body that unpacks to one above the limit',
    status: 413,
    says: /larger than 65536 bytes/,
    sent: () => ({ body: gzipSync(Buffer.alloc(50_000_000, ' ')), headers: { 'content-encoding': 'gzip' } }),
  },
  {
    name: 'a bomb in brotli',
    status: 413,
    says: /larger than 65536 bytes/,
    sent: () => ({ body: brotliCompressSync(Buffer.alloc(5_000_000)), headers: { 'content-encoding': 'br' } }),
  },
  {
    name: 'a bomb in zstd',
    status: 413,
    says: /larger than 65536 bytes/,
    sent: () => ({ body: zstdCompressSync(Buffer.alloc(5_000_000)), headers: { 'content-encoding': 'zstd' } }),
  },
  {
    name: 'no key',
    status: 401,
    says: /no client key/,
    sent: (wire) => ({ ...right(wire), headers: { 'x-api-key': '' } }),
  },
  {
    name: 'a key that is not known',
    status: 401,
    says: /not known/,
    sent: (wire) => ({ ...right(wire), headers: { 'x-api-key': 'sk-somebody-elses' } }),
  },
  {
    name: 'a key that was cut when it was copied',
    status: 401,
    says: /mistyped or cut/,
    sent: (wire) => ({ ...right(wire), headers: { 'x-api-key': gateway.clientKey.slice(0, -1) } }),
  },
  {
    name: 'a key that is switched off',
    status: 401,
    says: /disabled/,
    sent: (wire) => ({ ...right(wire), headers: { 'x-api-key': gateway.disabledKey } }),
  },
  {
    name: 'a key that may not use this model',
    status: 403,
    says: /may not use/,
    sent: (wire) => ({
      model: 'to-gemini',
      body: JSON.stringify(wire.ask('to-gemini', false)),
      headers: { 'x-api-key': gateway.narrowKey },
    }),
  },
  {
    name: 'a key that may not use this provider directly',
    status: 403,
    says: /may not use/,
    sent: (wire) => ({
      model: 'direct/up-openai-chat/right-answer',
      body: JSON.stringify(wire.ask('direct/up-openai-chat/right-answer', false)),
      headers: { 'x-api-key': gateway.narrowKey },
    }),
  },
  { name: 'GET where only POST is known', status: 405, says: /use POST/, sent: () => ({ method: 'GET' }) },
];

const right = (wire: Wire): Sent => ({ body: JSON.stringify(wire.ask('allowed', false)) });

describe.each(WIRES.map((wire) => ({ name: wire.id, wire })))(
  'a client of $name is refused in its own words:',
  ({ wire }) => {
    test.each(rows as Row[])('$name', async ({ status, says, sent }) => {
      const answer = await send(wire, sent(wire));
      expect({ status: answer.status, message: answer.error?.message ?? answer.text }).toEqual({
        status,
        message: expect.stringMatching(says),
      });
      expect(answer.text).not.toContain('node_modules');
      expect(answer.text).not.toContain('.ts:');
      expect(upstream.calls.length).toBe(0);
    });

    test('a body nested 65 levels deep, where it would be translated', async () => {
      const model = `to-${otherWire(wire).id}`;
      const { status, error } = await send(wire, {
        model,
        body: withField(wire, model, 'metadata', nested(65)).replace(/"(\[+\]+)"/, '$1'),
      });
      expect({ status, message: error?.message }).toEqual({
        status: 400,
        message: expect.stringContaining('64 levels'),
      });
      expect(upstream.calls.length).toBe(0);
    });

    test('a hostile depth does not hold up anyone', async () => {
      const model = `to-${otherWire(wire).id}`;
      const startedMs = performance.now();
      const { status } = await send(wire, { model, body: `{"model":"${model}","x":${nested(30_000)}}` });
      expect(status).toBe(400);
      expect(performance.now() - startedMs).toBeLessThan(100);
    });

    test('a body above the limit without a length is let go at the limit', async () => {
      let given = 0;
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          given += 16_384;
          controller.enqueue(new Uint8Array(16_384).fill(32));
          if (given >= 200_000_000) controller.close();
        },
      });
      const { status, error } = await send(wire, { body }).catch(() => ({ status: 413, error: { message: 'larger' } }));
      expect(status).toBe(413);
      expect(error?.message).toContain('larger');
      expect(given).toBeLessThan(50_000_000);
    });

    test.each([
      { name: 'gzip', pack: gzipSync },
      { name: 'deflate', pack: deflateSync },
      { name: 'br', pack: brotliCompressSync },
      { name: 'zstd', pack: zstdCompressSync },
    ])('while a body in $name is taken', async ({ name, pack }) => {
      const { status, text } = await send(wire, {
        body: pack(JSON.stringify(wire.ask('allowed', false))),
        headers: { 'content-encoding': name },
      });
      expect({ status, text }).toEqual({ status: 200, text: expect.stringContaining('the right answer') });
    });

    test('a body that does not arrive in time', async () => {
      calls += 1;
      const { head, body } = await rawExchange(gateway.url, [
        `POST ${wire.path('allowed', false)} HTTP/1.1`,
        'host: localhost',
        `x-api-key: ${gateway.clientKey}`,
        'content-length: 1000',
        '',
        '{"model":',
      ]);
      expect(head).toStartWith('HTTP/1.1 408');
      expect(wire.errorOf(JSON.parse(body))?.message).toContain('did not arrive');
    });
  },
);

interface FieldRow {
  readonly name: string;
  readonly wire: string;
  readonly change: Record<string, unknown>;
  readonly says: RegExp;
}

const cat = { type: 'image_url', image_url: { url: 'data:image/png;base64,***' } };

/** Requests that are translated, so that the gateway itself must judge them. */
const FIELD_ROWS: readonly FieldRow[] = [
  { name: 'Chat without messages', wire: 'openai-chat', change: { messages: undefined }, says: /messages/ },
  { name: 'Chat with empty messages', wire: 'openai-chat', change: { messages: [] }, says: /messages/ },
  { name: 'Chat with a word for messages', wire: 'openai-chat', change: { messages: 'hi' }, says: /messages/ },
  {
    name: 'Chat with a role of its own',
    wire: 'openai-chat',
    change: { messages: [{ role: 'boss', content: 'x' }] },
    says: /messages\[0\]\.role/,
  },
  { name: 'Chat with a word for a number', wire: 'openai-chat', change: { temperature: 'hot' }, says: /temperature/ },
  { name: 'Chat with a tool that is no object', wire: 'openai-chat', change: { tools: [1] }, says: /tools\[0\]/ },
  {
    name: 'Chat with a tool result without its call',
    wire: 'openai-chat',
    change: { messages: [{ role: 'tool', content: 'x' }] },
    says: /messages\[0\]/,
  },
  {
    name: 'Chat with a broken image',
    wire: 'openai-chat',
    change: { messages: [{ role: 'user', content: [cat] }] },
    says: /messages\[0\]\.content\[0\]/,
  },
  { name: 'Responses without input', wire: 'openai-responses', change: { input: undefined }, says: /input/ },
  { name: 'Responses with a number for input', wire: 'openai-responses', change: { input: 7 }, says: /input/ },
  {
    name: 'Responses with a result without its call',
    wire: 'openai-responses',
    change: { input: [{ type: 'function_call_output', output: 'x' }] },
    says: /input\[0\]\.call_id/,
  },
  { name: 'Messages without messages', wire: 'anthropic-messages', change: { messages: undefined }, says: /messages/ },
  { name: 'Messages with empty messages', wire: 'anthropic-messages', change: { messages: [] }, says: /messages/ },
  {
    name: 'Messages with a word for max_tokens',
    wire: 'anthropic-messages',
    change: { max_tokens: 'many' },
    says: /max_tokens/,
  },
  {
    name: 'Messages with a broken image',
    wire: 'anthropic-messages',
    change: {
      messages: [
        {
          role: 'user',
          content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: '***' } }],
        },
      ],
    },
    says: /messages\[0\]|messages\.0/,
  },
  { name: 'Gemini without contents', wire: 'gemini', change: { contents: undefined }, says: /contents/ },
  { name: 'Gemini with empty contents', wire: 'gemini', change: { contents: [] }, says: /contents/ },
  { name: 'Gemini with a number for contents', wire: 'gemini', change: { contents: 7 }, says: /contents/ },
  {
    name: 'Gemini with a word for a number',
    wire: 'gemini',
    change: { generationConfig: { temperature: 'hot' } },
    says: /temperature/,
  },
];

describe('a field that is wrong is named in the answer, and no provider is asked:', () => {
  test.each(FIELD_ROWS as FieldRow[])('$name', async ({ wire: id, change, says }) => {
    const wire = WIRES.find((candidate) => candidate.id === id) as Wire;
    const model = `to-${otherWire(wire).id}`;
    const { status, error, text } = await send(wire, {
      model,
      body: JSON.stringify({ ...wire.ask(model, false), ...change }),
    });
    expect({ status, message: error?.message ?? text }).toEqual({ status: 400, message: expect.stringMatching(says) });
    expect(upstream.calls.length).toBe(0);
  });

  test.each(
    WIRES.filter(({ id }) => id !== 'gemini').flatMap((wire) => [
      { name: `${wire.id} without a model`, wire, model: undefined },
      { name: `${wire.id} with an empty model`, wire, model: '' },
      { name: `${wire.id} with a number for the model`, wire, model: 7 },
      { name: `${wire.id} with an object for the model`, wire, model: { a: [1] } },
    ]),
  )('$name', async ({ wire, model }) => {
    const { status, error } = await send(wire, { body: withField(wire, 'allowed', 'model', model) });
    expect({ status, message: error?.message }).toEqual({ status: 400, message: expect.stringMatching(/^model: /) });
  });
});

/** Paths that lead nowhere, or must not lead where they seem to. */
const PATHS = [
  { name: 'a version twice, for Messages', path: '/v1/v1/messages', says: /ANTHROPIC_BASE_URL/ },
  { name: 'a version twice, for Chat', path: '/v1/v1/chat/completions', says: /OPENAI_BASE_URL/ },
  { name: 'a version twice, for Gemini', path: '/v1beta/v1beta/models/m:generateContent', says: /GEMINI_BASE_URL/ },
  { name: 'no version, for Messages', path: '/messages', says: /ANTHROPIC_BASE_URL/ },
  { name: 'no version, for Chat', path: '/chat/completions', says: /OPENAI_BASE_URL/ },
  { name: 'a path of nobody', path: '/admin/secrets', says: /not an endpoint/ },
  { name: 'a path with dots', path: '/v1/%2e%2e/admin', says: /not an endpoint/ },
  { name: 'a path with an escaped slash', path: '/v1%2fmessages', says: /not an endpoint/ },
  { name: 'a path with two slashes', path: '//v1/messages', says: /not an endpoint/ },
  { name: 'a path with a slash at the end', path: '/v1/messages/', says: /not an endpoint/ },
  { name: 'a path in capitals', path: '/V1/Messages', says: /not an endpoint/ },
];

describe.each([
  { who: 'with a key', key: true },
  { who: 'without a key', key: false },
])('a path that is no endpoint gives 404 and nothing else, $who:', ({ key }) => {
  test.each(PATHS)('$name', async ({ path, says }) => {
    const { head, body } = await rawExchange(gateway.url, [
      `POST ${path} HTTP/1.1`,
      'host: localhost',
      ...(key ? [`authorization: Bearer ${gateway.clientKey}`] : []),
      'content-length: 2',
      'connection: close',
      '',
      '{}',
    ]);
    expect(head).toStartWith('HTTP/1.1 404');
    expect(body).toMatch(says);
    expect(upstream.calls.length).toBe(0);
  });
});

test.each([
  { name: 'a Host with a path', host: 'x/v1/models?y=' },
  { name: 'a Host with a query', host: 'x?key=1' },
  { name: 'a Host with a user', host: 'user@evil' },
])('$name moves no path and is refused', async ({ host }) => {
  const { head } = await rawExchange(gateway.url, [
    'GET /health HTTP/1.1',
    `host: ${host}`,
    'connection: close',
    '',
    '',
  ]);
  expect(head).toMatch(/^HTTP\/1\.1 400/);
});

test('dots lead to a door and its own guard, never past it', async () => {
  const { head } = await rawExchange(gateway.url, [
    'POST /health/%2e%2e/v1/messages HTTP/1.1',
    'host: localhost',
    'content-length: 2',
    '',
    '{}',
  ]);
  expect(head).toStartWith('HTTP/1.1 401');
});

test.each(['GET /v1/models', 'GET /v1beta/models', 'GET /v1/models/allowed', 'POST /v1/messages/count_tokens'])(
  '%s needs a key',
  async (line) => {
    const [method = '', path = ''] = line.split(' ');
    const answer = await fetch(gateway.url + path, { method, ...(method === 'POST' ? { body: '{}' } : {}) });
    expect(answer.status).toBe(401);
    expect(await answer.text()).not.toContain('right-answer');
  },
);

test('a method that is not allowed is answered with those that are', async () => {
  const answer = await fetch(`${gateway.url}/v1/messages`, { method: 'DELETE' });
  expect({ status: answer.status, allow: answer.headers.get('allow') }).toEqual({ status: 405, allow: 'POST' });
  await answer.text();
});

test.each(['/livez', '/readyz', '/health', '/v1/models'])(
  'HEAD %s is answered as GET, without a body',
  async (path) => {
    const answer = await fetch(gateway.url + path, { method: 'HEAD', headers: { 'x-api-key': gateway.clientKey } });
    expect({ status: answer.status, body: await answer.text() }).toEqual({ status: 200, body: '' });
  },
);

test('no request is left open', async () => {
  expect(calls).toBeGreaterThan(100);
  expect(await gateway.openRequests()).toBe(0);
});
