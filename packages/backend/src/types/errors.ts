/** Who is to blame, for records and for the breaker: a client's error never cools an account. */
export type ErrorSource = 'client' | 'gateway' | 'upstream' | 'store';

/** What the dispatcher may do after it: nothing, the same target once, or the next target. */
export type RetryRule = 'never' | 'same-target' | 'next-target';

export interface ErrorRule {
  readonly status: number;
  readonly source: ErrorSource;
  readonly retry: RetryRule;
  /** One sentence for users, printed in docs/errors.md. */
  readonly meaning: string;
}

const row = (status: number, source: ErrorSource, retry: RetryRule, meaning: string): ErrorRule => ({
  status,
  source,
  retry,
  meaning,
});

/** One row per failure this gateway can report. docs/errors.md is printed from this table. */
export const ERROR_RULES = {
  request_invalid: row(400, 'client', 'never', 'A field of the request has a wrong type or value.'),
  request_not_json: row(400, 'client', 'never', 'The body is not JSON.'),
  request_too_deep: row(400, 'client', 'never', 'The body is nested deeper than 64 levels.'),
  request_too_large: row(413, 'client', 'never', 'The body is larger than the limit.'),
  request_timeout: row(408, 'client', 'never', 'The body did not arrive in time.'),
  request_encoding: row(415, 'client', 'never', 'The body has a content encoding that is not accepted.'),
  request_unsupported: row(400, 'client', 'never', 'The chosen target cannot express a part of the request.'),
  request_model_unknown: row(404, 'client', 'never', 'No alias or target has this model name.'),
  request_path_unknown: row(404, 'client', 'never', 'No endpoint has this path.'),
  request_method: row(405, 'client', 'never', 'The endpoint exists, but not for this method.'),
  key_missing: row(401, 'client', 'never', 'The request carries no client key.'),
  key_invalid: row(401, 'client', 'never', 'The client key is not known, or was revoked.'),
  key_forbidden: row(403, 'client', 'never', 'The client key may not use this model.'),
  route_none: row(503, 'gateway', 'never', 'No target of the alias can be used now.'),
  route_limited: row(429, 'gateway', 'never', 'All targets of the alias are resting until a limit resets.'),
  gateway_overloaded: row(503, 'gateway', 'never', 'The gateway is at its limit of open requests.'),
  gateway_draining: row(503, 'gateway', 'never', 'The gateway is shutting down.'),
  gateway_internal: row(500, 'gateway', 'never', 'The gateway failed; the request id finds the log line.'),
  upstream_down: row(502, 'upstream', 'next-target', 'The provider could not be reached.'),
  upstream_reset: row(502, 'upstream', 'next-target', 'The provider closed the connection before it answered.'),
  upstream_blocked: row(502, 'gateway', 'next-target', 'The provider address is not allowed by the address guard.'),
  upstream_redirect: row(502, 'upstream', 'next-target', 'The provider answered with a redirect, which is refused.'),
  upstream_timeout: row(504, 'upstream', 'next-target', 'The provider did not answer in time.'),
  upstream_stalled: row(504, 'upstream', 'next-target', 'The provider began to answer and then fell silent.'),
  upstream_limited: row(429, 'upstream', 'next-target', 'The provider account is at a rate limit or quota.'),
  upstream_overloaded: row(503, 'upstream', 'next-target', 'The provider says that it is overloaded.'),
  upstream_failed: row(502, 'upstream', 'next-target', 'The provider failed with an error of its own.'),
  upstream_garbled: row(502, 'upstream', 'next-target', 'The provider sent something that is not its API.'),
  upstream_truncated: row(502, 'upstream', 'next-target', 'The provider stopped in the middle of its answer.'),
  upstream_credentials: row(502, 'upstream', 'next-target', 'The provider refused the configured credential.'),
  upstream_funds: row(502, 'upstream', 'next-target', 'The provider account has no credit left.'),
  upstream_model_missing: row(404, 'upstream', 'next-target', 'The provider does not know the model.'),
  upstream_rejected: row(400, 'upstream', 'never', 'The provider rejected the request as invalid.'),
  upstream_context_length: row(400, 'upstream', 'never', 'The request is longer than the context of the model.'),
  client_gone: row(499, 'client', 'never', 'The client closed the connection.'),
  client_stalled: row(499, 'client', 'never', 'The client stopped reading its stream.'),
  store_unavailable: row(503, 'store', 'never', 'The database cannot be used.'),
  config_invalid: row(500, 'gateway', 'never', 'The configuration has an error.'),
} as const satisfies Record<string, ErrorRule>;

export type ErrorCode = keyof typeof ERROR_RULES;

/** What an instance may add to its row. */
export interface ErrorDetails {
  /** The field of the caller's own format that is wrong, for example "messages[2].content". */
  readonly field?: string | undefined;
  /** An upstream's own 4xx status, kept when the fault is the caller's; otherwise the row's status holds. */
  readonly status?: number | undefined;
  /** How long the caller should wait, from the provider or from our own clock. */
  readonly retryAfterMs?: number | undefined;
  /** Status the upstream gave, for records only. */
  readonly upstreamStatus?: number | undefined;
  /** The upstream's own error code or type, for records and for clients that act on it. */
  readonly upstreamCode?: string | undefined;
  readonly cause?: unknown;
}

/** Longest message; what quotes a caller's own words could otherwise be as long as the body. */
const MESSAGE_CHARS_MAX = 1000;

const shortened = (message: string): string =>
  message.length <= MESSAGE_CHARS_MAX ? message : `${message.slice(0, MESSAGE_CHARS_MAX - 1).toWellFormed()}…`;

/**
 * The one error of the gateway. `message` is public: it must never hold a key, a body or a stack.
 * The cause goes to the log only.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly rule: ErrorRule;
  readonly status: number;
  readonly field: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly upstreamStatus: number | undefined;
  readonly upstreamCode: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(shortened(message), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.rule = ERROR_RULES[code];
    this.status = details.status ?? this.rule.status;
    this.field = details.field;
    this.retryAfterMs = details.retryAfterMs;
    this.upstreamStatus = details.upstreamStatus;
    this.upstreamCode = details.upstreamCode;
  }
}

/** Any thrown thing as a `GatewayError`; what was not ours becomes `gateway_internal` with a fixed public text. */
export function asGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  return new GatewayError('gateway_internal', 'the gateway failed while it handled this request', { cause: thrown });
}
