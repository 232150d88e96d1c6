import { GatewayError } from '../../types/errors.ts';
import { classifyAddress, isAllowedAddress } from '../../utils/address.ts';

/** One call to an upstream. */
export interface Outbound {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | string;
  readonly signal: AbortSignal;
  /** The operator's word that this provider may live on a private or loopback address. */
  readonly privateNetwork: boolean;
}

/** The only door to the network. Gives the response's head, or throws a `GatewayError` of the upstream family. */
export type Transport = (outbound: Outbound) => Promise<Response>;

export interface TransportDeps {
  readonly fetch: (url: string, init: BunFetchRequestInit) => Promise<Response>;
  /** All addresses of a host name. */
  readonly lookup: (host: string) => Promise<readonly string[]>;
  readonly now: () => number;
}

/** How long a checked list of addresses is used before the name is asked again. */
const ADDRESS_TTL_MS = 30_000;

/** Parsed addresses are kept, because parsing one costs more than the rest of the guard; cleared when full. */
const PARSED_MAX = 2000;

interface Parsed {
  readonly url: URL;
  readonly isLiteral: boolean;
}

interface Resolved {
  readonly addresses: readonly string[];
  readonly untilMs: number;
}

const REFUSED_CODES = new Set([
  'ConnectionRefused', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'FailedToOpenSocket', 'EHOSTUNREACH', 'ENETUNREACH',
]);

function networkError(thrown: unknown, host: string): GatewayError {
  const code = String((thrown as { code?: unknown } | null)?.code ?? '');
  if (REFUSED_CODES.has(code)) {
    return new GatewayError('upstream_down', `the provider at ${host} refused the connection`, { cause: thrown });
  }
  if (/CERT|TLS|SSL|VERIFY|ISSUER|SELF_SIGNED|ALTNAME/i.test(code)) {
    return new GatewayError('upstream_down', `the certificate of ${host} is not valid`, { cause: thrown });
  }
  return new GatewayError('upstream_reset', `the connection to ${host} was lost before an answer`, { cause: thrown });
}

/**
 * Resolves the host once, checks every address by class, connects to a checked literal with `Host` and the TLS
 * server name pinned, and refuses redirects. Neither `file:`, `data:` nor any other scheme passes.
 */
export function createTransport({ fetch, lookup, now }: TransportDeps): Transport {
  const resolved = new Map<string, Resolved>();
  const parsed = new Map<string, Parsed>();

  const parse = (text: string): Parsed => {
    const known = parsed.get(text);
    if (known !== undefined) return known;
    const url = new URL(text);
    const fresh = { url, isLiteral: classifyAddress(url.hostname) !== undefined };
    if (parsed.size >= PARSED_MAX) parsed.clear();
    parsed.set(text, fresh);
    return fresh;
  };

  const addressesOf = async (host: string): Promise<readonly string[]> => {
    const known = resolved.get(host);
    if (known !== undefined && known.untilMs > now()) return known.addresses;
    try {
      const addresses = await lookup(host);
      resolved.set(host, { addresses, untilMs: now() + ADDRESS_TTL_MS });
      return addresses;
    } catch (cause) {
      throw new GatewayError('upstream_down', `the name ${host} does not resolve`, { cause });
    }
  };

  const send = async ({ headers, body, signal }: Outbound, host: string, to: Pinned): Promise<Response> => {
    const init: BunFetchRequestInit & { timeout: false } = {
      method: 'POST',
      headers,
      body,
      signal,
      redirect: 'manual',
      timeout: false,
    };
    if (to.serverName !== undefined) init.tls = { serverName: to.serverName };
    try {
      return checkHead(await fetch(to.href, init), host);
    } catch (thrown) {
      if (thrown instanceof GatewayError) throw thrown;
      if (signal.aborted) throw signal.reason;
      throw networkError(thrown, host);
    }
  };

  return async (outbound) => {
    const { url, isLiteral } = parse(outbound.url);
    const { hostname, protocol } = url;
    if (protocol !== 'https:' && !(protocol === 'http:' && outbound.privateNetwork)) {
      throw new GatewayError('upstream_blocked', `the address of the provider must start with https://, not ${protocol}//`);
    }
    const addresses = isLiteral ? [hostname] : await addressesOf(hostname);
    if (addresses.length === 0 || !addresses.every((address) => isAllowedAddress(address, outbound.privateNetwork))) {
      throw new GatewayError(
        'upstream_blocked',
        `the address of ${hostname} is private; set privateNetwork for this provider to allow it`,
      );
    }
    if (isLiteral) return send(outbound, hostname, { href: outbound.url });
    const headers = { ...outbound.headers, host: url.host };
    const serverName = protocol === 'https:' ? hostname : undefined;
    return send({ ...outbound, headers }, hostname, { href: pinnedUrl(url, addresses[0] ?? ''), serverName });
  };
}

interface Pinned {
  readonly href: string;
  readonly serverName?: string | undefined;
}

function pinnedUrl(url: URL, address: string): string {
  const pinned = new URL(url.href);
  pinned.hostname = address.includes(':') ? `[${address}]` : address;
  return pinned.href;
}

function checkHead(reply: Response, host: string): Response {
  const { status } = reply;
  if (status >= 200 && status < 300) return reply;
  const odd = status < 200 || status > 599;
  if (!odd && status >= 400) return reply;
  void reply.body?.cancel().catch(() => undefined);
  if (odd) throw new GatewayError('upstream_garbled', `${host} answered with status ${status}`, { upstreamStatus: status });
  throw new GatewayError('upstream_redirect', `${host} answered with a redirect (${status})`, { upstreamStatus: status });
}
