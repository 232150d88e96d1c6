import type { Alias, Provider, SelectorId, Target } from '../types/gateway.ts';
import { makeTarget, type ProfileOf } from '../utils/make-target.ts';
import { didYouMean } from '../utils/nearest.ts';
import type { FieldPath, Report } from './problem.ts';
import type { AliasEntry } from './schema.ts';

/** One alias with its three spellings made one. */
interface PlainAlias {
  readonly name: string;
  readonly selector: SelectorId;
  readonly enabled: boolean;
  readonly targets: readonly PlainTarget[];
}

interface PlainTarget {
  readonly path: FieldPath;
  readonly target: string;
  readonly weight: number;
  readonly enabled: boolean;
  readonly account: string | undefined;
}

export interface ModelContext {
  readonly providers: ReadonlyMap<string, Provider>;
  /** Names of all provider entries, those that could not be built included. */
  readonly providerIds: ReadonlySet<string>;
  readonly profileOf: ProfileOf;
  readonly reportProblem: Report;
  readonly reportWarning: Report;
}

/** More would make a plan, and an answer's list of refusals, too long to be of use. */
const TARGETS_MAX = 200;

/**
 * All aliases with aliases of aliases put in their place. A nested alias' share of a random choice is divided among
 * its targets. A cycle, an unknown provider or an unknown name is reported with its whole path.
 */
export function buildAliases(entries: Readonly<Record<string, AliasEntry>>, context: ModelContext): Map<string, Alias> {
  const plain = new Map(Object.entries(entries).map(([name, entry]) => [name, plainAlias(name, entry)]));
  const resolved = new Map<string, Alias>();
  for (const alias of plain.values()) {
    checkName(alias.name, context.reportProblem);
    resolveAlias(alias, { plain, resolved, trail: [], context });
  }
  return resolved;
}

function plainAlias(name: string, entry: AliasEntry): PlainAlias {
  const whole = typeof entry === 'string' ? [entry] : Array.isArray(entry) ? entry : entry.targets;
  const base: FieldPath =
    Array.isArray(entry) || typeof entry === 'string' ? ['models', name] : ['models', name, 'targets'];
  const targets = whole.map((item, place): PlainTarget => {
    const path = typeof entry === 'string' ? base : [...base, place];
    if (typeof item === 'string') return { path, target: item, weight: 1, enabled: true, account: undefined };
    return { path, target: item.target, weight: item.weight, enabled: item.enabled, account: item.account };
  });
  if (typeof entry === 'string' || Array.isArray(entry)) return { name, selector: 'in_order', enabled: true, targets };
  return { name, selector: entry.selector, enabled: entry.enabled, targets };
}

function checkName(name: string, report: Report): void {
  if (name.startsWith('direct/'))
    report(['models', name], '"direct/" is the prefix of direct targets', 'choose another name');
  else if (!/^[^\s\p{C}]{1,200}$/u.test(name))
    report(['models', name], 'this cannot be a model name', 'use at most 200 characters without blanks');
}

interface Resolving {
  readonly plain: ReadonlyMap<string, PlainAlias>;
  readonly resolved: Map<string, Alias>;
  /** Names from the alias that was asked for down to this one. */
  readonly trail: readonly string[];
  readonly context: ModelContext;
}

function resolveAlias(alias: PlainAlias, state: Resolving): Alias {
  const known = state.resolved.get(alias.name);
  if (known !== undefined) return known;
  const inner = { ...state, trail: [...state.trail, alias.name] };
  const places = new Map<string, Target>();
  for (const item of alias.targets) {
    for (const target of resolveTarget(item, alias, inner)) addTarget(places, target);
  }
  const targets = [...places.values()];
  if (targets.length > TARGETS_MAX) {
    state.context.reportProblem(['models', alias.name], `leads to more than ${TARGETS_MAX} targets`, 'name fewer');
  }
  const built: Alias = { name: alias.name, selector: alias.selector, targets, enabled: alias.enabled };
  state.resolved.set(alias.name, built);
  return built;
}

/** A target that is reached twice is kept once: at its first place, with both shares. */
function addTarget(places: Map<string, Target>, target: Target): void {
  const place = `${target.account.id} ${target.id}`;
  const known = places.get(place);
  if (known === undefined) places.set(place, target);
  else if (known.unusable !== undefined && target.unusable === undefined) places.set(place, target);
  else if (target.unusable === undefined) places.set(place, { ...known, weight: known.weight + target.weight });
}

function resolveTarget(item: PlainTarget, alias: PlainAlias, state: Resolving): Target[] {
  const { context, plain } = state;
  const slash = item.target.indexOf('/');
  const providerId = slash > 0 ? item.target.slice(0, slash) : '';
  // A provider wins over an alias of the same spelling: `openai/gpt-5` may so be the name of an alias to itself.
  if (context.providerIds.has(providerId))
    return providerTargets(item, providerId, item.target.slice(slash + 1), context);
  const nested = plain.get(item.target);
  if (nested !== undefined) return nestedTargets(item, alias, nested, state);
  if (slash > 0) {
    const near = didYouMean(providerId, context.providerIds);
    context.reportProblem(
      item.path,
      `no provider is called "${providerId}".${near}`,
      'add it below providers, or correct the name',
    );
  } else {
    const near = didYouMean(item.target, plain.keys());
    context.reportProblem(
      item.path,
      `"${item.target}" is neither a target nor an alias.${near}`,
      'write "<provider>/<model>" or the name of an alias',
    );
  }
  return [];
}

function providerTargets(item: PlainTarget, providerId: string, model: string, context: ModelContext): Target[] {
  const { profileOf, providers, reportProblem } = context;
  if (!/^\S+$/.test(model)) {
    reportProblem(item.path, 'the target has no model', `write "${providerId}/<model>"`);
    return [];
  }
  const provider = providers.get(providerId);
  if (provider === undefined) return [];
  const accounts = provider.accounts.filter(({ id }) => item.account === undefined || id === item.account);
  if (accounts.length === 0) {
    const ids = provider.accounts.map(({ id }) => id);
    const near = didYouMean(item.account ?? '', ids);
    reportProblem(
      [...item.path, 'account'],
      `the provider "${providerId}" has no such account.${near}`,
      `write one of: ${ids.join(', ')}`,
    );
  }
  const weight = item.weight / Math.max(1, accounts.length);
  return accounts.map((account) => {
    const target = makeTarget({ provider, account, model, weight, profileOf });
    return item.enabled ? target : { ...target, unusable: 'the target is switched off' };
  });
}

function nestedTargets(item: PlainTarget, alias: PlainAlias, nested: PlainAlias, state: Resolving): Target[] {
  const { context, trail } = state;
  if (trail.includes(nested.name)) {
    const circle = [...trail.slice(trail.indexOf(nested.name)), nested.name].join(' -> ');
    context.reportProblem(item.path, `the aliases lead in a circle: ${circle}`, 'let one of them end at a target');
    return [];
  }
  if (item.account !== undefined) {
    context.reportProblem(
      [...item.path, 'account'],
      'an alias has no accounts',
      'name the account at the target itself',
    );
  }
  const { targets } = resolveAlias(nested, state);
  if (nested.selector !== alias.selector && targets.length > 1 && alias.targets.length > 1) {
    const problem = `"${nested.name}" chooses ${nested.selector}, but inside "${alias.name}" its targets are chosen ${alias.selector}`;
    context.reportWarning(item.path, problem, 'give both the same selector');
  }
  const total = targets.reduce((sum, { weight }) => sum + weight, 0);
  const off =
    item.enabled && nested.enabled
      ? undefined
      : item.enabled
        ? `the alias "${nested.name}" is switched off`
        : 'the target is switched off';
  return targets.map((target) => {
    const weight = (item.weight * target.weight) / total;
    return off === undefined ? { ...target, weight } : { ...target, weight, unusable: off };
  });
}
