import { afterAll, beforeEach, describe, expect, test } from 'bun:test';
import { pulledBody } from './body.ts';
import { sha256 } from './ids.ts';
import { type SimulatorStats, startSimulator } from './index.ts';

const simulator = startSimulator({ port: 0 });
afterAll(() => simulator.stop());
beforeEach(() => simulator.reset());

const SENTENCE = 'The quick brown fox jumps over the lazy dog.';

interface Door {
  readonly format: string;
  readonly ask: (model: string, stream: boolean) => { path: string; headers?: Record<string, string>; body: object };
}

const user = { role: 'user', content: 'hi' };
const DOORS: readonly Door[] = [
  {
    format: 'Chat',
    ask: (model, stream) => ({ path: '/v1/chat/completions', body: { model, stream, messages: [user] } }),
  },
  { format: 'Responses', ask: (model, stream) => ({ path: '/v1/responses', body: { model, stream, input: 'hi' } }) },
  {
    format: 'Messages',
    ask: (model, stream) => ({
      path: '/v1/messages',
      headers: { 'anthropic-version': '2023-06-01' },
      body: { model, stream, max_tokens: 64, messages: [user] },
    }),
  },
  {
    format: 'Gemini',
    ask: (model, stream) => ({
      path: `/v1beta/models/${encodeURIComponent(model)}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
      body: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
    }),
  },
];

function send(door: Door, model: string, stream: boolean, signal?: AbortSignal): Promise<Response> {
  const { path, headers = {}, body } = door.ask(model, stream);
  return fetch(simulator.url + path, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
}

/** Reads on until the counters say so; every try is a round trip, so nothing sleeps. */
async function until(is: (stats: SimulatorStats) => boolean): Promise<SimulatorStats> {
  for (let tries = 0; tries < 2000; tries += 1) {
    const stats = (await (await fetch(`${simulator.url}/stats`)).json()) as SimulatorStats;
    if (is(stats)) return stats;
  }
  throw new Error('the counters never said so');
}

/** Reads a body to its end or its break. */
async function drain(response: Response): Promise<{ text: string; broken: boolean }> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const bytes of response.body ?? []) text += decoder.decode(bytes, { stream: true });
  } catch {
    return { text, broken: true };
  }
  return { text, broken: false };
}

const MARKS: Readonly<Record<string, string>> = {
  Chat: '[DONE]',
  Responses: 'response.completed',
  Messages: 'message_stop',
  Gemini: 'finishReason',
};

describe.each(DOORS)('$format', (door) => {
  const mark = MARKS[door.format] ?? '';

  test('a stream that ends well has its end marker', async () => {
    expect((await drain(await send(door, 'plain', true))).text).toContain(mark);
  });

  test.each([
    { model: 'cut', broken: true },
    { model: 'cut-clean', broken: false },
  ])('$model shows content but no end marker', async ({ model, broken }) => {
    const seen = await drain(await send(door, model, true));
    expect(seen.text).toContain('lazy');
    expect(seen.text).not.toContain(mark);
    expect(seen.broken).toBe(broken);
  });

  test.each([
    { model: 'cut', broken: true },
    { model: 'cut-clean', broken: false },
  ])('$model unary is half a JSON text', async ({ model, broken }) => {
    const seen = await drain(await send(door, model, false));
    expect(seen.text).toStartWith('{');
    expect(() => JSON.parse(seen.text)).toThrow();
    expect(seen.broken).toBe(broken);
  });

  test('error-200 is an error before content, in a stream and unary', async () => {
    const streamed = await send(door, 'error-200', true);
    const unary = await send(door, 'error-200', false);
    expect([streamed.status, unary.status]).toEqual([200, 200]);
    expect((await drain(streamed)).text).toMatch(/"error"/);
    expect(await unary.json()).toHaveProperty('error');
  });

  test('error-mid unary has the status of the failure', async () => {
    expect((await send(door, 'error-mid', false)).status).toBe(529);
  });

  test('garbage is a web page with status 200', async () => {
    const response = await send(door, 'garbage', true);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toStartWith('text/html');
  });

  test('a status can be a page of a proxy', async () => {
    const response = await send(door, 'status-502:html', false);
    expect(response.status).toBe(502);
    expect(await response.text()).toContain('<h1>502</h1>');
  });

  test('flaky:2 fails twice, then answers, and a reset makes it fail again', async () => {
    const statuses: number[] = [];
    for (let at = 0; at < 3; at += 1) statuses.push((await send(door, 'flaky:2', false)).status);
    await fetch(`${simulator.url}/stats/reset`, { method: 'POST' });
    statuses.push((await send(door, 'flaky:2', false)).status);
    expect(statuses).toEqual([500, 500, 200, 500]);
  });

  test('slow-start answers late', async () => {
    const before = performance.now();
    expect((await send(door, 'slow-start:40ms', false)).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThanOrEqual(39);
  });

  test('crlf is legal but sloppy: comments, CRLF, no space, no last blank line', async () => {
    const { text } = await drain(await send(door, 'crlf', true));
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
    expect(text).toContain(': comment\r\n\r\n');
    expect(text).toMatch(/\r\ndata:[{[]/);
    expect(text).toMatch(/[^\n]\r\n$/);
  });

  test.each(['hang', 'hang-head', 'stall'])('a client who leaves %s is seen', async (model) => {
    const leave = new AbortController();
    const answer = send(door, model, true, leave.signal).then(drain, () => undefined);
    await until(({ openRequests }) => openRequests === 1);
    leave.abort();
    await answer;
    const { aborts, openRequests } = await until(({ clientAborts }) => clientAborts === 1);
    expect(openRequests).toBe(0);
    expect(aborts[0]).toMatchObject({ model });
    expect(aborts[0]?.seenAtMs).toBeGreaterThan(0);
  });

  test('a client who leaves a drip is seen and the drip ends', async () => {
    const leave = new AbortController();
    const response = await send(door, 'drip:5ms', true, leave.signal);
    const reader = response.body?.getReader();
    await reader?.read();
    leave.abort();
    const { clientAborts, openRequests } = await until((stats) => stats.clientAborts === 1);
    expect([clientAborts, openRequests]).toEqual([1, 0]);
  });

  test('one mebibyte arrives whole', async () => {
    expect((await drain(await send(door, 'long-1mb', true))).text.length).toBeGreaterThan(1024 * 1024);
  });
});

describe('Retry-After and its relatives', () => {
  test.each(DOORS)('$format tells the wait in its own way', async (door) => {
    const response = await send(door, 'status-429:retry=7', false);
    const body = await response.text();
    if (door.format === 'Gemini') expect(body).toContain('"retryDelay":"7s"');
    else expect(response.headers.get('retry-after')).toBe('7');
  });

  test('a spent quota is told apart from a short limit', async () => {
    const chat = DOORS[0];
    if (chat === undefined) throw new Error('no door');
    expect(await (await send(chat, 'status-429:quota', false)).text()).toContain('"insufficient_quota"');
  });
});

describe('what a request held', () => {
  const BYTES = Buffer.from('picture bytes');
  const DATA = BYTES.toString('base64');
  const seen = (mime: string): string => `1: ${mime} 13 bytes sha256 ${sha256(BYTES)}`;
  const image = `data:image/png;base64,${DATA}`;
  const pdf = `data:application/pdf;base64,${DATA}`;
  const MEDIA: { name: string; path: string; body: object; words: string }[] = [
    {
      name: 'an image in Chat',
      path: '/v1/chat/completions',
      body: {
        model: 'image-seen',
        messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: image } }] }],
      },
      words: seen('image/png'),
    },
    {
      name: 'a PDF in Chat',
      path: '/v1/chat/completions',
      body: {
        model: 'image-seen',
        messages: [{ role: 'user', content: [{ type: 'file', file: { filename: 'a.pdf', file_data: pdf } }] }],
      },
      words: seen('application/pdf'),
    },
    {
      name: 'a file in Responses',
      path: '/v1/responses',
      body: {
        model: 'image-seen',
        input: [{ role: 'user', content: [{ type: 'input_file', filename: 'a.pdf', file_data: pdf }] }],
      },
      words: seen('application/pdf'),
    },
    {
      name: 'a document in Messages',
      path: '/v1/messages',
      body: {
        model: 'image-seen',
        max_tokens: 9,
        messages: [
          {
            role: 'user',
            content: [{ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: DATA } }],
          },
        ],
      },
      words: seen('application/pdf'),
    },
    {
      name: 'audio in Gemini',
      path: '/v1beta/models/image-seen:generateContent',
      body: { contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'audio/wav', data: DATA } }] }] },
      words: seen('audio/wav'),
    },
    {
      name: 'an address, which nobody fetches',
      path: '/v1/chat/completions',
      body: {
        model: 'image-seen',
        messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x.test/a.png' } }] }],
      },
      words: '1: image/* by reference https://x.test/a.png',
    },
  ];
  test.each(MEDIA)('image-seen describes $name', async ({ path, body, words }) => {
    const headers = { 'anthropic-version': '2023-06-01' };
    const response = await fetch(simulator.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(await response.text()).toContain(words);
  });

  test('json fits the schema that was asked for', async () => {
    const schema = {
      type: 'object',
      properties: {
        list: { type: 'array', minItems: 2, items: { $ref: '#/$defs/kind' } },
        at: { type: ['integer', 'null'], minimum: 3 },
      },
      $defs: { kind: { enum: ['red', 'blue'] } },
    };
    const body = {
      model: 'json',
      input: 'x',
      text: { format: { type: 'json_schema', name: 'r', schema, strict: false } },
    };
    const response = await fetch(`${simulator.url}/v1/responses`, { method: 'POST', body: JSON.stringify(body) });
    const { output } = (await response.json()) as { output: { content: { text: string }[] }[] };
    expect(JSON.parse(output[0]?.content[0]?.text ?? '')).toEqual({ list: ['red', 'red'], at: 3 });
  });

  test('the counters keep bodies and headers, and never a credential', async () => {
    await fetch(`${simulator.url}/v1beta/models/plain:generateContent?key=sk-query`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer sk-secret',
        'x-api-key': 'sk-secret',
        'x-goog-api-key': 'sk-secret',
        'x-trace': 'kept',
      },
      body: '{"contents":[{"parts":[{"text":"hello"}]}]}',
    });
    const stats = simulator.stats();
    expect(JSON.stringify(stats)).not.toContain('sk-');
    expect(stats).toMatchObject({ requests: 1, scenarios: { plain: 1 } });
    expect(stats.recent[0]).toMatchObject({
      method: 'POST',
      headers: { 'x-trace': 'kept' },
      body: expect.stringContaining('hello'),
    });
    expect(stats.bytesOut).toBeGreaterThan(100);
  });
});

test('a Gemini stream without alt=sse is one JSON array', async () => {
  const response = await fetch(`${simulator.url}/v1beta/models/echo:streamGenerateContent`, {
    method: 'POST',
    body: '{"contents":[{"parts":[{"text":"one two three"}]}]}',
  });
  const replies = (await response.json()) as { candidates: { content: { parts: { text: string }[] } }[] }[];
  expect(replies.map(({ candidates }) => candidates[0]?.content.parts[0]?.text).join('')).toBe('one two three');
});

test('Chat fragments without a name come before it, and a whole call has no index', async () => {
  const tools = [
    {
      type: 'function',
      function: { name: 'look', parameters: { type: 'object', properties: { a: { type: 'string' } } } },
    },
  ];
  const ask = async (model: string): Promise<string> => {
    const body = JSON.stringify({ model, stream: true, messages: [user], tools });
    return (await fetch(`${simulator.url}/v1/chat/completions`, { method: 'POST', body })).text();
  };
  const late = await ask('tool-late-name');
  expect(late.indexOf('"arguments":"{')).toBeLessThan(late.indexOf('"name":"look"'));
  const whole = await ask('ollama-like');
  expect(whole).toContain('"tool_calls":[{"id"');
  expect(whole).toContain('"finish_reason":"stop"');
});

test('a body is made piece by piece, as the reader asks for it', async () => {
  let made = 0;
  function* pieces() {
    for (;;) {
      made += 1;
      yield { type: 'bytes' as const, bytes: new Uint8Array(10) };
    }
  }
  const ends: string[] = [];
  const body = pulledBody(pieces(), {
    signal: new AbortController().signal,
    onBytes: () => {},
    onEnd: (end) => ends.push(end),
  });
  const reader = body.getReader();
  expect(made).toBe(0);
  await reader.read();
  await reader.read();
  expect(made).toBe(2);
  await reader.cancel();
  expect(ends).toEqual(['aborted']);
});

test('stop ends what is open and counts no client as gone', async () => {
  const own = startSimulator({ port: 0 });
  const body = JSON.stringify({ model: 'stall', stream: true, messages: [user] });
  const response = await fetch(`${own.url}/v1/chat/completions`, { method: 'POST', body });
  const reading = drain(response);
  await own.stop();
  expect((await reading).text).not.toContain('[DONE]');
  expect(own.stats()).toMatchObject({ openRequests: 0, clientAborts: 0 });
  await expect(fetch(`${own.url}/stats`)).rejects.toThrow();
});

test('a drip says the whole sentence', async () => {
  const chat = DOORS[0];
  if (chat === undefined) throw new Error('no door');
  const { text } = await drain(await send(chat, 'drip:1ms', true));
  const words = [...text.matchAll(/"content":"([^"]*)"/g)].map(([, word]) => word).join('');
  expect(words).toBe(SENTENCE);
});
