import { GatewayError } from '../../types/errors.ts';
import type { DecodeReplyContext, Format, Loss } from '../../types/format.ts';
import type { AuthScheme } from '../../types/gateway.ts';
import type { UnifiedChatRequest } from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import { type Edit, spliceBytes } from '../../utils/json-scan.ts';
import type { Attempt, Call } from './ports.ts';

/** All of an upstream call but its signal. */
export interface Prepared {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | string;
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

function addressOf({ target, format }: Attempt): string {
  const address = target.provider.addresses.get(format);
  if (address !== undefined) return address;
  throw new GatewayError('gateway_internal', `the provider of ${target.id} has no ${format} address`);
}

/** The client's bytes with only the model replaced (and usage asked for, where the format needs asking). */
function losslessBody(call: Call, attempt: Attempt, profile: TargetProfile): Pick<Prepared, 'body' | 'hidesUsage'> {
  const { format, top, body } = call;
  if (format.tap.modelIn === 'path') return { body, hidesUsage: false };
  const edits: Edit[] = top.models.map((span) => ({ ...span, text: JSON.stringify(attempt.target.model) }));
  const { askUsage } = format.tap;
  const asks = askUsage !== undefined && top.stream && !top.hasStreamOptions && profile.quirks.noStreamUsage !== true;
  const last = edits.at(-1);
  if (asks && last !== undefined) edits[edits.length - 1] = { ...last, text: `${last.text},${askUsage.insert}` };
  return { body: spliceBytes(body, edits), hidesUsage: asks };
}

/** The upstream call of the lossless lane: client and target speak one format. */
export function prepareLossless(call: Call, attempt: Attempt): Prepared {
  const { format } = call;
  const { profile } = attempt;
  const headers = headersFor(attempt, format);
  for (const name of format.forwardHeaders) {
    const value = call.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  const stream = call.pathStream ?? call.top.stream;
  const path = format.upstreamPath(call.operation, attempt.target.model, stream);
  // Gemini's own query (`alt=sse`) is part of its path; other clients' queries go along (`?beta=true`).
  const query = path.includes('?') ? '' : call.query;
  const url = addressOf(attempt) + path + query;
  return { url, headers, ...losslessBody(call, attempt, profile), context: { target: profile }, losses: [] };
}

/** The upstream call of the translate lane: decoded once, encoded for this target. */
export function prepareTranslated(call: Call, attempt: Attempt, format: Format): Prepared {
  const request: UnifiedChatRequest = call.decode();
  const { profile } = attempt;
  const losses: Loss[] = [];
  const encoded = format.encodeRequest(request, profile, (rule, field, reason) => losses.push({ rule, field, reason }));
  const custom = request.tools.flatMap((tool) => (tool.kind === 'custom' ? [tool.name] : []));
  return {
    url: addressOf(attempt) + format.upstreamPath(call.operation, attempt.target.model, request.stream),
    headers: { ...headersFor(attempt, format), ...encoded.headers },
    body: JSON.stringify(encoded.body),
    context: { target: profile, toolNames: encoded.toolNames, customTools: custom.length > 0 ? new Set(custom) : undefined },
    losses,
    hidesUsage: false,
  };
}
