import { describe, expect, test } from 'bun:test';
import { ERROR_RULES, type ErrorCode, GatewayError } from '../../types/errors.ts';
import { decodeError, encodeError, encodeStreamError } from './errors.ts';
import { readSse } from './test-kit.ts';

const TYPES = [
  'invalid_request_error',
  'authentication_error',
  'billing_error',
  'permission_error',
  'not_found_error',
  'request_too_large',
  'rate_limit_error',
  'api_error',
  'timeout_error',
  'overloaded_error',
];

describe('every error of the gateway has its Messages form', () => {
  test.each(Object.keys(ERROR_RULES) as ErrorCode[])('%s', (code) => {
    const { status, body, headers } = encodeError(new GatewayError(code, 'why'), 'req_1');
    expect(body).toEqual({
      type: 'error',
      error: { type: expect.any(String), message: expect.stringContaining('why') },
      request_id: 'req_1',
    });
    expect(TYPES).toContain((body['error'] as { type: string }).type);
    expect(status).toBe(code.endsWith('_overloaded') ? 529 : ERROR_RULES[code].status);
    expect(headers?.['request-id']).toBe('req_1');
    expect(headers).not.toHaveProperty('retry-after');
    const [event] = readSse(encodeStreamError(new GatewayError(code, 'why'), 'req_1'));
    expect(event?.event).toBe('error');
    expect(JSON.parse(event?.data ?? '')).toEqual(body);
  });

  const types: [ErrorCode, string][] = [
    ['request_invalid', 'invalid_request_error'],
    ['request_too_large', 'request_too_large'],
    ['request_model_unknown', 'not_found_error'],
    ['key_invalid', 'authentication_error'],
    ['key_forbidden', 'permission_error'],
    ['route_limited', 'rate_limit_error'],
    ['upstream_limited', 'rate_limit_error'],
    ['upstream_timeout', 'timeout_error'],
    ['upstream_overloaded', 'overloaded_error'],
    ['upstream_credentials', 'api_error'],
    ['gateway_internal', 'api_error'],
  ];
  test.each(types)('%s is %s', (code, type) => {
    expect(encodeError(new GatewayError(code, 'x'), 'r').body['error']).toMatchObject({ type });
  });

  test('the wait is told in whole seconds, rounded up', () => {
    expect(
      encodeError(new GatewayError('upstream_limited', 'x', { retryAfterMs: 1200 }), 'r').headers?.['retry-after'],
    ).toBe('2');
  });

  test('an overlong prompt has the words on which agents compact, and a kept status stays', () => {
    const { body } = encodeError(new GatewayError('upstream_context_length', 'maximum is 8192 tokens'), 'r');
    expect(body['error']).toMatchObject({ message: 'prompt is too long: maximum is 8192 tokens' });
    expect(encodeError(new GatewayError('upstream_rejected', 'x', { status: 422 }), 'r').status).toBe(422);
  });
});

const body = (type: string, message: string): string =>
  JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_x' });

describe('an upstream error becomes the right code', () => {
  const rows: { name: string; status: number; text: string; code: ErrorCode; kept?: number }[] = [
    {
      name: 'a redirect is none of the caller, whatever its body says',
      status: 302,
      text: body('invalid_request_error', 'moved'),
      code: 'upstream_redirect',
    },
    {
      name: 'a bad request keeps its status',
      status: 400,
      text: body('invalid_request_error', 'max_tokens: required'),
      code: 'upstream_rejected',
      kept: 400,
    },
    {
      name: 'a request that is too large keeps 413',
      status: 413,
      text: body('request_too_large', 'too large'),
      code: 'upstream_rejected',
      kept: 413,
    },
    {
      name: 'an unprocessable body keeps 422',
      status: 422,
      text: body('', 'no'),
      code: 'upstream_rejected',
      kept: 422,
    },
    {
      name: 'an overlong prompt',
      status: 400,
      text: body('invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'),
      code: 'upstream_context_length',
    },
    {
      name: 'input and output beyond the window',
      status: 400,
      text: body('invalid_request_error', 'input length and `max_tokens` exceed context limit: 1 + 2 > 3'),
      code: 'upstream_context_length',
    },
    {
      name: 'no credit, told as a 400',
      status: 400,
      text: body('invalid_request_error', 'Your credit balance is too low to access the Anthropic API.'),
      code: 'upstream_funds',
    },
    {
      name: 'a spending cap, told as a 400',
      status: 400,
      text: body('invalid_request_error', 'You have reached your specified API usage limits.'),
      code: 'upstream_limited',
    },
    {
      name: 'a refused key',
      status: 401,
      text: body('authentication_error', 'invalid x-api-key'),
      code: 'upstream_credentials',
    },
    { name: 'a payment problem', status: 402, text: body('billing_error', 'pay'), code: 'upstream_funds' },
    { name: 'a missing right', status: 403, text: body('permission_error', 'no'), code: 'upstream_credentials' },
    {
      name: 'an unknown model',
      status: 404,
      text: body('not_found_error', 'model: claude-9'),
      code: 'upstream_model_missing',
    },
    {
      name: 'an unknown file',
      status: 404,
      text: body('not_found_error', 'file_1 was not found'),
      code: 'upstream_rejected',
      kept: 404,
    },
    { name: 'a rate limit', status: 429, text: body('rate_limit_error', 'slow down'), code: 'upstream_limited' },
    { name: 'an own failure', status: 500, text: body('api_error', 'Internal server error'), code: 'upstream_failed' },
    {
      name: 'an overload told as 500',
      status: 500,
      text: body('overloaded_error', 'Overloaded'),
      code: 'upstream_overloaded',
    },
    { name: 'a timeout', status: 504, text: body('timeout_error', 'slow'), code: 'upstream_timeout' },
    { name: 'an overload', status: 529, text: body('overloaded_error', 'Overloaded'), code: 'upstream_overloaded' },
    {
      name: 'an HTML page of a proxy',
      status: 502,
      text: '<html><h1>Bad Gateway</h1></html>',
      code: 'upstream_failed',
    },
    { name: 'an HTML page with 429', status: 429, text: '<html>', code: 'upstream_limited' },
    { name: 'a foreign error shape', status: 400, text: '{"error":"bad thing"}', code: 'upstream_rejected', kept: 400 },
    { name: 'an empty body', status: 503, text: '', code: 'upstream_overloaded' },
  ];
  test.each(rows)('$name', ({ status, text, code, kept }) => {
    const error = decodeError({ status, headers: new Headers(), bodyText: text });
    expect(error.code).toBe(code);
    expect(error.upstreamStatus).toBe(status);
    if (kept !== undefined) expect(error.status).toBe(kept);
    expect(error.message).not.toContain('<');
    expect(error.message).not.toBe('');
  });

  const waits: { name: string; headers: Record<string, string>; waitMs: number | undefined }[] = [
    { name: 'milliseconds win', headers: { 'retry-after-ms': '250', 'retry-after': '9' }, waitMs: 250 },
    { name: 'seconds', headers: { 'retry-after': '12' }, waitMs: 12_000 },
    {
      name: 'a date against the answer’s own clock',
      headers: { 'retry-after': 'Wed, 21 Oct 2026 07:28:30 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' },
      waitMs: 30_000,
    },
    {
      name: 'a date in the past is no wait',
      headers: { 'retry-after': 'Wed, 21 Oct 2026 07:27:00 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' },
      waitMs: 0,
    },
    { name: 'nothing', headers: {}, waitMs: undefined },
    { name: 'nonsense', headers: { 'retry-after': 'soon' }, waitMs: undefined },
  ];
  test.each(waits)('the wait is read from $name', ({ headers, waitMs }) => {
    const error = decodeError({ status: 429, headers: new Headers(headers), bodyText: body('rate_limit_error', 'x') });
    expect(error.retryAfterMs).toBe(waitMs);
  });

  test('quoted words hold no key and at most 500 characters', () => {
    const key = `sk-ant-${'a1'.repeat(20)}`;
    const error = decodeError({
      status: 400,
      headers: new Headers(),
      bodyText: body('invalid_request_error', `${key} ${'x'.repeat(900)}`),
    });
    expect(error.message).not.toContain('a1a1');
    expect(error.message.length).toBeLessThanOrEqual(500);
  });

  test('ordinary words about keys stay', () => {
    const text = body('invalid_request_error', 'the key authentication_settings is not allowed');
    expect(decodeError({ status: 400, headers: new Headers(), bodyText: text }).message).toContain(
      'authentication_settings',
    );
  });

  test('words about our own credential do not reach the client', () => {
    const error = decodeError({
      status: 401,
      headers: new Headers(),
      bodyText: body('authentication_error', 'key of org Acme expired'),
    });
    expect(error.message).not.toContain('Acme');
  });
});
