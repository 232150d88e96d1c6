import { type ErrorCode, type ErrorDetails, GatewayError } from '../../types/errors.ts';
import type { EncodedError, UpstreamFailure } from '../../types/format.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, ownValue, softString } from '../../utils/fields.ts';

const QUOTE_CHARS_MAX = 500;

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  402: 'FAILED_PRECONDITION',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  413: 'INVALID_ARGUMENT',
  415: 'INVALID_ARGUMENT',
  422: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** HTTP status of a `google.rpc.Code` name, for errors inside a stream that carry no number. */
const NAME_STATUS: Readonly<Record<string, number>> = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ABORTED: 409,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  INTERNAL: 500,
  UNKNOWN: 500,
  DATA_LOSS: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
};

/** Coding tools look for these words to decide that they must shorten the conversation. */
const CONTEXT_WORDS = 'The input token count exceeds the maximum number of tokens allowed';

function statusName(status: number): string {
  return STATUS_NAMES[status] ?? (status < 500 ? 'FAILED_PRECONDITION' : 'INTERNAL');
}

function detailsOf(error: GatewayError, requestId: string): Json[] {
  const typed = (name: string, fields: JsonObject): JsonObject => ({
    '@type': `type.googleapis.com/google.rpc.${name}`,
    ...fields,
  });
  return [
    typed('ErrorInfo', { reason: error.code.toUpperCase(), domain: 'plexus' }),
    ...(error.field === undefined
      ? []
      : [typed('BadRequest', { fieldViolations: [{ field: error.field, description: error.message }] })]),
    ...(error.retryAfterMs === undefined ? [] : [typed('RetryInfo', { retryDelay: `${error.retryAfterMs / 1000}s` })]),
    typed('RequestInfo', { requestId }),
  ];
}

/** The error object that Gemini clients know. `code` is a number: without it the SDK passes over a stream error. */
function errorBody(error: GatewayError, requestId: string): JsonObject {
  const message =
    error.code === 'upstream_context_length' && !/token count exceeds|tokens? allowed/i.test(error.message)
      ? `${CONTEXT_WORDS}. ${error.message}`
      : error.message;
  return {
    error: { code: error.status, message, status: statusName(error.status), details: detailsOf(error, requestId) },
  };
}

/** A gateway error before the first byte, in Gemini's words. `retry-after` is in whole seconds, rounded up. */
export function encodeError(error: GatewayError, requestId: string): EncodedError {
  const wait = error.retryAfterMs;
  return {
    status: error.status,
    body: errorBody(error, requestId),
    headers: {
      'x-request-id': requestId,
      ...(wait !== undefined && { 'retry-after': String(Math.ceil(wait / 1000)) }),
    },
  };
}

/** The same inside a stream: one SSE block, or the text of one array element without its comma and brackets. */
export function encodeStreamError(error: GatewayError, requestId: string, framing: 'sse' | 'json-array'): string {
  const text = JSON.stringify(errorBody(error, requestId));
  return framing === 'sse' ? `data: ${text}\r\n\r\n` : text;
}

interface Complaint {
  readonly status: number;
  readonly name: string;
  readonly message: string;
  readonly reasons: readonly string[];
  readonly retryAfterMs: number | undefined;
}

/** Google quotes the key in some refusals ("Consumer 'api_key:…' has been suspended"). */
function clean(text: string): string {
  const safe = text
    .replace(/api_key:[^\s'"]+/gi, 'api_key:[removed]')
    .replace(/\b(?:AIza|AQ\.|ya29\.)[\w.-]{10,}/g, '[removed]')
    .replace(/([?&]key=)[^&\s'"]+/gi, '$1[removed]');
  return safe.length <= QUOTE_CHARS_MAX ? safe : `${safe.slice(0, QUOTE_CHARS_MAX - 1)}…`;
}

function detailList(error: JsonObject): JsonObject[] {
  const details = error['details'];
  return Array.isArray(details) ? details.filter(isObject) : [];
}

function delayMs(text: string | undefined): number | undefined {
  const seconds = text === undefined ? undefined : /^(\d+(?:\.\d+)?)s$/.exec(text)?.[1];
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1000);
}

function bodyDelayMs(error: JsonObject, message: string): number | undefined {
  for (const detail of detailList(error)) {
    const delay = delayMs(softString(detail['retryDelay']));
    if (delay !== undefined) return delay;
  }
  const said = /retry in (\d+(?:\.\d+)?)(ms|s)\b/i.exec(message);
  return said?.[1] === undefined ? undefined : Math.ceil(Number(said[1]) * (said[2] === 'ms' ? 1 : 1000));
}

function headerDelayMs(headers: Headers): number | undefined {
  const ms = headers.get('retry-after-ms');
  if (ms !== null && /^\d+(\.\d+)?$/.test(ms)) return Math.ceil(Number(ms));
  const after = headers.get('retry-after');
  if (after === null) return undefined;
  if (/^\d+(\.\d+)?$/.test(after)) return Math.ceil(Number(after) * 1000);
  // A date says nothing without the sender's own clock: ours may differ, and this code has none.
  const distance = Date.parse(after) - Date.parse(headers.get('date') ?? '');
  return Number.isFinite(distance) ? Math.max(0, distance) : undefined;
}

function complaintOf(error: JsonObject, status: number): Complaint {
  const message = softString(error['message']) ?? '';
  return {
    status,
    name: softString(error['status']) ?? '',
    message,
    reasons: detailList(error).flatMap((detail) => softString(detail['reason']) ?? []),
    retryAfterMs: bodyDelayMs(error, message),
  };
}

type Rule = readonly [code: ErrorCode, fits: (complaint: Complaint) => boolean, text?: string];

/** First row that fits wins; the texts without a quote are those that may hold a credential. */
const RULES: readonly Rule[] = [
  [
    'upstream_credentials',
    ({ reasons, message }) =>
      reasons.some((reason) => /^(API_KEY_|ACCESS_TOKEN_|ACCOUNT_STATE_INVALID|CONSUMER_SUSPENDED)/.test(reason)) ||
      /api key (not valid|expired|not found)/i.test(message),
    'the provider refused the configured credential',
  ],
  [
    'upstream_funds',
    ({ status, message, reasons }) =>
      status === 402 ||
      reasons.includes('BILLING_DISABLED') ||
      /credits? (are |is |have been )?depleted|prepa(id|yment) (credits?|balance)|billing (is )?disabled/i.test(
        message,
      ),
  ],
  [
    'upstream_context_length',
    ({ status, message }) =>
      status < 500 &&
      /(input|prompt) (token|content).{0,40}exceed|exceeds? the maximum number of (input )?tokens|context (window|length)/i.test(
        message,
      ),
  ],
  ['upstream_failed', ({ status, message }) => status === 400 && /user location is not supported/i.test(message)],
  [
    'upstream_credentials',
    ({ status }) => status === 401 || status === 403,
    'the provider refused the configured credential',
  ],
  [
    'upstream_model_missing',
    ({ status, message }) => status === 404 && (message === '' || /\bmodels?\b/i.test(message)),
  ],
  ['upstream_limited', ({ status }) => status === 429],
  ['upstream_timeout', ({ status }) => status === 408 || status === 504],
  [
    'upstream_overloaded',
    ({ status, message }) => status === 503 || status === 529 || (status >= 500 && /overloaded/i.test(message)),
  ],
  ['upstream_failed', ({ status }) => status >= 500 || status === 499 || status < 400],
];

const SAID: Readonly<Partial<Record<ErrorCode, string>>> = {
  upstream_funds: 'the provider account has no credit left',
  upstream_context_length: CONTEXT_WORDS,
  upstream_model_missing: 'the provider does not know the model',
  upstream_limited: 'the provider account is at a rate limit or quota',
  upstream_timeout: 'the provider did not answer in time',
  upstream_overloaded: 'the provider says that it is overloaded',
  upstream_failed: 'the provider failed with an error of its own',
};

function judge(complaint: Complaint, retryAfterMs: number | undefined): GatewayError {
  const rule = RULES.find(([, fits]) => fits(complaint));
  const quote = clean(complaint.message);
  const details: ErrorDetails = {
    upstreamStatus: complaint.status,
    ...(complaint.name !== '' && { upstreamCode: complaint.name }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
  if (rule === undefined) {
    return new GatewayError('upstream_rejected', quote || 'the provider rejected the request', {
      ...details,
      status: complaint.status,
    });
  }
  const [code, , fixed] = rule;
  return new GatewayError(code, fixed ?? (quote || (SAID[code] ?? 'the provider failed')), details);
}

function parsed(bodyText: string): JsonObject | undefined {
  try {
    const value = JSON.parse(bodyText) as Json;
    // Streams without `alt=sse` wrap even their error in an array.
    const body = Array.isArray(value) ? value[0] : value;
    const error = isObject(body) ? body['error'] : undefined;
    if (isObject(error)) return error;
    return typeof error === 'string' ? { message: error } : undefined;
  } catch {
    // An HTML page of a proxy; its text is of no use to a client.
    return undefined;
  }
}

/** An upstream's non-2xx answer to a gateway error. Never quotes HTML, keys, or more than 500 characters. */
export function decodeError({ status, headers, bodyText }: UpstreamFailure): GatewayError {
  const error = parsed(bodyText);
  const wait = headerDelayMs(headers);
  if (error !== undefined) {
    const complaint = complaintOf(error, status);
    return judge(complaint, complaint.retryAfterMs ?? wait);
  }
  const bare = judge({ status, name: '', message: '', reasons: [], retryAfterMs: undefined }, wait);
  // Without an error object a 404 or 400 comes from something in front of the API, not from the API.
  if (bare.code !== 'upstream_rejected' && bare.code !== 'upstream_model_missing') return bare;
  return new GatewayError('upstream_failed', `the provider answered ${status} with a body that is not its API`, {
    upstreamStatus: status,
  });
}

/** The `error` object of a stream that began with status 200, or of a 200 body. */
export function streamFailure(error: JsonObject): GatewayError {
  const code = error['code'];
  const name = softString(error['status']) ?? '';
  const status = typeof code === 'number' && code >= 400 && code < 600 ? code : (ownValue(NAME_STATUS, name) ?? 500);
  const complaint = complaintOf(error, status);
  return judge(complaint, complaint.retryAfterMs);
}
