import { expect, test } from 'bun:test';
import { GatewayError } from '../../types/errors.ts';
import type { Provider, Target } from '../../types/gateway.ts';
import type { RequestRecord } from '../../types/record.ts';
import { createTrack } from './track.ts';

const provider: Provider = {
  id: 'acme',
  type: 'openai-chat',
  addresses: new Map(),
  auth: {},
  headers: {},
  quirks: {},
  accounts: [],
  privateNetwork: false,
};
const target: Target = { id: 'acme/m', provider, account: { id: 'main' }, model: 'm', profiles: new Map(), weight: 1 };
const profile = {
  format: 'openai-chat',
  providerId: 'acme',
  model: 'm',
  family: 'm',
  thinking: 'none',
  sampling: true,
  lateSystem: true,
  quirks: {},
} as const;
const attempt = { target, format: 'openai-chat', profile, lane: 'lossless' } as const;

function trackAt() {
  const records: RequestRecord[] = [];
  const clock = { nowMs: 1000 };
  const start = {
    id: 'req_1',
    startedAtMs: 5,
    startedMs: 1000,
    clientFormat: 'openai-chat',
    operation: 'generate',
  } as const;
  const track = createTrack(
    start,
    () => clock.nowMs,
    (record) => void records.push(record),
  );
  return { track, records, clock };
}

test('a request leaves one record, whatever ends it afterwards', () => {
  const { track, records } = trackAt();
  track.finish(200, 'ok');
  track.finish(499, 'cancelled');
  track.fail(new GatewayError('gateway_internal', 'late'));
  expect(records.map(({ status, outcome }) => ({ status, outcome }))).toEqual([{ status: 200, outcome: 'ok' }]);
});

test('each attempt is told with its times, and the open one ends with the request', () => {
  const { track, records, clock } = trackAt();
  track.beginAttempt(attempt, 1001);
  clock.nowMs = 1010;
  track.endAttempt('upstream_failed', 500);
  track.endAttempt('ok');
  track.beginAttempt(attempt, 1011);
  clock.nowMs = 1020.04;
  track.markContent();
  clock.nowMs = 1030;
  track.markContent();
  track.finish(200, 'ok');
  expect(records[0]).toMatchObject({ firstContentMs: 20, totalMs: 30, target: 'acme/m', lane: 'lossless' });
  expect(records[0]?.attempts).toMatchObject([
    { startedMs: 1, endedMs: 10, outcome: 'upstream_failed', upstreamStatus: 500 },
    { startedMs: 11, endedMs: 30, outcome: 'ok' },
  ]);
});

test('a client that left is cancelled, not failed, and keeps the usage so far', () => {
  const { track, records } = trackAt();
  track.beginAttempt(attempt, 1000);
  track.usage = { inputTokens: 7 };
  track.fail(new GatewayError('client_gone', 'the client closed the connection'));
  expect(records[0]).toMatchObject({ outcome: 'cancelled', status: 499, usage: { inputTokens: 7 } });
  expect(records[0]?.attempts[0]?.outcome).toBe('client_gone');
  expect(records[0]?.usage.outputTokens).toBeUndefined();
});

test('a request that reached no target has no attempt', () => {
  const { track, records } = trackAt();
  track.fail(new GatewayError('request_model_unknown', 'no such model'));
  expect(records[0]).toMatchObject({ status: 404, outcome: 'request_model_unknown', attempts: [] });
  expect(records[0]?.target).toBeUndefined();
});
