import type { Failure, VendorError } from './contract.ts';

interface Words {
  readonly message: string;
  readonly type: string;
  readonly code: string | null;
}

const LIMITED =
  'Rate limit reached for MODEL in organization org-simulator on requests per min (RPM): Limit 60, Used 60, Requested 1. Please try again in WAITs. Visit https://platform.openai.com/account/rate-limits to learn more.';
const SPENT =
  'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.';
const SERVER_FAULT = 'The server had an error while processing your request. Sorry about that!';
const OVERLOADED =
  'The server is currently overloaded with other requests. Sorry about that! You can retry your request, or contact us through our help center at help.openai.com if the error persists.';

const words = (message: string, type: string, code: string | null = null): Words => ({ message, type, code });

/** Source: platform.openai.com/docs/guides/error-codes; 402 in DeepSeek's words, which use the same API. */
const WORDS: Readonly<Record<number, Words>> = {
  400: words('Invalid value for the request.', 'invalid_request_error', 'invalid_value'),
  401: words(
    'Incorrect API key provided: bad-key. You can find your API key at https://platform.openai.com/account/api-keys.',
    'invalid_request_error',
    'invalid_api_key',
  ),
  402: words('Insufficient Balance', 'unknown_error', 'invalid_request_error'),
  403: words(
    'Country, region, or territory not supported',
    'request_forbidden',
    'unsupported_country_region_territory',
  ),
  404: words(
    'The model `MODEL` does not exist or you do not have access to it.',
    'invalid_request_error',
    'model_not_found',
  ),
  408: words('Request timed out.', 'invalid_request_error', 'request_timeout'),
  413: words('Request body is too large.', 'invalid_request_error', 'request_too_large'),
  422: words('Unprocessable entity.', 'invalid_request_error', 'unprocessable_entity'),
  429: words(LIMITED, 'requests', 'rate_limit_exceeded'),
  500: words(SERVER_FAULT, 'server_error'),
  502: words('Bad gateway.', 'server_error'),
  503: words(OVERLOADED, 'server_error', 'server_is_overloaded'),
  504: words('The server timed out while processing your request.', 'server_error'),
  529: words(OVERLOADED, 'server_error', 'server_is_overloaded'),
};

const FALLBACK = words(SERVER_FAULT, 'server_error');

/** The `error` object of Chat and Responses. */
export function openaiErrorObject(failure: Failure, model: string) {
  const spent = failure.code === 'insufficient_quota';
  const row = spent ? words(SPENT, 'insufficient_quota', 'insufficient_quota') : (WORDS[failure.status] ?? FALLBACK);
  const message = (failure.message ?? row.message)
    .replace('MODEL', model)
    .replace('WAIT', String(failure.retryAfterS ?? 1));
  // A validator's own words come without the code of the status' usual words.
  const code = failure.code ?? (failure.message === undefined ? row.code : null);
  return { message, type: row.type, param: failure.param ?? null, code };
}

/** A refusal in OpenAI's shape, with its rate-limit and request-id headers. */
export function openaiError(failure: Failure, { model, requestId }: { model: string; requestId: string }): VendorError {
  const headers: Record<string, string> = { ...openaiHeaders(requestId), ...failure.headers };
  if (failure.retryAfterS !== undefined) headers['retry-after'] = String(failure.retryAfterS);
  if (failure.status === 429) {
    headers['x-ratelimit-remaining-requests'] = '0';
    headers['x-ratelimit-reset-requests'] = `${failure.retryAfterS ?? 1}s`;
  }
  return { status: failure.status, body: { error: openaiErrorObject(failure, model) }, headers };
}

/** What every OpenAI reply carries. */
export function openaiHeaders(requestId: string): Record<string, string> {
  return {
    'x-request-id': requestId,
    'openai-version': '2020-10-01',
    'openai-processing-ms': '1',
    'x-ratelimit-limit-requests': '60',
    'x-ratelimit-remaining-requests': '59',
    'x-ratelimit-reset-requests': '1s',
    'x-ratelimit-limit-tokens': '150000',
    'x-ratelimit-remaining-tokens': '149000',
    'x-ratelimit-reset-tokens': '6m0s',
  };
}
