import { type ErrorCode, type ErrorDetails, GatewayError } from '../../types/errors.ts';
import type { EncodedError, UpstreamFailure } from '../../types/format.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, ownValue, softString } from '../../utils/fields.ts';
import { sseEvent } from '../../utils/sse.ts';
import { idText } from './ids.ts';

/** Longest piece of an upstream's own words in a public message. */
const QUOTE_CHARS_MAX = 500;

/** Codes that OpenAI's clients act on; every other failure keeps the gateway's own code. */
const CODES: Partial<Record<ErrorCode, string>> = {
  key_missing: 'invalid_api_key',
  key_invalid: 'invalid_api_key',
  request_model_unknown: 'model_not_found',
  upstream_model_missing: 'model_not_found',
  upstream_context_length: 'context_length_exceeded',
  upstream_limited: 'rate_limit_exceeded',
  route_limited: 'rate_limit_exceeded',
  upstream_funds: 'insufficient_quota',
  upstream_overloaded: 'server_is_overloaded',
  gateway_overloaded: 'server_is_overloaded',
};

function typeOf(status: number): string {
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

const waitSeconds = (retryAfterMs: number): number => Math.max(1, Math.ceil(retryAfterMs / 1000));

/** The message, with the wait in the words that Codex reads it from. */
function messageOf({ message, retryAfterMs }: GatewayError): string {
  if (retryAfterMs === undefined || /try again in/i.test(message)) return message;
  return `${message}. Please try again in ${waitSeconds(retryAfterMs)}s.`;
}

/** The inside of OpenAI's `error` object. */
export function errorFields(error: GatewayError): {
  message: string;
  type: string;
  param: string | null;
  code: string;
} {
  return {
    message: messageOf(error),
    type: typeOf(error.status),
    param: error.field ?? null,
    code: CODES[error.code] ?? error.code,
  };
}

/** A gateway error as OpenAI would answer it, before the first byte. `retry-after` is in whole seconds, rounded up. */
export function encodeError(error: GatewayError, requestId: string): EncodedError {
  const wait = error.retryAfterMs === undefined ? {} : { 'retry-after': String(waitSeconds(error.retryAfterMs)) };
  return {
    status: error.status,
    body: { error: errorFields(error) },
    headers: { 'x-request-id': requestId, ...wait },
  };
}

/**
 * The end of a stream that failed: `error`, at which the official SDK throws, then `response.failed`, which Codex
 * reads. `responseJson` is the failed response; `sequence` is absent when the stream before it was not ours.
 */
export function failureEvents(error: GatewayError, responseJson: string, sequence: number | undefined): string {
  const { message, code, param } = errorFields(error);
  const number = (add: number): string => (sequence === undefined ? '' : `,"sequence_number":${sequence + add}`);
  const fields = `"code":${JSON.stringify(code)},"message":${JSON.stringify(message)},"param":${JSON.stringify(param)}`;
  return (
    sseEvent(`{"type":"error",${fields}${number(0)}}`, 'error') +
    sseEvent(`{"type":"response.failed","response":${responseJson}${number(1)}}`, 'response.failed')
  );
}

/** A failure inside a stream whose bytes passed through untouched: there is no state of ours to continue. */
export function encodeStreamError(error: GatewayError, requestId: string): string {
  const { code, message } = errorFields(error);
  const response = {
    id: `resp_${idText(requestId)}`,
    object: 'response',
    status: 'failed',
    output: [],
    error: { code, message },
  };
  return failureEvents(error, JSON.stringify(response), undefined);
}

interface Said {
  readonly message: string | undefined;
  readonly code: string | undefined;
  readonly type: string | undefined;
  readonly param: string | undefined;
}

const SILENT: Said = { message: undefined, code: undefined, type: undefined, param: undefined };

/** The error in a body: OpenAI's object, a text in its place (xAI), or `detail` (ChatGPT and FastAPI servers). */
function saidBy(body: Json): Said {
  if (!isObject(body)) return SILENT;
  const inner = body['error'] ?? body['detail'] ?? body;
  if (typeof inner === 'string') return { ...SILENT, message: inner, code: softString(body['code']) };
  if (Array.isArray(inner)) {
    const first = inner[0];
    return {
      ...SILENT,
      message: isObject(first) ? (softString(first['msg']) ?? softString(first['message'])) : undefined,
    };
  }
  if (!isObject(inner)) return SILENT;
  const code = inner['code'];
  return {
    message: softString(inner['message']),
    code: typeof code === 'number' ? String(code) : softString(code),
    type: softString(inner['type']),
    param: softString(inner['param']),
  };
}

function parseBody(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // A proxy's page, or a body cut short: the status alone must do.
    return undefined;
  }
}

const KEY_LIKE = /\b(?:sk|rk|pk|xai|gsk|key|Bearer)[-_ ][A-Za-z0-9_*.-]{8,}/g;

/** An upstream's words, fit to be shown: no key-like text, one line, a limited length. */
function quote(text: string): string {
  const clean = text.replace(KEY_LIKE, '[key]').replace(/\s+/g, ' ').trim();
  return clean.length <= QUOTE_CHARS_MAX ? clean : `${clean.slice(0, QUOTE_CHARS_MAX)}…`;
}

const CONTEXT_WORDS =
  /context[_ ]length|context window|maximum context|too many (?:input )?tokens|prompt is too long|input (?:is )?too long/i;
const FUNDS_WORDS =
  /insufficient_quota|insufficient_balance|billing|credit balance|exceeded your current quota|usage_not_included|out of credits/i;
const MODEL_WORDS = /model_not_found|model .*(?:does not exist|not found)|unknown model/i;
const OVERLOAD_WORDS = /overloaded|slow_down|at capacity/i;

interface Sign {
  readonly code: ErrorCode;
  readonly fits: (status: number, said: Said, words: string) => boolean;
}

/** Which failure an error is, by its status and its words. The first sign that fits wins. */
const SIGNS: readonly Sign[] = [
  // A page of a proxy says nothing about the request or the key.
  { code: 'upstream_failed', fits: (status, said) => said === SILENT && [400, 403, 404, 405, 422].includes(status) },
  { code: 'upstream_failed', fits: (status) => status < 400 },
  { code: 'upstream_funds', fits: (status) => status === 402 },
  { code: 'upstream_funds', fits: (_, said) => FUNDS_WORDS.test(`${said.code ?? ''} ${said.type ?? ''}`) },
  { code: 'upstream_credentials', fits: (status) => status === 401 || status === 403 },
  { code: 'upstream_funds', fits: (status, _, words) => status === 429 && FUNDS_WORDS.test(words) },
  { code: 'upstream_limited', fits: (status) => status === 429 },
  { code: 'upstream_overloaded', fits: (status) => status === 503 || status === 529 },
  { code: 'upstream_overloaded', fits: (status, _, words) => status >= 500 && OVERLOAD_WORDS.test(words) },
  { code: 'upstream_timeout', fits: (status) => status === 408 || status === 504 },
  { code: 'upstream_failed', fits: (status) => status >= 500 },
  { code: 'upstream_context_length', fits: (_, __, words) => CONTEXT_WORDS.test(words) },
  { code: 'upstream_model_missing', fits: (_, __, words) => MODEL_WORDS.test(words) },
  { code: 'upstream_model_missing', fits: (status, said) => status === 404 && said.param === 'model' },
];

function codeOf(status: number, said: Said): ErrorCode {
  const words = `${said.code ?? ''} ${said.type ?? ''} ${said.message ?? ''}`;
  return SIGNS.find(({ fits }) => fits(status, said, words))?.code ?? 'upstream_rejected';
}

function waitFromText(message: string | undefined): number | undefined {
  const found = /try again in ([\d.]+) ?(ms|m|s)/i.exec(message ?? '');
  if (found === null) return undefined;
  const factor = { ms: 1, s: 1000, m: 60_000 }[(found[2] ?? 's').toLowerCase()] ?? 1000;
  const ms = Number(found[1]) * factor;
  return Number.isFinite(ms) ? ms : undefined;
}

/** How long to wait: milliseconds or seconds from the headers, a date relative to the answer's own, or the text. */
function retryAfterMs(headers: Headers, message: string | undefined): number | undefined {
  const ms = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const after = headers.get('retry-after');
  if (after === null) return waitFromText(message);
  const seconds = Number(after);
  if (after.trim() !== '' && Number.isFinite(seconds) && seconds >= 0) return seconds * 1000;
  const wait = Date.parse(after) - Date.parse(headers.get('date') ?? '');
  return Number.isFinite(wait) ? Math.max(0, wait) : waitFromText(message);
}

const SENTENCES: Partial<Record<ErrorCode, string>> = {
  upstream_credentials: 'the provider refused the credential that is configured for it',
  upstream_funds: 'the provider account has no credit left',
  upstream_limited: 'the provider account is at its rate limit',
  upstream_overloaded: 'the provider is overloaded',
  upstream_model_missing: 'the provider does not know the model',
  upstream_context_length: 'the request is longer than the context window of the model',
  upstream_rejected: 'the provider rejected the request',
  upstream_timeout: 'the provider gave up waiting',
};

/** Our sentence, and the provider's words behind it where they help and cannot mislead. */
function publicMessage(code: ErrorCode, said: Said, status: number): string {
  const sentence = SENTENCES[code] ?? `the provider failed with status ${status}`;
  // What a provider says about a refused key quotes the key, and would make a client ask its user for a new one.
  if (said.message === undefined || code === 'upstream_credentials') return sentence;
  return `${sentence}: ${quote(said.message)}`;
}

function failureOf(status: number, said: Said, details: ErrorDetails): GatewayError {
  const code = codeOf(status, said);
  const callersFault = code === 'upstream_rejected' || code === 'upstream_context_length';
  return new GatewayError(code, publicMessage(code, said, status), {
    ...details,
    ...(callersFault && status >= 400 && status < 500 && { status }),
    ...(callersFault && said.param !== undefined && { field: said.param }),
    upstreamStatus: status,
    upstreamCode: said.code ?? said.type,
  });
}

/** An upstream's non-2xx answer to a gateway error. A page in place of JSON is never quoted. */
export function decodeError({ status, headers, bodyText }: UpstreamFailure): GatewayError {
  const body = parseBody(bodyText);
  const said = body === undefined ? SILENT : saidBy(body);
  const wait = retryAfterMs(headers, said.message);
  return failureOf(status, said, wait === undefined ? {} : { retryAfterMs: wait });
}

/** Codes inside a 200 answer say what a status would have said. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
  server_is_overloaded: 503,
  slow_down: 503,
  context_length_exceeded: 400,
  invalid_prompt: 400,
  bio_policy: 400,
  misalignment_policy_violation: 400,
  model_not_found: 404,
  invalid_api_key: 401,
};

/** An error object inside an answer that began with 200: the `error` event, or a failed response's `error`. */
export function decodeAnswerError(error: Json | undefined): GatewayError {
  const said = saidBy({ error: error ?? {} });
  const code = said.code ?? '';
  const asNumber = Number(code);
  const status =
    ownValue(STATUS_OF_CODE, code) ??
    (Number.isInteger(asNumber) && asNumber >= 400 && asNumber <= 599
      ? asNumber
      : /^(?:invalid_|image_|unsupported_|empty_image|failed_to_download)/.test(code) ||
          said.type === 'invalid_request_error'
        ? 400
        : 500);
  const wait = waitFromText(said.message);
  return failureOf(status, said, wait === undefined ? {} : { retryAfterMs: wait });
}

/** The failure of an answer that is not this API. */
export function garbled(what: string): GatewayError {
  return new GatewayError('upstream_garbled', `the provider sent ${what} in place of a Responses answer`);
}

/** A failed or cancelled response object to its error. */
export function failedResponse(response: JsonObject): GatewayError {
  if (response['status'] === 'cancelled')
    return new GatewayError('upstream_failed', 'the provider cancelled its answer');
  return decodeAnswerError(response['error']);
}
