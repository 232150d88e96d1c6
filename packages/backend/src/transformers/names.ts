/** A short stable digest of a text: 24 letters and digits. Not for secrets. */
export function shortDigest(text: string): string {
  return new Bun.CryptoHasher('sha256').update(text).digest('hex').slice(0, 24);
}

/**
 * An id that fits the target: kept when it does, otherwise `prefix` and a digest, the same at call and result.
 * `pattern` is what the target accepts.
 */
export function fitId(id: string, pattern: RegExp, prefix: string): string {
  return pattern.test(id) ? id : `${prefix}${shortDigest(id)}`;
}

/** Mistral takes exactly nine letters or digits. */
export function mistralId(id: string): string {
  return /^[A-Za-z0-9]{9}$/.test(id) ? id : shortDigest(id).slice(0, 9);
}

/** Collects the tool names that had to be changed for a target, so that calls get their own name back. */
export interface NameTable {
  /** The name to send. Deterministic: the same tool gets the same wire name in every request. */
  toWire(name: string): string;
  /** Wire name to original, for the renamed ones only. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** Names that match `pattern` and `maxChars` stay; others are sanitised and get a digest suffix. */
export function createNameTable(pattern: RegExp, maxChars: number): NameTable {
  const renamed = new Map<string, string>();
  return {
    renamed,
    toWire: (name) => {
      if (name.length <= maxChars && pattern.test(name)) return name;
      const suffix = `_${shortDigest(name).slice(0, 8)}`;
      const clean = name.replace(/[^A-Za-z0-9_-]/g, '_').replace(/^(?![A-Za-z_])/, '_');
      const wire = clean.slice(0, maxChars - suffix.length) + suffix;
      renamed.set(wire, name);
      return wire;
    },
  };
}
