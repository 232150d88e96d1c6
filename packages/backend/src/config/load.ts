import type { ProviderDefinition } from '../providers/define.ts';
import type { Alias, ClientKey, Limits, Provider, Snapshot } from '../types/gateway.ts';
import { isObject } from '../utils/fields.ts';
import type { ProfileOf } from '../utils/make-target.ts';
import { didYouMean } from '../utils/nearest.ts';
import { issueWords } from './issue-words.ts';
import { type FlatIssue, flattenIssues, knownKeysAt, withoutUnknownKeys } from './issues.ts';
import { configJsonSchema } from './json-schema.ts';
import { buildAliases } from './model-entries.ts';
import { type ConfigProblem, type FieldPath, fieldName, type Report } from './problem.ts';
import { buildProvider } from './provider-entries.ts';
import { type CheckedConfig, configSchema } from './schema.ts';
import type { SecretSources } from './secrets.ts';
import { readYaml } from './yaml-source.ts';

/** What a start needs and a reload cannot change. */
export type Settings = Pick<CheckedConfig, 'listen' | 'usage' | 'simulator' | 'log'>;

export interface LoadContext extends SecretSources {
  /** Name of the file, as messages show it. */
  readonly file: string;
  readonly definitions: ReadonlyMap<string, ProviderDefinition>;
  readonly profileOf: ProfileOf;
  readonly version: number;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Address of the running simulator; null when it does not run; absent: from `simulator.port`. */
  readonly simulatorUrl?: string | null | undefined;
}

export type LoadResult =
  | {
      readonly ok: true;
      readonly snapshot: Snapshot;
      readonly settings: Settings;
      readonly warnings: readonly ConfigProblem[];
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[]; readonly warnings: readonly ConfigProblem[] };

/** So that a wrecked file does not fill the terminal. */
const PROBLEMS_MAX = 50;

/**
 * The text of a configuration file as an immutable snapshot, or everything that is wrong with it. Warnings (an unknown
 * key, a plain secret, a missing variable) do not stop a load. No message holds a secret. Never throws.
 */
export function loadConfig(text: string, context: LoadContext): LoadResult {
  const { file } = context;
  const source = readYaml(text);
  if (!source.ok) {
    const problems = source.problems.map(({ path, ...rest }) => ({ file, field: fieldName(path), ...rest }));
    return { ok: false, problems, warnings: [] };
  }
  const problems: ConfigProblem[] = [];
  const warnings: ConfigProblem[] = [];
  const into =
    (list: ConfigProblem[]): Report =>
    (path, problem, fix) => {
      if (list.length < PROBLEMS_MAX)
        list.push({ file, ...source.placeOf(path), field: fieldName(path), problem, fix });
    };
  const reporters = { reportProblem: into(problems), reportWarning: into(warnings) };
  const checked = checkShape(source.value, context, reporters);
  if (checked === undefined) return { ok: false, problems, warnings };
  const parts = buildParts(checked, context, reporters);
  if (problems.length > 0) return { ok: false, problems, warnings };
  const { listen, usage, simulator, log } = checked;
  const snapshot: Snapshot = { version: context.version, loadedAtMs: context.nowMs, ...parts };
  return { ok: true, snapshot, settings: { listen, usage, simulator, log }, warnings };
}

interface Reporters {
  readonly reportProblem: Report;
  readonly reportWarning: Report;
}

/** The value with defaults, or absent when a field is wrong. Unknown keys are warned about and passed over. */
function checkShape(raw: unknown, { definitions }: LoadContext, reporters: Reporters): CheckedConfig | undefined {
  const root = withoutEmptySections(raw);
  const schema = configSchema(definitions);
  const first = schema.safeParse(root);
  if (first.success) return first.data;
  const { wrong, unknownKeys } = flattenIssues(first.error.issues);
  const names = unknownKeys.length === 0 ? {} : configJsonSchema(definitions);
  for (const { path, issue } of unknownKeys) {
    if (issue.code !== 'unrecognized_keys') continue;
    const known = knownKeysAt(names, root, path);
    for (const key of issue.keys) {
      const problem = `this key is not known and has no effect.${didYouMean(key, known)}`;
      reporters.reportWarning(
        [...path, key],
        problem,
        known.length === 0 ? 'remove it' : `use one of: ${known.join(', ')}`,
      );
    }
  }
  reportWrong(wrong, root, reporters);
  if (wrong.length > 0) return undefined;
  const second = schema.safeParse(withoutUnknownKeys(root, unknownKeys));
  if (second.success) return second.data;
  reportWrong(flattenIssues(second.error.issues).wrong, root, reporters);
  return undefined;
}

function reportWrong(wrong: readonly FlatIssue[], root: unknown, { reportProblem }: Reporters): void {
  for (const issue of wrong) {
    const { problem, fix } = issueWords(issue, root);
    reportProblem(issue.path, problem, fix);
  }
}

/** A section whose lines are all commented out is empty, not wrong. */
function withoutEmptySections(raw: unknown): unknown {
  if (!isObject(raw)) return raw;
  return Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== null));
}

interface Parts {
  readonly aliases: ReadonlyMap<string, Alias>;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly keys: ReadonlyMap<string, ClientKey>;
  readonly limits: Limits;
}

function buildParts(config: CheckedConfig, context: LoadContext, reporters: Reporters): Parts {
  const own = config.simulator.enabled ? `http://127.0.0.1:${config.simulator.port}` : null;
  const simulatorUrl = (context.simulatorUrl === undefined ? own : context.simulatorUrl) ?? undefined;
  const providers = new Map<string, Provider>();
  for (const [id, entry] of Object.entries(config.providers)) {
    const provider = buildProvider(id, entry, { ...context, ...reporters, simulatorUrl });
    if (provider !== undefined) providers.set(id, provider);
  }
  const { profileOf } = context;
  const providerIds = new Set(Object.keys(config.providers));
  const aliases = buildAliases(config.models, { providers, providerIds, profileOf, ...reporters });
  const keys = buildKeys(config.keys, reporters.reportProblem);
  warnOfIdlePatterns(config.keys, { aliases, providers }, reporters.reportWarning);
  warnOfIdleLimits(config.limits, reporters.reportWarning);
  return { aliases, providers, keys, limits: buildLimits(config.limits) };
}

/** A pattern that matches nothing mostly is a slip of the pen, and would lock its key out. */
function warnOfIdlePatterns(
  keys: CheckedConfig['keys'],
  parts: Pick<Parts, 'aliases' | 'providers'>,
  report: Report,
): void {
  const names = [...parts.aliases.keys(), ...[...parts.providers.keys()].map((id) => `${id}/`)];
  for (const [place, { allow }] of keys.entries()) {
    for (const [at, pattern] of allow.entries()) {
      const prefix = pattern.endsWith('*') ? pattern.slice(0, -1) : undefined;
      const matches = names.some((name) => {
        if (name === pattern || (name.endsWith('/') && pattern.startsWith(name))) return true;
        return prefix !== undefined && name.startsWith(prefix);
      });
      const problem = `no alias and no provider matches this.${didYouMean(pattern, parts.aliases.keys())}`;
      if (!matches)
        report(['keys', place, 'allow', at], problem, 'write the name of an alias, or "<provider>/<model>"');
    }
  }
}

/** Waits that a shorter one around them always ends first. */
function warnOfIdleLimits(limits: CheckedConfig['limits'], report: Report): void {
  const pairs = [
    ['firstByteTimeout', 'attemptTimeout'],
    ['unaryTimeout', 'attemptTimeout'],
    ['firstContentTimeout', 'attemptTimeout'],
    ['stallTimeout', 'attemptTimeout'],
    ['attemptTimeout', 'requestTimeout'],
  ] as const;
  for (const [inner, outer] of pairs) {
    if (limits[inner] <= limits[outer]) continue;
    report(['limits', inner], `this is never reached, because ${outer} is shorter`, `make it shorter than ${outer}`);
  }
}

function buildKeys(entries: CheckedConfig['keys'], report: Report): Map<string, ClientKey> {
  const keys = new Map<string, ClientKey>();
  const ids = new Set<string>();
  for (const [place, key] of entries.entries()) {
    const path: FieldPath = ['keys', place];
    if (ids.has(key.id)) report([...path, 'id'], 'this key id stands twice', 'choose another id');
    if (keys.has(key.hash)) report([...path, 'hash'], 'this hash stands twice', 'remove one of the entries');
    ids.add(key.id);
    keys.set(key.hash, key);
  }
  return keys;
}

function buildLimits(limits: CheckedConfig['limits']): Limits {
  return {
    bodyBytesMax: limits.body,
    bodyMs: limits.bodyTimeout,
    firstByteMs: limits.firstByteTimeout,
    unaryMs: limits.unaryTimeout,
    firstContentMs: limits.firstContentTimeout,
    stallMs: limits.stallTimeout,
    clientStallMs: limits.clientStallTimeout,
    attemptMs: limits.attemptTimeout,
    requestMs: limits.requestTimeout,
    attemptsMax: limits.attempts,
    keepAliveMs: limits.keepAlive,
    openRequestsMax: limits.openRequests,
    replyBytesMax: limits.reply,
  };
}
