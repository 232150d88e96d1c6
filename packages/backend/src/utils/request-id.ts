/** Random bytes are drawn for this many ids at once: asking the system for each id costs more than the id. */
const POOL_IDS = 256;
const BYTES_PER_ID = 10;

/**
 * Makes request ids: `req_` and a UUIDv7, so that they sort by time. `Bun.randomUUIDv7` asks the system for fresh
 * randomness in every new millisecond, which measured 14 microseconds a request.
 */
export function createRequestIds(nowMs: () => number): () => string {
  const pool = new Uint8Array(POOL_IDS * BYTES_PER_ID);
  let at = pool.length;
  const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
  const next = (): number => pool[at++] ?? 0;
  const pair = (): string => `${hex[next()]}${hex[next()]}`;
  return () => {
    if (at >= pool.length) {
      crypto.getRandomValues(pool);
      at = 0;
    }
    const time = nowMs().toString(16).padStart(12, '0');
    const version = `7${hex[next()]?.[0]}${hex[next()]}`;
    const variant = `${hex[0x80 | (next() & 0x3f)]}${hex[next()]}`;
    return `req_${time.slice(0, 8)}-${time.slice(8)}-${version}-${variant}-${pair()}${pair()}${pair()}`;
  };
}
