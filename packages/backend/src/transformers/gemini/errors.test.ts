import { describe, expect, test } from 'bun:test';
import { ERROR_RULES, type ErrorCode, GatewayError } from '../../types/errors.ts';
import type { JsonObject } from '../../types/json.ts';
import { decodeError, encodeError, encodeStreamError } from './errors.ts';

const NAMES = /^[A-Z_]+$/;

describe('every error of the gateway in Gemini words', () => {
  test.each(Object.keys(ERROR_RULES) as ErrorCode[])('%s', (code) => {
    const error = new GatewayError(code, 'the text', { retryAfterMs: 1200, field: 'contents' });
    const { status, body, headers } = encodeError(error, 'req_1');
    expect(status).toBe(ERROR_RULES[code].status);
    expect(body).toMatchObject({ error: { code: status, status: expect.stringMatching(NAMES) } });
    expect(JSON.stringify(body)).toContain('the text');
    expect(headers).toEqual({ 'x-request-id': 'req_1', 'retry-after': '2' });
  });
});

test('details name the field, the wait and the request', () => {
  const error = new GatewayError('route_limited', 'wait', { retryAfterMs: 1500, field: 'model' });
  expect(encodeError(error, 'req_1').body).toEqual({
    error: {
      code: 429,
      message: 'wait',
      status: 'RESOURCE_EXHAUSTED',
      details: [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'ROUTE_LIMITED', domain: 'plexus' },
        {
          '@type': 'type.googleapis.com/google.rpc.BadRequest',
          fieldViolations: [{ field: 'model', description: 'wait' }],
        },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.5s' },
        { '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId: 'req_1' },
      ],
    },
  });
});

test('an overlong conversation is told in the words that coding tools look for', () => {
  const { body } = encodeError(new GatewayError('upstream_context_length', 'prompt is too long'), 'r');
  expect(JSON.stringify(body)).toContain('input token count exceeds the maximum number of tokens allowed');
});

test('inside a stream the error is one block, or one element', () => {
  const error = new GatewayError('upstream_down', 'gone');
  expect(encodeStreamError(error, 'r', 'sse')).toMatch(/^data: \{"error":\{"code":502,.*\}\r\n\r\n$/);
  expect(JSON.parse(encodeStreamError(error, 'r', 'json-array'))).toMatchObject({ error: { code: 502 } });
});

const google = (code: number, status: string, message: string, details: JsonObject[] = []): string =>
  JSON.stringify({ error: { code, status, message, details } });

const answers: {
  name: string;
  status: number;
  body: string;
  headers?: Record<string, string>;
  want: JsonObject;
  not?: string;
}[] = [
  {
    name: 'a bad field is the caller’s fault, with its status',
    status: 400,
    body: google(400, 'INVALID_ARGUMENT', 'Invalid value at contents[0]'),
    want: {
      code: 'upstream_rejected',
      status: 400,
      upstreamCode: 'INVALID_ARGUMENT',
      message: 'Invalid value at contents[0]',
    },
  },
  {
    name: 'so is a body that is too large',
    status: 413,
    body: google(413, 'INVALID_ARGUMENT', 'Request payload size exceeds the limit'),
    want: { code: 'upstream_rejected', status: 413 },
  },
  {
    name: 'a bad key is ours, and is never quoted',
    status: 400,
    body: google(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [
      { '@type': 'x', reason: 'API_KEY_INVALID' },
    ]),
    want: { code: 'upstream_credentials', status: 502, upstreamStatus: 400 },
    not: 'API key',
  },
  {
    name: 'a suspended key is not quoted either',
    status: 403,
    body: google(403, 'PERMISSION_DENIED', "Consumer 'api_key:AIzaSyA1234567890123456789' has been suspended."),
    want: { code: 'upstream_credentials' },
    not: 'AIza',
  },
  {
    name: 'a key inside another message is removed',
    status: 400,
    body: google(400, 'X', 'bad AIzaSyA1234567890123456789 here'),
    want: { message: 'bad [removed] here' },
  },
  {
    name: 'too many tokens is the context length',
    status: 400,
    body: google(
      400,
      'INVALID_ARGUMENT',
      'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
    ),
    want: { code: 'upstream_context_length', status: 400 },
  },
  {
    name: 'an unknown model is missing',
    status: 404,
    body: google(404, 'NOT_FOUND', 'models/x is not found for API version v1beta'),
    want: { code: 'upstream_model_missing' },
  },
  {
    name: 'another thing that is not found is the caller’s',
    status: 404,
    body: google(404, 'NOT_FOUND', 'CachedContent not found'),
    want: { code: 'upstream_rejected', status: 404 },
  },
  {
    name: 'a limit carries the wait of RetryInfo',
    status: 429,
    body: google(
      429,
      'RESOURCE_EXHAUSTED',
      'You exceeded your current quota, please check your plan and billing details.',
      [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' }],
    ),
    want: { code: 'upstream_limited', retryAfterMs: 34_400 },
  },
  {
    name: 'spent credit is no limit',
    status: 429,
    body: google(429, 'RESOURCE_EXHAUSTED', 'Your prepayment credits are depleted.'),
    want: { code: 'upstream_funds' },
  },
  {
    name: 'a wait in milliseconds is read',
    status: 429,
    body: '{}',
    headers: { 'retry-after-ms': '1500' },
    want: { code: 'upstream_limited', retryAfterMs: 1500 },
  },
  {
    name: 'a wait in seconds is read',
    status: 429,
    body: '{}',
    headers: { 'retry-after': '3' },
    want: { retryAfterMs: 3000 },
  },
  {
    name: 'a date is read against the sender’s clock',
    status: 429,
    body: '{}',
    headers: { 'retry-after': 'Sun, 22 Nov 2026 10:00:30 GMT', date: 'Sun, 22 Nov 2026 10:00:00 GMT' },
    want: { retryAfterMs: 30_000 },
  },
  {
    name: 'an overloaded model',
    status: 503,
    body: google(503, 'UNAVAILABLE', 'The model is overloaded.'),
    want: { code: 'upstream_overloaded' },
  },
  {
    name: 'a deadline',
    status: 504,
    body: google(504, 'DEADLINE_EXCEEDED', 'Deadline expired'),
    want: { code: 'upstream_timeout' },
  },
  {
    name: 'an inner error',
    status: 500,
    body: google(500, 'INTERNAL', 'An internal error has occurred.'),
    want: { code: 'upstream_failed', status: 502 },
  },
  {
    name: 'an error in a list',
    status: 503,
    body: `[${google(503, 'UNAVAILABLE', 'x')}]`,
    want: { code: 'upstream_overloaded' },
  },
  {
    name: 'HTML of a proxy is not quoted',
    status: 502,
    body: '<html><b>Bad gateway</b></html>',
    want: { code: 'upstream_failed', upstreamStatus: 502 },
    not: '<',
  },
  {
    name: 'HTML with 404 says nothing about a model',
    status: 404,
    body: '<html>',
    want: { code: 'upstream_failed' },
    not: '<',
  },
];

describe('an upstream’s error', () => {
  test.each(answers)('$name', ({ status, body, headers, want, not }) => {
    const error = decodeError({ status, headers: new Headers(headers), bodyText: body });
    expect(error).toMatchObject(want);
    if (not !== undefined) expect(error.message).not.toContain(not);
  });

  test('at most 500 characters are quoted', () => {
    const error = decodeError({ status: 400, headers: new Headers(), bodyText: google(400, 'X', 'x'.repeat(4000)) });
    expect(error.message.length).toBe(500);
  });
});
