import { type ErrorCode, type ErrorDetails, GatewayError } from '../../types/errors.ts';
import type { EncodedError, UpstreamFailure } from '../../types/format.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject, softString } from '../../utils/fields.ts';
import { sseEvent } from '../../utils/sse.ts';

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
};

function typeOf({ code, status }: GatewayError): string {
  if (code === 'upstream_funds') return 'insufficient_quota';
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

function errorBody(error: GatewayError, requestId: string): JsonObject {
  const { code, field, message, upstreamCode } = error;
  const own = code === 'upstream_rejected' ? (upstreamCode ?? code) : (CODES[code] ?? code);
  return { error: { message, type: typeOf(error), param: field ?? null, code: own }, request_id: requestId };
}

/** A gateway error as OpenAI's clients expect it. `retry-after` is in whole seconds, rounded up. */
export function encodeError(error: GatewayError, requestId: string): EncodedError {
  const headers: Record<string, string> = { 'x-request-id': requestId };
  if (error.retryAfterMs !== undefined)
    headers['retry-after'] = String(Math.max(0, Math.ceil(error.retryAfterMs / 1000)));
  return { status: error.status, body: errorBody(error, requestId), headers };
}

/** The same inside a stream: the error object and nothing after it, no finish and no `[DONE]`. */
export function encodeStreamError(error: GatewayError, requestId: string): string {
  return sseEvent(JSON.stringify(errorBody(error, requestId)));
}

const QUOTE_CHARS_MAX = 500;
const KEYS = /\b((sk|pk|rk|xai|gsk|csk|nvapi)[-_]|AIza|Bearer )[A-Za-z0-9*._-]{12,}/g;

interface UpstreamWords {
  readonly message: string;
  readonly code?: string | undefined;
  readonly type?: string | undefined;
  readonly param?: string | undefined;
}

/**
 * The words of an upstream's error object, in any of the shapes seen: `{error: {message, type, code, param}}`,
 * `{error: "text"}`, `{message}`, `{object: "error", message}` (vLLM), `{detail}` (FastAPI), and Google's list
 * around the first. Absent when the value is none of them.
 */
function errorWords(body: Json | undefined): UpstreamWords | undefined {
  if (Array.isArray(body)) return errorWords(body[0]);
  if (!isObject(body)) return undefined;
  const inner = body['error'] ?? body;
  if (typeof inner === 'string') return { message: clip(inner) };
  if (!isObject(inner)) return undefined;
  const message = softString(inner['message']) ?? detailText(inner['detail']) ?? softString(inner['msg']);
  const code = inner['code'] ?? inner['status'];
  const type = softString(inner['type']);
  if (message === undefined && code === undefined && type === undefined) return undefined;
  return {
    message: clip(message ?? type ?? String(code)),
    code: typeof code === 'string' || typeof code === 'number' ? String(code) : undefined,
    type,
    param: softString(inner['param']),
  };
}

function detailText(detail: Json | undefined): string | undefined {
  if (typeof detail === 'string') return detail;
  return Array.isArray(detail) ? JSON.stringify(detail) : undefined;
}

function clip(text: string): string {
  // A provider that quotes the credential it was given must not hand it to the caller.
  const keyless = text.replace(KEYS, '[key]');
  const clean = keyless.replace(/\s+/g, ' ').trim();
  return clean.length <= QUOTE_CHARS_MAX ? clean : `${clean.slice(0, QUOTE_CHARS_MAX)}…`;
}

const CONTEXT_WORDS =
  /context[_ ]length|context window|maximum context|prompt is too long|input is too long|too many (input )?tokens|reduce the length|exceeds? the (model'?s )?(maximum|max|context)|max_prompt_tokens|input token count/i;
const FUNDS_WORDS =
  /insufficient[_ ](quota|balance|credit|funds)|billing_|credit balance|out of credits|payment required|arrear/i;
const MODEL_WORDS =
  /model[_ ]not[_ ]found|model.{0,80}(does not exist|not exist|not found|is not supported)|unknown model|no such model|invalid model/i;
const LIMIT_WORDS = /rate[_ ]?limit|too many requests|requests per|tokens per/i;
const OVERLOAD_WORDS = /overloaded|at capacity|server is busy|high demand|engine_overloaded|resource.{0,10}exhausted/i;
const BAD_KEY_WORDS = /invalid_api_key|api key not valid|incorrect api key/i;
const KEY_WORDS = /api[_ ]key|unauthori[sz]ed|authentication/i;

type Reading = readonly [code: ErrorCode, statusFits: (status: number) => boolean, words?: RegExp];

const any =
  (...statuses: number[]) =>
  (status: number): boolean =>
    statuses.includes(status);
const isRejection = (status: number): boolean => status >= 400 && status < 500;
const inStream = any(0);

/** How a failure is read, first fit wins. Status 0 is an error inside a 200 stream that names no status itself. */
const READINGS: readonly Reading[] = [
  ['upstream_credentials', any(401, 403)],
  ['upstream_funds', any(402)],
  ['upstream_funds', (status) => status < 500 && status !== 413, FUNDS_WORDS],
  ['upstream_limited', any(429)],
  ['upstream_overloaded', any(503, 529)],
  ['upstream_timeout', any(408, 504)],
  ['upstream_failed', (status) => status >= 500],
  ['upstream_context_length', any(0, 400, 413, 422), CONTEXT_WORDS],
  // A 404 that does not speak of a model means that the address is wrong.
  ['upstream_model_missing', any(404), /model|no endpoints found/i],
  ['upstream_failed', any(404)],
  ['upstream_model_missing', any(0, 400), MODEL_WORDS],
  ['upstream_credentials', any(400), BAD_KEY_WORDS],
  ['upstream_redirect', (status) => status >= 300 && status < 400],
  ['upstream_rejected', isRejection, /./],
  ['upstream_failed', isRejection],
  ['upstream_overloaded', inStream, OVERLOAD_WORDS],
  ['upstream_limited', inStream, LIMIT_WORDS],
  ['upstream_credentials', inStream, KEY_WORDS],
  ['upstream_rejected', inStream, /invalid_request/i],
];

/** The gateway's word for a failure, from its status and the provider's own words. */
function codeOf(status: number, words: UpstreamWords | undefined): ErrorCode {
  const named = Number(words?.code);
  const said = status === 0 && Number.isInteger(named) && named >= 400 && named < 600 ? named : status;
  const text = words === undefined ? '' : [words.code, words.type, words.message].filter(Boolean).join(' ');
  const reading = READINGS.find(([, fits, pattern]) => fits(said) && (pattern === undefined || pattern.test(text)));
  return reading?.[0] ?? 'upstream_failed';
}

const PLAIN: Partial<Record<ErrorCode, string>> = {
  upstream_credentials: 'the provider refused the configured credential',
  upstream_funds: 'the provider account has no credit left',
};

function failureOf(status: number, words: UpstreamWords | undefined, details: ErrorDetails): GatewayError {
  const code = codeOf(status, words);
  // Words about credentials and bills are the operator's business; the caller gets a fixed sentence.
  const message =
    PLAIN[code] ?? words?.message ?? `the provider answered with status ${status} and no error it could name`;
  const keepsStatus = code === 'upstream_rejected' && status >= 400 && status < 500;
  return new GatewayError(code, message, {
    ...details,
    status: keepsStatus ? status : undefined,
    upstreamCode: words?.code ?? words?.type,
    field: code === 'upstream_rejected' ? words?.param : undefined,
  });
}

/** An error object inside a 200 answer or stream as a gateway error. */
export function streamFailure(body: Json | undefined): GatewayError {
  const words = errorWords(body) ?? { message: 'the provider reported an error without words' };
  return failureOf(0, words, {});
}

/** An upstream's non-2xx answer as a gateway error. HTML and other foreign bodies are never quoted. */
export function decodeError({ status, headers, bodyText }: UpstreamFailure): GatewayError {
  let body: Json | undefined;
  try {
    body = JSON.parse(bodyText);
  } catch {
    // Not the API's JSON: the status alone has to speak.
    body = undefined;
  }
  const waitMs = retryAfterMs(headers) ?? retryInfoMs(body);
  return failureOf(status, errorWords(body), { upstreamStatus: status, retryAfterMs: waitMs });
}

/** Google's compatible API says it in the body: `error.details[].retryDelay`, for example "34.5s". */
function retryInfoMs(body: Json | undefined): number | undefined {
  const outer = Array.isArray(body) ? body[0] : body;
  const error = isObject(outer) ? outer['error'] : undefined;
  const details = isObject(error) ? error['details'] : undefined;
  if (!Array.isArray(details)) return undefined;
  for (const detail of details) {
    const delay = isObject(detail) ? softString(detail['retryDelay']) : undefined;
    const seconds = Number.parseFloat(delay ?? '');
    if (Number.isFinite(seconds) && seconds >= 0) return Math.ceil(seconds * 1000);
  }
  return undefined;
}

/** The wait that the response's headers ask for. A date is relative to the response's own clock. */
function retryAfterMs(headers: Headers): number | undefined {
  const inMs = Number.parseFloat(headers.get('retry-after-ms') ?? '');
  if (Number.isFinite(inMs) && inMs >= 0) return Math.ceil(inMs);
  const raw = headers.get('retry-after')?.trim();
  if (raw === undefined || raw === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(raw)) return Math.ceil(Number(raw) * 1000);
  const untilMs = Date.parse(raw);
  const sentMs = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(untilMs) || Number.isNaN(sentMs) ? undefined : Math.max(0, untilMs - sentMs);
}
