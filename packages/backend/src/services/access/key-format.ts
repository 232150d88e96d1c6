const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = 62n;
const PREFIX = 'plx_';
const SECRET_BYTES = 32;
/** 62^43 is just above 2^256, and 62^6 above 2^32. */
const SECRET_DIGITS = 43;
const CHECKSUM_DIGITS = 6;
const SHAPE = /^plx_[a-z]{1,16}_[0-9A-Za-z]{49}$/;

/** What a key is for; it stands in the key so that a person and a secret scanner can tell. */
export type KeyKind = 'client' | 'admin';

/**
 * A key made of given bytes: `plx_<kind>_`, 43 base62 digits of the bytes, 6 base62 digits of the CRC-32 of
 * everything before them. Same bytes, same key. Throws `RangeError` when there are not 32 bytes.
 */
export function formatKey(kind: KeyKind, secret: Uint8Array): string {
  if (secret.length !== SECRET_BYTES) throw new RangeError(`a key is made of 32 bytes, not ${secret.length}`);
  const number = BigInt(`0x${secret.toHex()}`);
  const body = `${PREFIX}${kind}_${base62(number, SECRET_DIGITS)}`;
  return body + checksum(body);
}

/** A new key from the system's random source. Show it once; only its hash is kept. */
export function generateKey(kind: KeyKind): string {
  return formatKey(kind, crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
}

/**
 * False for a token that claims to be ours and is mistyped or cut. A token of another shape is a key that its
 * owner chose, about which nothing can be said before the look-up: true.
 */
export function isPlausibleKey(token: string): boolean {
  if (!token.startsWith(PREFIX)) return true;
  return SHAPE.test(token) && checksum(token.slice(0, -CHECKSUM_DIGITS)) === token.slice(-CHECKSUM_DIGITS);
}

function checksum(text: string): string {
  return base62(BigInt(Bun.hash.crc32(text)), CHECKSUM_DIGITS);
}

function base62(value: bigint, width: number): string {
  let digits = '';
  for (let rest = value; rest > 0n; rest /= BASE) digits = DIGITS.charAt(Number(rest % BASE)) + digits;
  return digits.padStart(width, '0');
}
