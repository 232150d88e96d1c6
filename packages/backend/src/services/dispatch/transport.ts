import { GatewayError } from '../../types/errors.ts';
import { classifyAddress, isAllowedAddress } from '../../utils/address.ts';

/** One call to an upstream. */
export interface Outbound {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Gives the body when it is sent. Bun copies it before `fetch` returns, so the bytes may lie in a buffer that the
   * next call uses again.
   */
  readonly body: () => Uint8Array | string;
  readonly signal: AbortSignal;
  /** The operator's word that this provider may live on a private or loopback address. */
  readonly privateNetwork: boolean;
}

/** The only door to the network. */
export interface Transport {
  /** The response's head. Rejects with what the network said, or throws `upstream_blocked` before anything is sent. */
  send(outbound: Outbound): Promise<Response>;
  /** What a rejection of `send`, or a broken body, means. */
  explain(thrown: unknown, url: string): GatewayError;
}

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
  'ConnectionRefused',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'FailedToOpenSocket',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

function networkError(thrown: unknown, host: string): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
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

  const send = ({ headers, body, signal }: Outbound, to: Pinned): Promise<Response> => {
    const init: BunFetchRequestInit & { timeout: false } = {
      method: 'POST',
      headers,
      body: body(),
      signal,
      redirect: 'manual',
      timeout: false,
    };
    if (to.serverName !== undefined) init.tls = { serverName: to.serverName };
    return fetch(to.href, init);
  };

  const checkAddresses = (host: string, addresses: readonly string[], privateNetwork: boolean): void => {
    if (addresses.length > 0 && addresses.every((address) => isAllowedAddress(address, privateNetwork))) return;
    throw new GatewayError(
      'upstream_blocked',
      `the address of ${host} is private; set privateNetwork for this provider to allow it`,
    );
  };

  const sendByName = async (outbound: Outbound, url: URL): Promise<Response> => {
    const { hostname } = url;
    const addresses = await addressesOf(hostname);
    checkAddresses(hostname, addresses, outbound.privateNetwork);
    const headers = { ...outbound.headers, host: url.host };
    const serverName = url.protocol === 'https:' ? hostname : undefined;
    return send({ ...outbound, headers }, { href: pinnedUrl(url, addresses[0] ?? ''), serverName });
  };

  return {
    send: (outbound) => {
      const { url, isLiteral } = parse(outbound.url);
      const { hostname, protocol } = url;
      if (protocol !== 'https:' && !(protocol === 'http:' && outbound.privateNetwork)) {
        throw new GatewayError(
          'upstream_blocked',
          `the address of the provider must start with https://, not ${protocol}//`,
        );
      }
      if (!isLiteral) return sendByName(outbound, url);
      checkAddresses(hostname, [hostname], outbound.privateNetwork);
      return send(outbound, { href: outbound.url });
    },
    explain: (thrown, url) => networkError(thrown, parse(url).url.hostname),
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

/** The error for a status that no API gives: a redirect is never followed, because it would take the key along. */
export function oddStatus(status: number, url: string): GatewayError | undefined {
  if ((status >= 200 && status < 300) || (status >= 400 && status <= 599)) return undefined;
  const host = new URL(url).host;
  const details = { upstreamStatus: status };
  if (status >= 300 && status < 400) {
    return new GatewayError('upstream_redirect', `${host} answered with a redirect (${status})`, details);
  }
  return new GatewayError('upstream_garbled', `${host} answered with status ${status}`, details);
}
