import { describe, expect, test } from 'bun:test';
import { ERROR_RULES, type ErrorCode, GatewayError } from '../../types/errors.ts';
import type { JsonObject } from '../../types/json.ts';
import { openaiResponses } from './index.ts';

const codes = Object.keys(ERROR_RULES) as ErrorCode[];

test.each(codes)('%s is told in OpenAI’s words', (code) => {
  const { status, body, headers } = openaiResponses.encodeError(
    new GatewayError(code, 'said', { field: 'f', retryAfterMs: 1200 }),
    'req_1',
  );
  const error = body['error'] as JsonObject;
  expect(status).toBe(ERROR_RULES[code].status);
  expect(error['type']).toBe(
    status === 429 ? 'rate_limit_error' : status >= 500 ? 'server_error' : 'invalid_request_error',
  );
  expect(error).toMatchObject({ message: 'said. Please try again in 2s.', param: 'f', code: expect.any(String) });
  expect(headers).toEqual({ 'x-request-id': 'req_1', 'retry-after': '2' });
});

test('codes that clients act on are OpenAI’s own', () => {
  const codeOf = (code: ErrorCode): unknown =>
    (openaiResponses.encodeError(new GatewayError(code, 'm'), 'r').body['error'] as JsonObject)['code'];
  expect([
    codeOf('upstream_context_length'),
    codeOf('route_limited'),
    codeOf('request_model_unknown'),
    codeOf('key_invalid'),
  ]).toEqual(['context_length_exceeded', 'rate_limit_exceeded', 'model_not_found', 'invalid_api_key']);
});

test('a failure in a passing stream is error, then response.failed', () => {
  const text = openaiResponses.encodeStreamError(new GatewayError('upstream_stalled', 'silent'), 'req_0a-1', 'sse');
  const events = text
    .trim()
    .split('\n\n')
    .map((event) => event.split('\n'));
  expect(events.map(([name]) => name)).toEqual(['event: error', 'event: response.failed']);
  expect(JSON.parse(events[1]?.[1]?.slice(6) ?? '')).toMatchObject({
    response: { id: 'resp_0a1', status: 'failed', error: { code: 'upstream_stalled', message: 'silent' } },
  });
});

describe('an upstream error', () => {
  const openai = (error: JsonObject): string => JSON.stringify({ error });
  const rows: {
    name: string;
    status: number;
    body: string;
    headers?: Record<string, string>;
    code: ErrorCode;
    as?: JsonObject;
  }[] = [
    {
      name: 'a refused parameter is the caller’s fault',
      status: 400,
      body: openai({
        message: "Unsupported parameter: 'temperature'",
        type: 'invalid_request_error',
        param: 'temperature',
        code: null,
      }),
      code: 'upstream_rejected',
      as: { status: 400, field: 'temperature', upstreamCode: 'invalid_request_error' },
    },
    {
      name: 'a too large body keeps its status, page or not',
      status: 413,
      body: '<html>Request Entity Too Large</html>',
      code: 'upstream_rejected',
      as: { status: 413, message: 'the provider rejected the request' },
    },
    {
      name: 'an unprocessable body keeps its status',
      status: 422,
      body: JSON.stringify({ detail: [{ msg: 'field required', loc: ['input'] }] }),
      code: 'upstream_rejected',
      as: { status: 422, message: 'the provider rejected the request: field required' },
    },
    {
      name: 'context overflow by code',
      status: 400,
      body: openai({
        message: 'Your input exceeds the context window of this model.',
        code: 'context_length_exceeded',
      }),
      code: 'upstream_context_length',
      as: { status: 400 },
    },
    {
      name: 'context overflow by words only',
      status: 400,
      body: openai({ message: "This model's maximum context length is 8192 tokens." }),
      code: 'upstream_context_length',
    },
    {
      name: 'a refused key is never quoted',
      status: 401,
      body: openai({ message: 'Incorrect API key provided: sk-abcdefghijkl', code: 'invalid_api_key' }),
      code: 'upstream_credentials',
      as: {
        status: 502,
        upstreamStatus: 401,
        message: 'the provider refused the credential that is configured for it',
      },
    },
    { name: 'a missing permission', status: 403, body: openai({ message: 'no' }), code: 'upstream_credentials' },
    {
      name: 'a guard page is no word about the key',
      status: 403,
      body: '<!doctype html><title>Just a moment',
      code: 'upstream_failed',
      as: { message: 'the provider failed with status 403' },
    },
    { name: 'payment required', status: 402, body: '{}', code: 'upstream_funds' },
    {
      name: 'a spent quota comes as 429 too',
      status: 429,
      body: openai({
        message: 'You exceeded your current quota',
        type: 'insufficient_quota',
        code: 'insufficient_quota',
      }),
      code: 'upstream_funds',
    },
    {
      name: 'an unknown model',
      status: 404,
      body: openai({ message: 'The model `x` does not exist', code: 'model_not_found' }),
      code: 'upstream_model_missing',
    },
    {
      name: 'an unknown model in xAI’s shape',
      status: 404,
      body: JSON.stringify({ code: 'not found', error: 'The model grok-9 does not exist' }),
      code: 'upstream_model_missing',
    },
    { name: 'an unknown path', status: 404, body: '<html>nginx', code: 'upstream_failed' },
    {
      name: 'a limit with milliseconds',
      status: 429,
      body: openai({ message: 'slow' }),
      headers: { 'retry-after-ms': '1500', 'retry-after': '9' },
      code: 'upstream_limited',
      as: { retryAfterMs: 1500 },
    },
    {
      name: 'a limit with seconds',
      status: 429,
      body: openai({ message: 'slow' }),
      headers: { 'retry-after': '3' },
      code: 'upstream_limited',
      as: { retryAfterMs: 3000 },
    },
    {
      name: 'a limit with a date relative to the answer’s own',
      status: 429,
      body: '',
      headers: { 'retry-after': 'Wed, 21 Oct 2026 07:28:30 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' },
      code: 'upstream_limited',
      as: { retryAfterMs: 30_000 },
    },
    {
      name: 'a limit with its wait in the text',
      status: 429,
      body: openai({ message: 'Rate limit reached. Please try again in 1.5s.' }),
      code: 'upstream_limited',
      as: { retryAfterMs: 1500 },
    },
    { name: 'a gateway of the provider that gave up waiting', status: 504, body: '', code: 'upstream_timeout' },
    { name: 'unavailable', status: 503, body: '', code: 'upstream_overloaded' },
    {
      name: 'overloaded by words',
      status: 500,
      body: openai({ message: 'The server is currently overloaded' }),
      code: 'upstream_overloaded',
    },
    {
      name: 'an error of its own',
      status: 500,
      body: '<html>',
      code: 'upstream_failed',
      as: { status: 502, message: 'the provider failed with status 500' },
    },
  ];
  test.each(rows)('$name', ({ status, body, headers, code, as }) => {
    const error = openaiResponses.decodeError({ status, headers: new Headers(headers), bodyText: body });
    expect(error.code).toBe(code);
    expect(error).toMatchObject({ upstreamStatus: status, ...as });
  });

  test('quotes hold no key and at most 500 characters', () => {
    const message = `bad sk-proj-abcdefghijklmnop ${'x'.repeat(900)}`;
    const error = openaiResponses.decodeError({ status: 400, headers: new Headers(), bodyText: openai({ message }) });
    expect(error.message).not.toContain('sk-proj');
    expect(error.message.length).toBeLessThan(560);
  });
});
