import type { GatewayOptions, RunningGateway } from '@plexus/backend';
import type { ArgsDef, CommandDef } from 'citty';
import { CommandFailure, EXIT, usageFailure } from '../failure.ts';
import { print, shared } from '../output.ts';
import type { World } from '../world.ts';

/** How long open requests may take to finish after the first signal. */
const GRACE_MS = 30_000;
/**
 * A terminal sends one key press to every program of the group, and each launcher passes it on again. Signals this
 * close together are therefore one wish; a person's second wish comes later.
 */
const SAME_SIGNAL_MS = 500;

const DEFAULTS = { config: 'config/plexus.yaml', data: 'data' } as const;

const args: ArgsDef = {
  ...shared,
  port: { type: 'string', description: 'Port to listen on (default: from the configuration)', valueHint: 'number' },
  host: { type: 'string', description: 'Address to listen on (default: from the configuration)', valueHint: 'address' },
  config: { type: 'string', description: 'Configuration file', valueHint: 'file', default: DEFAULTS.config },
  data: { type: 'string', description: 'Folder for the database', valueHint: 'folder', default: DEFAULTS.data },
  simulator: {
    type: 'boolean',
    description: 'Serve the built-in demo provider',
    negativeDescription: 'Leave the built-in demo provider out',
  },
  'log-level': { type: 'string', description: 'error, warn, info, debug or silly', valueHint: 'level' },
};

type Given = Readonly<Record<string, unknown>>;

/** `plexus serve`: starts the gateway, says where it is, and drains it on a signal. */
export function serve(world: World): CommandDef {
  return {
    meta: { name: 'serve', description: 'Start the gateway' },
    args,
    run: async ({ args: given }) => {
      const options = optionsOf(given);
      const stopping = stopOnSignal(world);
      const gateway = await (await world.loadBackend()).startGateway(options);
      announce(world, given['json'] === true, gateway);
      await stopping(gateway);
    },
  };
}

function optionsOf(given: Given): GatewayOptions {
  const text = (flag: string): string | undefined => {
    const value = given[flag];
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value !== '') return value;
    throw usageFailure(`--${flag} wants a value`);
  };
  const [port, host, logLevel] = [text('port'), text('host'), text('log-level')];
  const simulator = given['simulator'];
  return {
    configFile: text('config') ?? DEFAULTS.config,
    dataFolder: text('data') ?? DEFAULTS.data,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port: portOf(port) }),
    ...(typeof simulator === 'boolean' ? { simulator } : {}),
    ...(logLevel === undefined ? {} : { logLevel: levelOf(logLevel) }),
  };
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw usageFailure(`--port "${text}" is not a port; give a number from 0 to 65535 (0 takes any free one)`);
}

function levelOf(text: string): string {
  const levels = ['error', 'warn', 'info', 'debug', 'silly'];
  if (levels.includes(text)) return text;
  throw usageFailure(`--log-level "${text}" is not a level; choose one of ${levels.join(', ')}`);
}

/** The first request as one line that works when it is pasted into a shell. */
function firstRequest(url: string, clientKey: string): string {
  const body = JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'Hello' }] });
  return `curl ${url}/v1/chat/completions -H 'Authorization: Bearer ${clientKey}' -H 'Content-Type: application/json' -d '${body}'`;
}

function announce(world: World, json: boolean, gateway: RunningGateway): void {
  const { url, firstStart } = gateway;
  const curl = firstStart === undefined ? undefined : firstRequest(url, firstStart.clientKey);
  const answer = { url, ...firstStart, ...(curl === undefined ? {} : { curl }) };
  const lines = [`Plexus is ready on ${url}`];
  if (firstStart !== undefined && curl !== undefined) {
    lines.push('', `Admin key   ${firstStart.adminKey}`, `Client key  ${firstStart.clientKey}`);
    lines.push('Keep them: they are shown once, and only their hashes are stored.', '', 'A first request:', curl);
  }
  print(world, json, answer, lines.join('\n'));
}

/**
 * Listens from now on. Gives a function that waits for the first signal and then drains the gateway; a second signal
 * ends the program at once with exit code 1. A signal before the gateway is up ends it with 130.
 */
function stopOnSignal(world: World): (gateway: RunningGateway) => Promise<void> {
  const first = Promise.withResolvers<void>();
  let up = false;
  let firstAtMs: number | undefined;
  world.onSignal((signal) => {
    if (!up) return world.exit(EXIT.interrupted);
    const nowMs = world.nowMs();
    if (firstAtMs === undefined) {
      firstAtMs = nowMs;
      world.err(`${signal}: open requests may finish (at most ${GRACE_MS / 1000} s); once more ends them at once`);
      return first.resolve();
    }
    if (nowMs - firstAtMs >= SAME_SIGNAL_MS) world.exit(EXIT.failure);
  });
  return async (gateway) => {
    up = true;
    await first.promise;
    try {
      await gateway.stop(GRACE_MS);
    } catch (thrown) {
      const text = thrown instanceof Error ? thrown.message : String(thrown);
      throw new CommandFailure('stop_failed', `the gateway did not stop cleanly: ${text}`, { exitCode: EXIT.failure });
    }
    world.err('Stopped.');
  };
}
