import type { Alias, Snapshot } from '../../types/gateway.ts';
import { type KeyPolicy, keyAllows } from './policy.ts';

/** Names of the aliases that the key may use, sorted; switched-off ones are left out. */
export function visibleNames(snapshot: Pick<Snapshot, 'aliases'>, key: KeyPolicy): string[] {
  const names: string[] = [];
  for (const alias of snapshot.aliases.values()) if (isVisible(alias, key)) names.push(alias.name);
  return names.sort();
}

/** True when the alias is switched on and the key may use it, or at least one of its targets. */
export function isVisible(alias: Alias, key: KeyPolicy): boolean {
  if (alias.enabled === false) return false;
  return keyAllows(key, alias.name) || alias.targets.some(({ id }) => keyAllows(key, id));
}
