import { type ErrorCode, GatewayError } from '../../types/errors.ts';
import type { EncodedError, UpstreamFailure } from '../../types/format.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, ownValue, softString } from '../../utils/fields.ts';
import { sseEvent } from '../../utils/sse.ts';

/** Most characters of an upstream's own words that an error of ours repeats. */
const QUOTE_CHARS_MAX = 500;

/** `error.type` by HTTP status; the official SDKs and agents choose their reaction by both. */
const TYPE_OF_STATUS: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

function typeOfStatus(status: number): string {
  return TYPE_OF_STATUS[status] ?? (status >= 500 || status === 499 ? 'api_error' : 'invalid_request_error');
}

/** The API's own status where it differs from ours: overload is 529 there. */
const STATUS_OF_CODE: Partial<Record<ErrorCode, number>> = {
  upstream_overloaded: 529,
  gateway_overloaded: 529,
};

const OVERFLOW_WORDS = 'prompt is too long';

/** Agents compact their history on these words and on no others. */
function messageOf({ code, message }: GatewayError): string {
  if (code !== 'upstream_context_length' || message.toLowerCase().includes(OVERFLOW_WORDS)) return message;
  return `${OVERFLOW_WORDS}: ${message}`;
}

function bodyOf(error: GatewayError, status: number, requestId: string): JsonObject {
  return {
    type: 'error',
    error: { type: typeOfStatus(status), message: messageOf(error) },
    request_id: requestId,
  };
}

/** A gateway error as the Messages API would say it, `retry-after` in whole seconds rounded up. */
export function encodeError(error: GatewayError, requestId: string): EncodedError {
  const status = STATUS_OF_CODE[error.code] ?? error.status;
  const { retryAfterMs } = error;
  return {
    status,
    body: bodyOf(error, status, requestId),
    headers: {
      'request-id': requestId,
      ...(retryAfterMs !== undefined && { 'retry-after': String(Math.max(0, Math.ceil(retryAfterMs / 1000))) }),
    },
  };
}

/** The same as an `error` event, complete with its blank line. */
export function encodeStreamError(error: GatewayError, requestId: string): string {
  const status = STATUS_OF_CODE[error.code] ?? error.status;
  return sseEvent(JSON.stringify(bodyOf(error, status, requestId)), 'error');
}

/** Words of a 400 that mean something else than a bad request. Read from the API's documentation and error logs. */
const WORDS: readonly (readonly [RegExp, ErrorCode])[] = [
  [
    /prompt is too long|exceed(s|ed)? (the )?context (limit|window)|context length|too many total text bytes/i,
    'upstream_context_length',
  ],
  [/credit balance is too low|insufficient (balance|credit|funds)/i, 'upstream_funds'],
  [/reached your specified (workspace )?api usage limits/i, 'upstream_limited'],
];

const CODE_OF_TYPE: Readonly<Record<string, ErrorCode>> = {
  authentication_error: 'upstream_credentials',
  permission_error: 'upstream_credentials',
  billing_error: 'upstream_funds',
  rate_limit_error: 'upstream_limited',
  overloaded_error: 'upstream_overloaded',
  timeout_error: 'upstream_timeout',
  api_error: 'upstream_failed',
  request_too_large: 'upstream_rejected',
  invalid_request_error: 'upstream_rejected',
};

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'upstream_credentials',
  402: 'upstream_funds',
  403: 'upstream_credentials',
  408: 'upstream_timeout',
  429: 'upstream_limited',
  503: 'upstream_overloaded',
  504: 'upstream_timeout',
  529: 'upstream_overloaded',
};

/** The code of an error that came inside a 200 answer. */
const codeOfType = (type: string): ErrorCode => ownValue(CODE_OF_TYPE, type) ?? 'upstream_failed';

/** A 404 that names no model is about something else that the caller asked for (a file, say). */
const codeOfMissing = (words: string): ErrorCode =>
  /model/i.test(words) ? 'upstream_model_missing' : 'upstream_rejected';

/** Telling words first, then a status that speaks for itself, then the body's type within the status class. */
function codeOf(status: number | undefined, type: string, words: string): ErrorCode {
  if (status !== undefined && status < 400) return 'upstream_redirect';
  const said = WORDS.find(([pattern]) => pattern.test(words))?.[1];
  if (said !== undefined && (status ?? 400) < 500) return said;
  if (status === 404 || type === 'not_found_error') return codeOfMissing(words);
  if (status === undefined) return codeOfType(type);
  const byStatus = CODE_OF_STATUS[status];
  if (byStatus !== undefined) return byStatus;
  const byType = ownValue(CODE_OF_TYPE, type);
  if (status < 500) return byType ?? 'upstream_rejected';
  return byType === undefined || byType === 'upstream_rejected' ? 'upstream_failed' : byType;
}

/** An upstream's words, fit for a public message: no key, one line, at most 500 characters. */
function quote(text: string): string {
  const clean = text
    .replace(/\b((sk|pk|rk|key)[-_]|AIza|Bearer )[A-Za-z0-9_*.-]{12,}/g, '[removed]')
    .replace(/\s+/g, ' ')
    .trim();
  return clean.length <= QUOTE_CHARS_MAX ? clean : `${clean.slice(0, QUOTE_CHARS_MAX - 1)}…`;
}

const PREFIX: Partial<Record<ErrorCode, string>> = {
  upstream_credentials: 'the provider refused the credential that the gateway holds for it',
  upstream_funds: 'the provider account has no credit left',
};

interface Said {
  readonly type: string;
  readonly words: string;
}

function saidIn(body: Json | undefined): Said | undefined {
  if (!isObject(body)) return undefined;
  const error = body['error'];
  if (typeof error === 'string') return { type: '', words: error };
  const source = isObject(error) ? error : body;
  const words = softString(source['message']);
  if (words === undefined && !isObject(error)) return undefined;
  return { type: softString(source['type']) ?? '', words: words ?? '' };
}

interface Circumstance {
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

function toGatewayError({ type, words }: Said, { status, retryAfterMs }: Circumstance): GatewayError {
  const code = codeOf(status, type, words);
  const said = quote(words);
  // Words about a credential stay inside: they are about our key, not the caller's.
  const message = PREFIX[code] ?? (said === '' ? 'the provider gave an error without a message' : said);
  return new GatewayError(code, message, {
    ...(code === 'upstream_rejected' && status !== undefined && { status }),
    ...(status !== undefined && { upstreamStatus: status }),
    ...(type !== '' && { upstreamCode: type }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** The error inside a 200 answer: an `error` event of a stream, or an error body. */
export function errorOfBody(body: JsonObject): GatewayError {
  return toGatewayError(saidIn(body) ?? { type: '', words: '' }, {});
}

/** How long to wait: `retry-after-ms`, or `retry-after` in seconds, or its date against the answer's own `date`. */
function retryAfterOf(headers: Headers): number | undefined {
  const exact = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(exact) && exact >= 0) return exact;
  const text = headers.get('retry-after')?.trim() ?? '';
  if (text === '') return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return seconds >= 0 ? Math.ceil(seconds * 1000) : undefined;
  const waitMs = Date.parse(text) - Date.parse(headers.get('date') ?? '');
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined;
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // An HTML page or a cut body: the status alone decides, and the page is not repeated.
    return undefined;
  }
}

/**
 * An upstream's non-2xx answer as a gateway error. The caller's own faults keep the upstream's status; a body that
 * is not the API's JSON gives a short sentence and never its text.
 */
export function decodeError({ status, headers, bodyText }: UpstreamFailure): GatewayError {
  const retryAfterMs = retryAfterOf(headers);
  const said = saidIn(parsed(bodyText));
  if (said !== undefined) return toGatewayError(said, { status, retryAfterMs });
  const code = CODE_OF_STATUS[status] ?? (status === 413 || status === 422 ? 'upstream_rejected' : 'upstream_failed');
  return new GatewayError(code, PREFIX[code] ?? `the provider answered ${status} without an error of its API`, {
    ...(code === 'upstream_rejected' && { status }),
    upstreamStatus: status,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}
