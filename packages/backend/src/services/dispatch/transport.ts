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

const codeOf = (thrown: unknown): string => String((thrown as { code?: unknown } | null)?.code ?? '');

/** Nothing was sent, so another address of the same host may be tried. */
const isRefusal = (thrown: unknown): boolean => REFUSED_CODES.has(codeOf(thrown));

function networkError(thrown: unknown, host: string): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const code = codeOf(thrown);
  if (isRefusal(thrown)) {
    return new GatewayError('upstream_down', `the provider at ${host} refused the connection`, { cause: thrown });
  }
  if (/CERT|TLS|SSL|VERIFY|ISSUER|SELF_SIGNED|ALTNAME/i.test(code)) {
    return new GatewayError('upstream_down', `the certificate of ${host} is not valid`, { cause: thrown });
  }
  return new GatewayError('upstream_reset', `the connection to ${host} was lost before an answer`, { cause: thrown });
}

/**
 * Resolves the host once, checks every address by class, connects to a checked literal with `Host` and the TLS
 * server name pinned (to the next one where an address refuses), and refuses redirects. Neither `file:`, `data:` nor any other scheme passes.
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
      const ordered = likeBefore(addresses, known?.addresses[0]);
      resolved.set(host, { addresses: ordered, untilMs: now() + ADDRESS_TTL_MS });
      return ordered;
    } catch (cause) {
      throw new GatewayError('upstream_down', `the name ${host} does not resolve`, { cause });
    }
  };

  /** A host often has an IPv6 address that this network cannot reach beside one that it can. */
  const putLast = (host: string, address: string): void => {
    const known = resolved.get(host);
    if (known === undefined || known.addresses[0] !== address) return;
    resolved.set(host, { ...known, addresses: [...known.addresses.slice(1), address] });
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

  /** To the first address, and to the next one where nothing was sent. */
  const sendToAny = async (outbound: Outbound, url: URL, addresses: readonly string[]): Promise<Response> => {
    const [address = '', ...others] = addresses;
    const { signal } = outbound;
    const serverName = url.protocol === 'https:' ? url.hostname : undefined;
    try {
      return await send(outbound, { href: pinnedUrl(url, address), serverName });
    } catch (thrown) {
      if (isRefusal(thrown) || codeOf(signal.reason) === 'upstream_timeout') putLast(url.hostname, address);
      if (!isRefusal(thrown) || others.length === 0 || signal.aborted) throw thrown;
    }
    return sendToAny(outbound, url, others);
  };

  const sendByName = async (outbound: Outbound, url: URL): Promise<Response> => {
    const { hostname } = url;
    const addresses = await addressesOf(hostname);
    if (!addresses.every((address) => isAllowedClass(classifyAddress(address), outbound.privateNetwork))) {
      throw blocked(hostname);
    }
    const headers = { ...outbound.headers, host: url.host };
    return sendToAny({ ...outbound, headers }, url, addresses);
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

/** The address that served before comes first, so that one that does not answer is not waited for again. */
function likeBefore(addresses: readonly string[], first: string | undefined): readonly string[] {
  if (first === undefined || !addresses.includes(first)) return addresses;
  return [first, ...addresses.filter((address) => address !== first)];
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
