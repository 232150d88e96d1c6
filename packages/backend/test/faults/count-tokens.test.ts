import { afterAll, beforeAll, expect, test } from 'bun:test';
import { openGateway, type TestGateway } from './kit/gateway.ts';
import { startUpstream, type Upstream } from './kit/upstream.ts';

/** A 404 as servers say it that have other APIs only, and in words that a client of the API would understand. */
const BARE = '{"detail":"Not Found"}';
const OWN = '{"type":"error","error":{"type":"not_found_error","status":"NOT_FOUND","message":"Not found"}}';

let upstream: Upstream;
let gateway: TestGateway;
beforeAll(async () => {
  upstream = startUpstream(({ call, reply }) => {
    const status = Number(/status-(\d+)/.exec(call.path + call.body)?.[1] ?? 200);
    if (status !== 200) return reply(status, call.body.includes('own') || call.path.includes('own') ? OWN : BARE);
    return reply(200, call.path.startsWith('/v1beta/') ? '{"totalTokens":7}' : '{"input_tokens":7}');
  });
  const at = `{ type: simulator, baseUrl: "${upstream.url}", formats:`;
  gateway = await openGateway(
    `providers:
  messages: ${at} [anthropic-messages] }
  gemini: ${at} [gemini] }
  chat: ${at} [openai-chat] }`,
  );
});
afterAll(async () => {
  await gateway.stop();
  upstream.stop();
});

const TEXT = 'How many tokens are in this sentence?';

const DOORS = [
  {
    api: 'messages',
    path: () => '/v1/messages/count_tokens',
    body: (model: string) => ({ model, messages: [{ role: 'user', content: TEXT }] }),
    countOf: (body: Record<string, unknown>) => body['input_tokens'],
  },
  {
    api: 'gemini',
    path: (model: string) => `/v1beta/models/${model}:countTokens`,
    body: () => ({ contents: [{ role: 'user', parts: [{ text: TEXT }] }] }),
    countOf: (body: Record<string, unknown>) => body['totalTokens'],
  },
];

const CASES = DOORS.flatMap((door) => [
  { name: `${door.api}: a provider that counts is asked`, door, model: `direct/${door.api}/m`, counted: true },
  { name: `${door.api}: a provider of another API is estimated`, door, model: 'direct/chat/m', counted: false },
  ...['404', '404-own', '405', '501'].map((status) => ({
    name: `${door.api}: a provider that has no such endpoint (${status}) is estimated`,
    door,
    model: `direct/${door.api}/status-${status}`,
    counted: false,
  })),
]);

test.each(CASES)('$name', async ({ door, model, counted }) => {
  const answer = await fetch(gateway.url + door.path(model), {
    method: 'POST',
    headers: { 'x-api-key': gateway.clientKey },
    body: JSON.stringify(door.body(model)),
  });
  const body = (await answer.json()) as Record<string, unknown>;
  const count = door.countOf(body);
  expect({ status: answer.status, estimate: answer.headers.get('x-plexus-estimate') }).toEqual({
    status: 200,
    estimate: counted ? null : '1',
  });
  if (counted) expect(count).toBe(7);
  else expect(count).toBeGreaterThan(4);
});

test('each left one record, and none stays open', async () => {
  const records = await gateway.records(CASES.length);
  expect(records.map(({ operation, status, outcome }) => ({ operation, status, outcome }))).toEqual(
    CASES.map(() => ({ operation: 'count-tokens', status: 200, outcome: 'ok' })),
  );
  expect(await gateway.openRequests()).toBe(0);
});
