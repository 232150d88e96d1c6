import { GatewayError } from '../../types/errors.ts';
import type { ClientKey } from '../../types/gateway.ts';
import { isPlausibleKey } from './key-format.ts';
import { type KeyCarrier, presentedKey } from './presented-key.ts';

/** Far above any real key, and little enough to hash at line rate. */
const TOKEN_CHARS_MAX = 1024;
const CACHE_MAX = 8192;

/** HMAC-SHA-256 of a key under the server's pepper, in hex: what configuration and database keep of a key. */
export function hashKey(pepper: Uint8Array, key: string): string {
  return new Bun.CryptoHasher('sha256', pepper).update(key).digest('hex');
}

export interface Keyring {
  /**
   * Who is calling. `keys` is the current snapshot's map, key by hash; it is asked each time, so a key that was
   * disabled or removed by a reload is refused at once. Throws `key_missing` or `key_invalid`.
   */
  identify(carrier: KeyCarrier, keys: ReadonlyMap<string, ClientKey>): ClientKey;
  /** The same for a token that was taken from elsewhere. Throws `key_invalid`. */
  verify(token: string, keys: ReadonlyMap<string, ClientKey>): ClientKey;
}

/**
 * Turns presented keys into callers. Hashing costs more than the rest together, so hashes of keys that proved
 * right are remembered, by the whole key; wrong ones leave nothing behind, however many come.
 * `cacheMax` bounds the memory: at most that many keys are remembered.
 */
export function createKeyring(pepper: Uint8Array, cacheMax: number = CACHE_MAX): Keyring {
  const hashes = rememberRecent(cacheMax);
  const verify: Keyring['verify'] = (token, keys) => {
    const known = hashes.get(token);
    const hash = known ?? hashWhenPlausible(pepper, token);
    const key = keys.get(hash);
    if (key === undefined) throw new GatewayError('key_invalid', 'the client key is not known to this gateway');
    if (!key.enabled) throw new GatewayError('key_invalid', 'the client key is disabled');
    if (known === undefined) hashes.set(token, hash);
    return key;
  };
  return {
    verify,
    identify: (carrier, keys) => {
      const token = presentedKey(carrier);
      if (token === undefined) throw missing(carrier.headers);
      return verify(token, keys);
    },
  };
}

function missing(headers: Headers): GatewayError {
  const scheme = headers.get('authorization')?.trim().split(/\s/, 1)[0];
  if (scheme && scheme.toLowerCase() !== 'bearer') {
    return new GatewayError('key_missing', 'the authorization header is not of the form "Bearer <client key>"');
  }
  return new GatewayError(
    'key_missing',
    'no client key was sent; send one as "Authorization: Bearer <key>", "x-api-key", "x-goog-api-key" or "?key="',
  );
}

function hashWhenPlausible(pepper: Uint8Array, token: string): string {
  if (token.length > TOKEN_CHARS_MAX) throw new GatewayError('key_invalid', 'the client key is too long to be one');
  if (!isPlausibleKey(token)) {
    throw new GatewayError('key_invalid', 'the client key is mistyped or cut: its checksum does not match');
  }
  return hashKey(pepper, token);
}

interface Recent {
  get(token: string): string | undefined;
  set(token: string, hash: string): void;
}

/** Two generations in place of a strict order of use: a hit in the young one writes nothing. */
function rememberRecent(max: number): Recent {
  const half = Math.max(1, Math.floor(max / 2));
  let young = new Map<string, string>();
  let old = new Map<string, string>();
  const set = (token: string, hash: string) => {
    if (young.size >= half) {
      old = young;
      young = new Map();
    }
    young.set(token, hash);
  };
  const get = (token: string) => {
    const hash = young.get(token);
    if (hash !== undefined) return hash;
    const aged = old.get(token);
    if (aged !== undefined) set(token, aged);
    return aged;
  };
  return { get, set };
}
