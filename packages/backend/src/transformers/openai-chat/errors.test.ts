import { describe, expect, test } from 'bun:test';
import OpenAI from 'openai';
import { ERROR_RULES, type ErrorCode, GatewayError } from '../../types/errors.ts';
import { decodeError, encodeError, encodeStreamError } from './errors.ts';

const codes = Object.keys(ERROR_RULES) as ErrorCode[];

test.each(codes)('%s has a status, a type and a code that OpenAI clients can read', (code) => {
  const { status, body, headers } = encodeError(new GatewayError(code, 'words'), 'req_1');
  expect(status).toBe(ERROR_RULES[code].status);
  const { error } = body as { error: { message: string; type: string; code: string; param: string | null } };
  expect(error).toMatchObject({ message: 'words', param: null });
  expect(error.type).toMatch(/^[a-z_]+$/);
  expect(error.code).toMatch(/^[a-z_]+$/);
  expect(headers?.['x-request-id']).toBe('req_1');
  const thrown = OpenAI.APIError.generate(status, body, undefined, new Headers(headers));
  expect(thrown.requestID).toBe('req_1');
  expect(thrown.code).toBe(error.code);
});

const shapes: { name: string; error: GatewayError; status: number; type: string; code: string }[] = [
  {
    name: 'a missing key',
    error: new GatewayError('key_missing', 'x'),
    status: 401,
    type: 'authentication_error',
    code: 'invalid_api_key',
  },
  {
    name: 'an unknown model',
    error: new GatewayError('request_model_unknown', 'x'),
    status: 404,
    type: 'invalid_request_error',
    code: 'model_not_found',
  },
  {
    name: 'a long prompt',
    error: new GatewayError('upstream_context_length', 'x'),
    status: 400,
    type: 'invalid_request_error',
    code: 'context_length_exceeded',
  },
  {
    name: 'a limit',
    error: new GatewayError('upstream_limited', 'x'),
    status: 429,
    type: 'rate_limit_error',
    code: 'rate_limit_exceeded',
  },
  {
    name: 'no credit',
    error: new GatewayError('upstream_funds', 'x'),
    status: 502,
    type: 'insufficient_quota',
    code: 'insufficient_quota',
  },
  {
    name: 'a rejection with its own code',
    error: new GatewayError('upstream_rejected', 'x', { status: 422, upstreamCode: 'unsupported_parameter' }),
    status: 422,
    type: 'invalid_request_error',
    code: 'unsupported_parameter',
  },
  {
    name: 'our own fault',
    error: new GatewayError('gateway_internal', 'x'),
    status: 500,
    type: 'server_error',
    code: 'gateway_internal',
  },
];

test.each(shapes)('$name', ({ error, status, type, code }) => {
  const encoded = encodeError(error, 'req_1');
  expect(encoded.status).toBe(status);
  expect(encoded.body['error']).toMatchObject({ type, code });
});

test('the wait is in whole seconds, rounded up, and the field is the param', () => {
  const error = new GatewayError('route_limited', 'x', { retryAfterMs: 1001, field: 'messages[0]' });
  const { headers, body } = encodeError(error, 'r');
  expect(headers?.['retry-after']).toBe('2');
  expect(body['error']).toMatchObject({ param: 'messages[0]' });
  expect(encodeError(new GatewayError('route_limited', 'x'), 'r').headers).not.toHaveProperty('retry-after');
});

test('an error inside a stream is one data line and nothing behind it', () => {
  const text = encodeStreamError(new GatewayError('upstream_failed', 'two\nlines'), 'r');
  expect(text).toStartWith('data: {"error":{"message":"two\\nlines"');
  expect(text).toEndWith('}\n\n');
  expect(text.trim().split('\n')).toHaveLength(1);
});

interface Failure {
  name: string;
  status: number;
  body: unknown;
  headers?: Record<string, string>;
  gives: Partial<GatewayError>;
}

const openai = (message: string, code: string | null = null, type = 'invalid_request_error'): object => ({
  error: { message, type, param: null, code },
});

const failures: Failure[] = [
  {
    name: 'a parameter that the model refuses keeps status, words, code and param',
    status: 400,
    body: {
      error: {
        message: "Unsupported parameter: 'max_tokens'.",
        type: 'invalid_request_error',
        param: 'max_tokens',
        code: 'unsupported_parameter',
      },
    },
    gives: {
      code: 'upstream_rejected',
      status: 400,
      message: "Unsupported parameter: 'max_tokens'.",
      upstreamCode: 'unsupported_parameter',
      field: 'max_tokens',
    },
  },
  {
    name: 'a 422 of FastAPI',
    status: 422,
    body: { detail: [{ loc: ['body', 'x'], msg: 'bad' }] },
    gives: { code: 'upstream_rejected', status: 422 },
  },
  { name: 'a 413', status: 413, body: openai('Request too large'), gives: { code: 'upstream_rejected', status: 413 } },
  {
    name: 'OpenAI on context',
    status: 400,
    body: openai("This model's maximum context length is 8192 tokens.", 'context_length_exceeded'),
    gives: { code: 'upstream_context_length', status: 400 },
  },
  {
    name: 'Mistral on context',
    status: 400,
    body: {
      object: 'error',
      message: 'Prompt contains 40000 tokens, too many tokens for the model',
      type: 'invalid_request_error',
    },
    gives: { code: 'upstream_context_length' },
  },
  {
    name: 'xAI on context',
    status: 400,
    body: {
      code: 'x',
      error: "This model's maximum prompt length is 131072 but the request contains 140000 tokens: reduce the length",
    },
    gives: { code: 'upstream_context_length' },
  },
  {
    name: 'a bad credential is ours, in our words',
    status: 401,
    body: openai('Incorrect API key provided: sk-abcdefgh12345678', 'invalid_api_key'),
    gives: { code: 'upstream_credentials', status: 502, message: 'the provider refused the configured credential' },
  },
  { name: 'a forbidden region', status: 403, body: openai('no'), gives: { code: 'upstream_credentials' } },
  {
    name: 'Google on a bad key, in a list',
    status: 400,
    body: [
      { error: { code: 400, message: 'API key not valid. Please pass a valid API key.', status: 'INVALID_ARGUMENT' } },
    ],
    gives: { code: 'upstream_credentials' },
  },
  {
    name: 'no balance',
    status: 402,
    body: openai('Insufficient Balance'),
    gives: { code: 'upstream_funds', status: 502 },
  },
  {
    name: 'a 429 that is about money',
    status: 429,
    body: openai('You exceeded your current quota', 'insufficient_quota', 'insufficient_quota'),
    gives: { code: 'upstream_funds' },
  },
  {
    name: 'a 429 that is about pace',
    status: 429,
    body: openai('Rate limit reached', 'rate_limit_exceeded'),
    headers: { 'retry-after': '20' },
    gives: { code: 'upstream_limited', retryAfterMs: 20_000 },
  },
  {
    name: 'a wait in milliseconds wins',
    status: 429,
    body: openai('x'),
    headers: { 'retry-after': '20', 'retry-after-ms': '1500' },
    gives: { retryAfterMs: 1500 },
  },
  {
    name: 'a wait as a date, by the clock of the response',
    status: 429,
    body: openai('x'),
    headers: { date: 'Sun, 22 Nov 2026 03:00:00 GMT', 'retry-after': 'Sun, 22 Nov 2026 03:00:07 GMT' },
    gives: { retryAfterMs: 7000 },
  },
  {
    name: 'a wait in the body, as Google says it',
    status: 429,
    body: {
      error: {
        code: 429,
        message: 'quota',
        status: 'RESOURCE_EXHAUSTED',
        details: [{ '@type': 'x/QuotaFailure' }, { '@type': 'x/RetryInfo', retryDelay: '34.4s' }],
      },
    },
    gives: { code: 'upstream_limited', retryAfterMs: 34_400 },
  },
  {
    name: 'a missing model',
    status: 404,
    body: openai('The model `x` does not exist', 'model_not_found'),
    gives: { code: 'upstream_model_missing', status: 404 },
  },
  {
    name: 'an address that the server does not have',
    status: 404,
    body: { detail: 'Not Found' },
    gives: { code: 'upstream_failed', message: 'Not Found' },
  },
  {
    name: 'a missing model as 400',
    status: 400,
    body: { error: { message: 'Model Not Exist' } },
    gives: { code: 'upstream_model_missing' },
  },
  {
    name: 'a wrong address',
    status: 404,
    body: '<html>404</html>',
    gives: { code: 'upstream_failed', message: 'the provider answered with status 404 and no error it could name' },
  },
  { name: 'overload', status: 503, body: openai('busy'), gives: { code: 'upstream_overloaded', status: 503 } },
  { name: 'overload as 529', status: 529, body: {}, gives: { code: 'upstream_overloaded' } },
  {
    name: 'a broken gateway page is never quoted',
    status: 502,
    body: '<html>secret</html>',
    gives: {
      code: 'upstream_failed',
      status: 502,
      message: 'the provider answered with status 502 and no error it could name',
    },
  },
  { name: 'a time-out', status: 504, body: '', gives: { code: 'upstream_timeout', status: 504 } },
  {
    name: 'an ordinary failure',
    status: 500,
    body: openai('The server had an error', null, 'server_error'),
    gives: { code: 'upstream_failed', upstreamStatus: 500, message: 'The server had an error' },
  },
];

test.each(failures)('$name', ({ status, body, headers = {}, gives }) => {
  const bodyText = typeof body === 'string' ? body : JSON.stringify(body);
  expect(decodeError({ status, headers: new Headers(headers), bodyText })).toMatchObject(gives);
});

describe('what is quoted', () => {
  const quoted = (message: string): string =>
    decodeError({ status: 400, headers: new Headers(), bodyText: JSON.stringify(openai(message)) }).message;
  test('is at most 500 characters', () => expect(quoted('x y '.repeat(400)).length).toBeLessThanOrEqual(501));
  test('holds no key', () => expect(quoted('bad value sk-proj-abcdef1234567890 here')).toBe('bad value [key] here'));
});
