/** First `length` characters of the SHA-256 of the parts, in hexadecimal. */
export function digest(length: number, ...parts: readonly string[]): string {
  const hash = new Bun.CryptoHasher('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, length);
}

/** SHA-256 of decoded bytes in hexadecimal, as media are described. */
export function sha256(bytes: Uint8Array): string {
  return new Bun.CryptoHasher('sha256').update(bytes).digest('hex');
}

/**
 * The proof that goes with a piece of reasoning: base64, bound to API and text. It can be checked without any
 * memory, so a simulator that was restarted still knows its own.
 */
export function signProof(format: string, text: string): string {
  const print = digest(32, text);
  return Buffer.from(`simulated-proof.${print}.${digest(48, 'simulator', format, print)}`).toString('base64');
}

/** True for an unaltered proof of this API; with a `text`, also when the proof belongs to that text. */
export function isOwnProof(format: string, proof: string, text?: string): boolean {
  const [tag, print, seal] = Buffer.from(proof, 'base64').toString('utf8').split('.');
  if (tag !== 'simulated-proof' || print === undefined || seal !== digest(48, 'simulator', format, print)) return false;
  if (Buffer.from(`${tag}.${print}.${seal}`).toString('base64') !== proof) return false;
  return text === undefined || print === digest(32, text);
}

/** Four characters count as one token, the usual rule of thumb. */
export function tokensOf(text: string): number {
  return Math.ceil(text.length / 4);
}
