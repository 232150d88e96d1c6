import type { JsonObject } from '../../types/json.ts';
import type { Failure, VendorError } from '../contract.ts';

/** Source: docs.anthropic.com/en/api/errors (read 2026-11-20); 402 and 408 as the SDK's error types name them. */
const WORDS: Readonly<Record<number, readonly [type: string, message: string]>> = {
  400: ['invalid_request_error', 'Invalid request.'],
  401: ['authentication_error', 'invalid x-api-key'],
  402: [
    'billing_error',
    'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
  ],
  403: ['permission_error', 'Your API key does not have permission to use the specified resource.'],
  404: ['not_found_error', 'model: MODEL'],
  408: ['timeout_error', 'Request timed out'],
  413: ['request_too_large', 'Request exceeds the maximum size'],
  422: ['invalid_request_error', 'Unprocessable request.'],
  429: [
    'rate_limit_error',
    "This request would exceed your organization's rate limit of 50 requests per minute. For details, refer to: https://docs.claude.com/en/api/rate-limits.",
  ],
  500: ['api_error', 'Internal server error'],
  502: ['api_error', 'Bad gateway'],
  503: ['api_error', 'Service unavailable'],
  504: ['timeout_error', 'The request timed out while processing. Please use streaming for long requests.'],
  529: ['overloaded_error', 'Overloaded'],
};

/** The body of an error, of a refusal and of a stream's `error` event alike. */
export function messagesErrorBody(failure: Failure, model: string, requestId: string): JsonObject {
  const [type, usual] = WORDS[failure.status] ?? ['api_error', 'Internal server error'];
  const message = (failure.message ?? usual).replace('MODEL', model);
  return { type: 'error', error: { details: null, type, message }, request_id: requestId };
}

/** A refusal in Anthropic's shape; an exhausted quota is told as a spent credit balance, with status 400. */
export function messagesError(
  failure: Failure,
  { model, requestId }: { model: string; requestId: string },
): VendorError {
  const headers: Record<string, string> = { ...messagesHeaders(requestId), ...failure.headers };
  if (failure.retryAfterS !== undefined) headers['retry-after'] = String(failure.retryAfterS);
  if (failure.status === 429) headers['anthropic-ratelimit-requests-remaining'] = '0';
  headers['x-should-retry'] = String(failure.status === 408 || failure.status === 429 || failure.status >= 500);
  return { status: failure.status, body: messagesErrorBody(failure, model, requestId), headers };
}

/** What every Anthropic reply carries. The reset is a fixed date far ahead, so that answers stay deterministic. */
export function messagesHeaders(requestId: string): Record<string, string> {
  return {
    'request-id': requestId,
    'anthropic-organization-id': '00000000-0000-4000-8000-000000000000',
    'anthropic-ratelimit-requests-limit': '50',
    'anthropic-ratelimit-requests-remaining': '49',
    'anthropic-ratelimit-requests-reset': '2099-01-01T00:00:00Z',
    'anthropic-ratelimit-tokens-limit': '80000',
    'anthropic-ratelimit-tokens-remaining': '79000',
    'anthropic-ratelimit-tokens-reset': '2099-01-01T00:00:00Z',
  };
}
