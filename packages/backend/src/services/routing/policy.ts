import type { ClientKey } from '../../types/gateway.ts';

/** The part of a key that routing reads. */
export type KeyPolicy = Pick<ClientKey, 'allow'>;

/** True when one of the key's patterns matches the name: `*`, the name itself, or `prefix*`. Names are case-sensitive. */
export function keyAllows(key: KeyPolicy, name: string): boolean {
  for (const pattern of key.allow) {
    if (pattern === '*' || pattern === name) return true;
    if (pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1))) return true;
  }
  return false;
}
