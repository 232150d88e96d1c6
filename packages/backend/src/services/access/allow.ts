import { GatewayError } from '../../types/errors.ts';
import type { ClientKey } from '../../types/gateway.ts';

/** What a request wants to use: the alias it named, if it named one, and the target it would end at. */
export interface Wanted {
  readonly alias: string | undefined;
  /** "<provider>/<model>". */
  readonly target: string;
}

/**
 * May this key use the target by this way? An allowed alias opens all of its targets; without an alias the
 * target itself must be listed, so that naming a target directly never reaches more than the aliases do.
 */
export function keyAllows(key: ClientKey, { alias, target }: Wanted): boolean {
  const { allow } = key;
  return allow.includes('*') || allow.includes(target) || (alias !== undefined && allow.includes(alias));
}

/** The same as a demand. Throws `key_forbidden`, naming what was asked for. */
export function requireAllowed(key: ClientKey, wanted: Wanted): void {
  if (keyAllows(key, wanted)) return;
  throw new GatewayError('key_forbidden', `this client key may not use "${wanted.alias ?? wanted.target}"`, {
    field: 'model',
  });
}
