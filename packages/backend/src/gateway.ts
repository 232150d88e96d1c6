import { lookup } from 'node:dns/promises';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import packageFile from '../package.json' with { type: 'json' };
import { createApp } from './app.ts';
import { type LiveConfig, openLiveConfig } from './config/live.ts';
import { problemText } from './config/problem.ts';
import { createUsageRecorder } from './db/index.ts';
import { type FirstKeys, writeFirstConfig } from './first-start.ts';
import { checkLaunch } from './launch-check.ts';
import { PROVIDERS } from './providers/index.ts';
import { type Listener, listen, listenError } from './server.ts';
import { createKeyring, loadPepper } from './services/access/index.ts';
import { profileOf } from './services/catalog/profile.ts';
import { createTransport, type DispatchDeps } from './services/dispatch/index.ts';
import type { UsageRecorder } from './services/usage/ports.ts';
import { type Simulator, startSimulator } from './simulator/index.ts';
import { type StrayFaults, watchStrayFaults } from './stray-faults.ts';
import { foldReply } from './transformers/fold.ts';
import { FORMATS } from './transformers/index.ts';
import { createNormaliser } from './transformers/normalise.ts';
import { PROOF_MARK } from './transformers/proof.ts';
import { createLogger, type Logger } from './utils/logger.ts';
import { createRequestIds } from './utils/request-id.ts';
import { createTicker } from './utils/ticker.ts';

/** How a gateway is started. Paths are relative to the working folder; what is absent comes from the configuration. */
export interface GatewayOptions {
  readonly configFile: string;
  readonly dataFolder: string;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** Whether the built-in provider runs, whatever the configuration says. */
  readonly simulator?: boolean | undefined;
  readonly logLevel?: string | undefined;
}

/** A gateway that answers. */
export interface RunningGateway {
  readonly url: string;
  /** Present on the first start only: the keys are stored as hashes and cannot be shown again. */
  readonly firstStart?: FirstKeys | undefined;
  /** Refuses new requests, lets open ones finish for at most `graceMs`, writes every record, lets go of all. */
  stop(graceMs?: number): Promise<void>;
}

const STOP_GRACE_MS = 30_000;
const DRAIN_POLL_MS = 20;
/** How long requests that were cut may take to let go of their upstreams. */
const CUT_MS = 1000;

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

function dispatchDeps(): DispatchDeps {
  const now = () => performance.now();
  return {
    formats: new Map(FORMATS.map((format) => [format.id, format])),
    translation: { createNormaliser, foldReply, proofMark: PROOF_MARK },
    transport: createTransport({
      fetch: (url, init) => fetch(url, init),
      lookup: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
      now,
    }),
    ticker: createTicker(now),
    random: Math.random,
    sleep,
  };
}

/** Starts everything in the order in which it depends on each other; on a failure lets go of what was started. */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  checkLaunch();
  const opened: (() => unknown)[] = [];
  try {
    return await open(options, opened);
  } catch (thrown) {
    for (const close of opened.reverse()) await close();
    throw thrown;
  }
}

async function open(options: GatewayOptions, opened: (() => unknown)[]): Promise<RunningGateway> {
  const { configFile, dataFolder } = options;
  const bootLog = createLogger(options.logLevel ?? 'info');
  const pepper = loadPepper(dataFolder, bootLog);
  const firstStart = writeFirstConfig(configFile, pepper);
  // Keys that nobody was shown open nothing: the next start shall make and show new ones.
  if (firstStart !== undefined) opened.push(() => rmSync(configFile, { force: true }));
  let simulator: Simulator | undefined;
  const reports = createReports(bootLog);
  const config = openLiveConfig({
    file: configFile,
    dataFolder,
    definitions: PROVIDERS,
    profileOf,
    env: process.env,
    startSimulator: ({ enabled, port }) => {
      if (!(options.simulator ?? enabled)) return null;
      const started = openSimulator(port);
      opened.push(started.stop);
      simulator = started;
      return started.url;
    },
    now: Date.now,
    onReload: reports.onReload,
  });
  opened.push(config.stop);
  reports.atStart(config);
  const log = createLogger(options.logLevel ?? config.settings.log.level);
  const { flushEvery: intervalMs } = config.settings.usage;
  const recorder = createUsageRecorder({ file: join(dataFolder, 'plexus.db'), log, intervalMs });
  opened.push(() => recorder.close());
  const stray = watchStrayFaults(log);
  opened.push(stray.stop);
  const app = createApp({
    formats: FORMATS,
    snapshot: config.current,
    keyring: createKeyring(pepper),
    record: recorder.record,
    dispatch: dispatchDeps(),
    profileOf,
    log,
    wallClockMs: Date.now,
    newRequestId: createRequestIds(Date.now),
    version: packageFile.version,
    problems: () => [...reports.problems(), ...recorderProblems(recorder), ...stray.problems()],
  });
  const { listen: where } = config.settings;
  const listener = listen(app, { host: options.host ?? where.host, port: options.port ?? where.port, log });
  return {
    url: listener.url,
    firstStart,
    stop: createStop({ app, listener, config, recorder, simulator, stray }),
  };
}

function openSimulator(port: number): Simulator {
  try {
    return startSimulator({ port });
  } catch (cause) {
    throw listenError(cause, { host: '127.0.0.1', port, portSetting: 'simulator.port' });
  }
}

/** What an operator must know of the configuration: said in the log, and shown on /health while it lasts. */
function createReports(log: Logger) {
  let standing: readonly string[] = [];
  const refused = (problems: Parameters<typeof problemText>[0]): void => {
    standing = ['the configuration file has an error, so the last good one is in force'];
    log.error({}, `the configuration was refused; the last good one stays in force\n${problemText(problems)}`);
  };
  const warned = (warnings: Parameters<typeof problemText>[0]): void => {
    if (warnings.length > 0) log.warn({}, `the configuration has warnings\n${problemText(warnings)}`);
  };
  return {
    problems: () => standing,
    atStart: ({ problems, warnings }: LiveConfig): void => {
      if (problems.length > 0) refused(problems);
      warned(warnings);
    },
    onReload: (outcome: Awaited<ReturnType<LiveConfig['reload']>>): void => {
      if (outcome.kind === 'refused') refused(outcome.problems);
      if (outcome.kind !== 'swapped') return;
      standing = [];
      warned(outcome.warnings);
      log.info({ version: outcome.snapshot.version }, 'the configuration was reloaded');
    },
  };
}

function recorderProblems(recorder: UsageRecorder): string[] {
  const { waiting, dropped, rejected, failures } = recorder.stats();
  const lost = dropped + rejected === 0 ? [] : [`${dropped + rejected} request records were lost; the log says why`];
  return failures > 0 && waiting > 0 ? [...lost, 'request records wait for the database'] : lost;
}

interface Parts {
  readonly app: ReturnType<typeof createApp>;
  readonly listener: Listener;
  readonly config: LiveConfig;
  readonly recorder: UsageRecorder;
  readonly simulator: Simulator | undefined;
  readonly stray: StrayFaults;
}

function createStop({ app, listener, config, recorder, simulator, stray }: Parts): RunningGateway['stop'] {
  let stopping: Promise<void> | undefined;
  const stop = async (graceMs: number): Promise<void> => {
    app.startDraining();
    const closed = listener.close();
    const deadlineMs = performance.now() + graceMs;
    while (app.openRequests() > 0 && performance.now() < deadlineMs) await Bun.sleep(DRAIN_POLL_MS);
    if (app.openRequests() > 0) listener.cut();
    // A request that was cut ends a moment later, and its record must not meet a closed recorder.
    const lastMs = performance.now() + CUT_MS;
    while (app.openRequests() > 0 && performance.now() < lastMs) await Bun.sleep(DRAIN_POLL_MS);
    await Promise.race([closed, Bun.sleep(DRAIN_POLL_MS)]);
    config.stop();
    try {
      await recorder.close();
    } finally {
      await simulator?.stop();
      stray.stop();
    }
  };
  return (graceMs = STOP_GRACE_MS) => {
    stopping ??= stop(graceMs);
    return stopping;
  };
}
