import { GatewayError } from '../../types/errors.ts';
import { type AddressClass, classifyAddress, isAllowedClass } from '../../utils/address.ts';

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
  readonly protocol: string;
  /** Class of a host that is an IP literal; undefined for a name. */
  readonly kind: AddressClass | undefined;
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
    const fresh = { url, protocol: url.protocol, kind: classifyAddress(url.hostname) };
    if (parsed.size >= PARSED_MAX) parsed.clear();
    parsed.set(text, fresh);
    return fresh;
  };

  const addressesOf = async (host: string): Promise<readonly string[]> => {
    const known = resolved.get(host);
    if (known !== undefined && known.untilMs > now()) return known.addresses;
    try {
      const addresses = await lookup(host);
      if (addresses.length === 0) throw new RangeError('no address');
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

  const sendByName = async (outbound: Outbound, url: URL): Promise<Response> => {
    const { hostname } = url;
    const addresses = await addressesOf(hostname);
    if (!addresses.every((address) => isAllowedClass(classifyAddress(address), outbound.privateNetwork))) {
      throw blocked(hostname);
    }
    const headers = { ...outbound.headers, host: url.host };
    const serverName = url.protocol === 'https:' ? hostname : undefined;
    return send({ ...outbound, headers }, { href: pinnedUrl(url, addresses), serverName });
  };

  return {
    send: (outbound) => {
      const { url, protocol, kind } = parse(outbound.url);
      if (protocol !== 'https:' && !(protocol === 'http:' && outbound.privateNetwork)) {
        throw new GatewayError(
          'upstream_blocked',
          `the address of the provider must start with https://, not ${protocol}//`,
        );
      }
      if (kind === undefined) return sendByName(outbound, url);
      if (!isAllowedClass(kind, outbound.privateNetwork)) throw blocked(url.hostname);
      return send(outbound, { href: outbound.url });
    },
    explain: (thrown, url) => networkError(thrown, parse(url).url.hostname),
  };
}

function blocked(host: string): GatewayError {
  return new GatewayError(
    'upstream_blocked',
    `the address of ${host} is private; set privateNetwork for this provider to allow it`,
  );
}

interface Pinned {
  readonly href: string;
  readonly serverName?: string | undefined;
}

function pinnedUrl(url: URL, [address = '']: readonly string[]): string {
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
