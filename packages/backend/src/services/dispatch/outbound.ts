import { GatewayError } from '../../types/errors.ts';
import type { DecodeReplyContext, Format, Loss } from '../../types/format.ts';
import type { AuthScheme } from '../../types/gateway.ts';
import type { UnifiedChatRequest } from '../../types/ir/request.ts';
import { type Edit, spliceBytes } from '../../utils/json-scan.ts';
import type { Attempt, Call } from './ports.ts';

/** All of an upstream call but its signal. */
export interface Prepared {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: () => Uint8Array | string;
  readonly context: DecodeReplyContext;
  readonly losses: readonly Loss[];
  /** True when usage was asked for that the client did not ask for. */
  readonly hidesUsage: boolean;
}

const AUTH_HEADERS: Readonly<Record<AuthScheme, (secret: string) => readonly [string, string] | undefined>> = {
  bearer: (secret) => ['authorization', `Bearer ${secret}`],
  'x-api-key': (secret) => ['x-api-key', secret],
  'x-goog-api-key': (secret) => ['x-goog-api-key', secret],
  'api-key': (secret) => ['api-key', secret],
  none: () => undefined,
};

/** What never changes between two calls of one planned attempt. Attempts live as long as their configuration. */
interface Constants {
  readonly headers: Readonly<Record<string, string>>;
  readonly address: string;
  readonly model: Buffer;
  readonly urls: Map<string, string>;
}

const constants = new WeakMap<Attempt, Constants>();

function constantsOf(attempt: Attempt, format: Format): Constants {
  const known = constants.get(attempt);
  if (known !== undefined) return known;
  const { target } = attempt;
  const address = target.provider.addresses.get(attempt.format);
  if (address === undefined) {
    throw new GatewayError('gateway_internal', `the provider of ${target.id} has no ${attempt.format} address`);
  }
  const model = Buffer.from(JSON.stringify(target.model), 'utf8');
  const fresh = { headers: headersFor(attempt, format), address, model, urls: new Map<string, string>() };
  constants.set(attempt, fresh);
  return fresh;
}

/** Headers of an upstream call, built anew: nothing of the client's passes but the format's own list. */
function headersFor(attempt: Attempt, format: Format): Record<string, string> {
  const { provider, account } = attempt.target;
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'user-agent': 'plexus',
    ...format.upstreamHeaders,
    ...provider.headers,
  };
  const secret = account.secret?.();
  if (secret === undefined) return headers;
  const auth = AUTH_HEADERS[provider.auth[attempt.format] ?? 'bearer'](secret);
  if (auth !== undefined) headers[auth[0]] = auth[1];
  return headers;
}

function urlOf({ address, urls }: Constants, call: Call, attempt: Attempt, stream: boolean): string {
  const key = `${call.operation} ${stream}`;
  const known = urls.get(key);
  if (known !== undefined) return known;
  const url = address + call.format.upstreamPath(call.operation, attempt.target.model, stream);
  urls.set(key, url);
  return url;
}

/** The client's own headers that its API needs upstream (a version, beta flags). */
function withForwarded(call: Call, headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  let own: Record<string, string> | undefined;
  for (const name of call.format.forwardHeaders) {
    const value = call.headers.get(name);
    if (value === null) continue;
    own ??= { ...headers };
    own[name] = value;
  }
  return own ?? headers;
}

/** One buffer for all spliced bodies up to this size: it is filled and copied by `fetch` in one turn. */
const SCRATCH_BYTES = 2 * 1024 * 1024;
let scratch: Buffer | undefined;

/** The client's bytes with only the model replaced (and usage asked for, where the format needs asking). */
function losslessBody(call: Call, attempt: Attempt, model: Buffer): Pick<Prepared, 'body' | 'hidesUsage'> {
  const { format, top, body } = call;
  if (format.tap.modelIn === 'path') return { body: () => body, hidesUsage: false };
  const { askUsage } = format.tap;
  const asks =
    askUsage !== undefined && top.stream && !top.hasStreamOptions && attempt.profile.quirks.noStreamUsage !== true;
  const last = top.models.length - 1;
  const edits = top.models.map(({ start, end }, index): Edit => {
    const bytes = asks && index === last ? Buffer.concat([model, Buffer.from(`,${askUsage.insert}`)]) : model;
    return { start, end, bytes };
  });
  const write = (): Uint8Array => {
    scratch ??= Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    return spliceBytes(body, edits, scratch);
  };
  return { body: write, hidesUsage: asks };
}

/** The upstream call of the lossless lane: client and target speak one format. */
export function prepareLossless(call: Call, attempt: Attempt): Prepared {
  const { format } = call;
  const fixed = constantsOf(attempt, format);
  const stream = call.pathStream ?? call.top.stream;
  const base = urlOf(fixed, call, attempt, stream);
  // Gemini's own query (`alt=sse`) is part of its path; other clients' queries go along (`?beta=true`).
  const url = call.query === '' || base.includes('?') ? base : base + call.query;
  const headers = withForwarded(call, fixed.headers);
  const { body, hidesUsage } = losslessBody(call, attempt, fixed.model);
  return { url, headers, body, hidesUsage, context: { target: attempt.profile }, losses: [] };
}

/** The upstream call of the translate lane: decoded once, encoded for this target. */
export function prepareTranslated(call: Call, attempt: Attempt, format: Format): Prepared {
  const request: UnifiedChatRequest = call.decode();
  const { profile } = attempt;
  const losses: Loss[] = [];
  const encoded = format.encodeRequest(request, profile, (rule, field, reason) => losses.push({ rule, field, reason }));
  const fixed = constantsOf(attempt, format);
  const body = JSON.stringify(encoded.body);
  const custom = request.tools.flatMap((tool) => (tool.kind === 'custom' ? [tool.name] : []));
  return {
    url: fixed.address + format.upstreamPath(call.operation, attempt.target.model, request.stream),
    headers: encoded.headers === undefined ? fixed.headers : { ...fixed.headers, ...encoded.headers },
    body: () => body,
    context: {
      target: profile,
      toolNames: encoded.toolNames,
      customTools: custom.length > 0 ? new Set(custom) : undefined,
    },
    losses,
    hidesUsage: false,
  };
}
