import { GatewayError } from '../../types/errors.ts';
import type { Alias, Snapshot } from '../../types/gateway.ts';
import { makeTarget, type ProfileOf } from '../../utils/make-target.ts';
import { didYouMean } from '../../utils/nearest.ts';
import { visibleNames } from './list.ts';
import type { KeyPolicy } from './policy.ts';

const DIRECT = 'direct/';
/** Direct names come from clients, so what is remembered of them is bounded. */
const DIRECT_KEPT_MAX = 1000;

/**
 * The alias that a model name stands for. `direct/<provider>/<model>` gives an alias of its own with that one target
 * (once for each account of the provider); the model may hold "/" and ":". The same name gives the same object as
 * long as the snapshot lives. Throws `request_model_unknown`, with the nearest name that the key may see.
 */
export function resolveModel(name: string, snapshot: Snapshot, key: KeyPolicy, profileOf: ProfileOf): Alias {
  const alias = snapshot.aliases.get(name);
  if (alias !== undefined) return alias;
  if (name.startsWith(DIRECT)) return directAlias(name, snapshot, profileOf);
  const hint = didYouMean(name, visibleNames(snapshot, key));
  throw unknownModel(`no model is called "${shown(name)}".${hint}`);
}

const directAliases = new WeakMap<Snapshot, Map<string, Alias>>();

function directAlias(name: string, snapshot: Snapshot, profileOf: ProfileOf): Alias {
  let kept = directAliases.get(snapshot);
  if (kept === undefined) {
    kept = new Map();
    directAliases.set(snapshot, kept);
  }
  const known = kept.get(name);
  if (known !== undefined) return known;
  const alias = makeDirectAlias(name, snapshot, profileOf);
  if (kept.size >= DIRECT_KEPT_MAX) kept.clear();
  kept.set(name, alias);
  return alias;
}

function makeDirectAlias(name: string, snapshot: Snapshot, profileOf: ProfileOf): Alias {
  const [, providerId, model] = /^direct\/([^/]+)\/(\S+)$/.exec(name) ?? [];
  if (providerId === undefined || model === undefined) {
    throw unknownModel(`"${shown(name)}" is not a direct target; write "direct/<provider>/<model>"`);
  }
  const provider = snapshot.providers.get(providerId);
  if (provider === undefined) throw unknownModel(`no provider is called "${shown(providerId)}"`);
  const targets = provider.accounts.map((account) => makeTarget({ provider, account, model, weight: 1, profileOf }));
  return { name, selector: 'in_order', targets };
}

function unknownModel(message: string): GatewayError {
  return new GatewayError('request_model_unknown', message, { field: 'model' });
}

function shown(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
