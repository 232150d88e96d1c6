import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { GatewayError } from '../types/errors.ts';
import type { Snapshot } from '../types/gateway.ts';
import { type FileText, readConfigFile, secretFileReader, writeWhole } from './config-file.ts';
import { type LoadContext, type LoadResult, loadConfig, type Settings } from './load.ts';
import { type ConfigProblem, problemText } from './problem.ts';

export interface LiveInput extends Pick<LoadContext, 'definitions' | 'profileOf' | 'env'> {
  readonly file: string;
  /** Starts the built-in provider as the file wants it, once, and gives its address; null when it is not to run. */
  readonly startSimulator?: ((wanted: Settings['simulator']) => string | null) | undefined;
  /** Folder of the last good copy. */
  readonly dataFolder: string;
  readonly now: () => number;
  /** Called after each reload: with the new snapshot and its warnings, or with what is wrong (the old one stays). */
  readonly onReload?: ((outcome: ReloadOutcome) => void) | undefined;
  /** How often the file is compared even when no change was seen. */
  readonly pollEveryMs?: number | undefined;
  /** How long a changed file must stay the same before it is believed. */
  readonly settleMs?: number | undefined;
}

export type ReloadOutcome =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'swapped'; readonly snapshot: Snapshot; readonly warnings: readonly ConfigProblem[] }
  | { readonly kind: 'refused'; readonly problems: readonly ConfigProblem[] };

export interface LiveConfig {
  /** The snapshot in force. A request takes it once and keeps it. */
  readonly current: () => Snapshot;
  /** Settings of the start; a reload does not change them. */
  readonly settings: Settings;
  /** Warnings of the start. With `problems` not empty the last good copy is served in place of a bad file. */
  readonly warnings: readonly ConfigProblem[];
  readonly problems: readonly ConfigProblem[];
  /** Compares the file now, two equal reads included. Calls that overlap share one reading. */
  readonly reload: () => Promise<ReloadOutcome>;
  readonly stop: () => void;
}

const LAST_GOOD = 'plexus.last-good.yaml';
const POLL_EVERY_MS = 10_000;
const SETTLE_MS = 80;
/** A file that never rests is given up until the next look. */
const SETTLE_ROUNDS = 25;

/**
 * Loads the configuration and keeps it up to date: the folder is watched and the file compared every 10 s. A changed
 * file counts once two reads agree; then one reference is swapped. A bad file never replaces a good snapshot.
 * At start a bad file is replaced by the last good copy, if there is one; otherwise `config_invalid` is thrown with
 * every problem, its place and its fix as the message.
 */
export function openLiveConfig(input: LiveInput): LiveConfig {
  const lastGoodFile = join(input.dataFolder, LAST_GOOD);
  const start = loadAtStart(input, lastGoodFile);
  const { settings } = start.loaded;
  const context = { ...input, simulatorUrl: input.startSimulator?.(settings.simulator) };
  let snapshot = withSimulator(start, context);
  let seen = start.signature;
  let running: Promise<ReloadOutcome> | undefined;
  let stopped = false;

  const apply = (source: FileText): ReloadOutcome => {
    const signature = signatureOf(source);
    if (signature === seen) return { kind: 'unchanged' };
    seen = signature;
    if (!source.ok) return { kind: 'refused', problems: [source.problem] };
    const loaded = loadText(source.text, context, snapshot.version + 1);
    if (!loaded.ok) return { kind: 'refused', problems: loaded.problems };
    snapshot = loaded.snapshot;
    const warnings = [...loaded.warnings, ...restartWarnings(input.file, settings, loaded.settings)];
    return { kind: 'swapped', snapshot, warnings: [...warnings, ...keepCopy(lastGoodFile, source.text)] };
  };
  const look = async (): Promise<ReloadOutcome> => {
    if (stopped || signatureOf(readConfigFile(input.file)) === seen) return { kind: 'unchanged' };
    const source = await settledText(input);
    if (source === undefined || stopped) return { kind: 'unchanged' };
    const outcome = apply(source);
    if (outcome.kind !== 'unchanged') input.onReload?.(outcome);
    return outcome;
  };
  const reload = (): Promise<ReloadOutcome> => {
    running ??= look().finally(() => {
      running = undefined;
    });
    return running;
  };
  const stopWatching = watchFile(input, reload);
  const stop = () => {
    stopped = true;
    stopWatching();
  };
  return { current: () => snapshot, settings, warnings: start.warnings, problems: start.problems, reload, stop };
}

type Loaded = Extract<LoadResult, { ok: true }>;

interface Start {
  readonly loaded: Loaded;
  readonly text: string;
  readonly signature: string;
  readonly warnings: readonly ConfigProblem[];
  readonly problems: readonly ConfigProblem[];
}

function loadAtStart(input: LiveInput, lastGoodFile: string): Start {
  const source = readConfigFile(input.file);
  const signature = signatureOf(source);
  const first = source.ok ? loadText(source.text, input, 1) : undefined;
  if (source.ok && first?.ok) {
    return {
      loaded: first,
      text: source.text,
      signature,
      warnings: [...first.warnings, ...keepCopy(lastGoodFile, source.text)],
      problems: [],
    };
  }
  const problems = source.ok ? (first?.ok === false ? first.problems : []) : [source.problem];
  const copy = readConfigFile(lastGoodFile);
  const second = copy.ok ? loadText(copy.text, input, 1) : undefined;
  if (copy.ok && second?.ok) {
    return { loaded: second, text: copy.text, signature, warnings: second.warnings, problems };
  }
  throw refused(problems);
}

function refused(problems: readonly ConfigProblem[]): GatewayError {
  return new GatewayError('config_invalid', `the configuration has an error\n${problemText(problems)}`);
}

/** Only a file that was read tells whether the simulator runs, and only a running one its free port: so it is read anew. */
function withSimulator({ loaded, text }: Start, context: TextContext): Snapshot {
  if (context.simulatorUrl === undefined) return loaded.snapshot;
  const placed = loadText(text, context, loaded.snapshot.version);
  if (!placed.ok) throw refused(placed.problems);
  return placed.snapshot;
}

type TextContext = LiveInput & Pick<LoadContext, 'simulatorUrl'>;

function loadText(text: string, context: TextContext, version: number): LoadResult {
  const { file, now } = context;
  return loadConfig(text, { ...context, readSecretFile: secretFileReader(file), version, nowMs: now() });
}

function signatureOf(source: FileText): string {
  return source.ok ? source.digest : source.problem.problem;
}

/** The file as soon as two reads in a row agree; absent when it does not come to rest. */
async function settledText({ file, settleMs = SETTLE_MS }: LiveInput): Promise<FileText | undefined> {
  let before = readConfigFile(file);
  for (let round = 0; round < SETTLE_ROUNDS; round += 1) {
    await Bun.sleep(settleMs);
    const after = readConfigFile(file);
    if (signatureOf(after) === signatureOf(before)) return after;
    before = after;
  }
  return undefined;
}

/** Not being able to keep the copy costs safety at the next start, not service now. */
function keepCopy(lastGoodFile: string, text: string): ConfigProblem[] {
  try {
    writeWhole(lastGoodFile, text);
    return [];
  } catch {
    const problem = 'the last good copy cannot be written, so a start with a broken file would fail';
    return [
      { file: lastGoodFile, line: 1, column: 1, field: '', problem, fix: 'let the gateway write its data folder' },
    ];
  }
}

function restartWarnings(file: string, before: Settings, after: Settings): ConfigProblem[] {
  const changed = (Object.keys(before) as (keyof Settings)[]).filter(
    (name) => !Bun.deepEquals(before[name], after[name]),
  );
  const problem = 'this section is read at start only';
  return changed.map((field) => ({ file, line: 1, column: 1, field, problem, fix: 'restart the gateway to use it' }));
}

/** Watches the folder, because editors replace the file; the poll covers folders that cannot be watched. */
function watchFile(input: LiveInput, reload: () => Promise<unknown>): () => void {
  const name = basename(input.file);
  const check = () => {
    // `look` reports through onReload; a failure of that callback must not end the process.
    reload().catch(() => undefined);
  };
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(dirname(input.file), { persistent: false }, (_event, changed) => {
      if (changed === null || changed === name) check();
    });
    watcher.on('error', () => watcher?.close());
  } catch {
    watcher = undefined;
  }
  const poll = setInterval(check, input.pollEveryMs ?? POLL_EVERY_MS);
  poll.unref();
  return () => {
    clearInterval(poll);
    watcher?.close();
  };
}
