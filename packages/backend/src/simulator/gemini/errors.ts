import type { Json, JsonObject } from '../../types/json.ts';
import type { Failure, VendorError } from '../contract.ts';

/** Source: ai.google.dev/gemini-api/docs/troubleshooting and google.rpc.Code (read 2026-11-20). */
const WORDS: Readonly<Record<number, readonly [status: string, message: string]>> = {
  400: ['INVALID_ARGUMENT', 'Request contains an invalid argument.'],
  401: [
    'UNAUTHENTICATED',
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
  ],
  402: ['FAILED_PRECONDITION', 'Billing must be enabled for this project.'],
  403: ['PERMISSION_DENIED', 'The caller does not have permission'],
  404: [
    'NOT_FOUND',
    'models/MODEL is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.',
  ],
  408: ['DEADLINE_EXCEEDED', 'The request timed out.'],
  413: ['INVALID_ARGUMENT', 'Request payload size exceeds the limit: 20971520 bytes.'],
  422: ['INVALID_ARGUMENT', 'Request contains an invalid argument.'],
  429: ['RESOURCE_EXHAUSTED', 'You exceeded your current quota, please check your plan and billing details.'],
  500: [
    'INTERNAL',
    'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
  ],
  502: ['UNAVAILABLE', 'The service is currently unavailable.'],
  503: ['UNAVAILABLE', 'The model is overloaded. Please try again later.'],
  504: ['DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'],
  529: ['UNAVAILABLE', 'The model is overloaded. Please try again later.'],
};

const DOMAIN = 'type.googleapis.com/google.rpc';

/** The `error` object of a refusal and of a stream alike. Google has no 529, so its overload is always code 503. */
export function geminiErrorObject(failure: Failure, model: string): JsonObject {
  const [status, usual] = WORDS[failure.status] ?? ['INTERNAL', 'Internal error encountered.'];
  const details: Json[] = [];
  if (failure.code === 'API_KEY_INVALID') {
    details.push({
      '@type': `${DOMAIN}.ErrorInfo`,
      reason: failure.code,
      domain: 'googleapis.com',
      metadata: { service: 'generativelanguage.googleapis.com' },
    });
  }
  if (failure.status === 429) {
    const window = failure.code === 'insufficient_quota' ? 'PerDay' : 'PerMinute';
    details.push({
      '@type': `${DOMAIN}.QuotaFailure`,
      violations: [{ quotaId: `GenerateRequests${window}PerProjectPerModel-FreeTier` }],
    });
  }
  if (failure.retryAfterS !== undefined)
    details.push({ '@type': `${DOMAIN}.RetryInfo`, retryDelay: `${failure.retryAfterS}s` });
  return {
    code: failure.status === 529 ? 503 : failure.status,
    message: (failure.message ?? usual).replace('MODEL', model),
    status,
    ...(details.length > 0 ? { details } : {}),
  };
}

/** A refusal in Google's shape. Waits are told in `RetryInfo`, not in a header. */
export function geminiError(failure: Failure, { model }: { model: string; requestId: string }): VendorError {
  return {
    status: failure.status,
    body: { error: geminiErrorObject(failure, model) },
    headers: { ...failure.headers },
  };
}
