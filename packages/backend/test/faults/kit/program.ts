import { join } from 'node:path';
import type { Home } from './gateway.ts';
import { until } from './wait.ts';

const ROOT = join(import.meta.dir, '../../../../..');

/** A gateway in a process of its own, started through the command. */
export interface Program {
  readonly url: string;
  readonly pid: number;
  /** What it printed so far on standard error. */
  errors(): string;
  /** Resident memory, bytes. */
  memory(): number;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
  readonly exited: Promise<number>;
}

/** What a start that failed left behind. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

interface StartOptions {
  /** Taken in place of the launcher's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly words?: readonly string[];
}

function spawnServe(home: Pick<Home, 'configFile' | 'dataFolder'>, { env, words = [] }: StartOptions) {
  const own = { ...process.env, BUN_CONFIG_MAX_HTTP_REQUESTS: '65535', ...env };
  return Bun.spawn(
    [
      process.execPath,
      'packages/cli/src/index.ts',
      'serve',
      '--port',
      '0',
      '--config',
      home.configFile,
      '--data',
      home.dataFolder,
      ...words,
    ],
    { cwd: ROOT, env: own, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' },
  );
}

function collect(stream: ReadableStream<Uint8Array>): { text: string } {
  const said = { text: '' };
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const bytes of stream) said.text += decoder.decode(bytes, { stream: true });
  };
  read().catch(() => undefined);
  return said;
}

export async function startProgram(
  home: Pick<Home, 'configFile' | 'dataFolder'>,
  options: StartOptions = {},
): Promise<Program> {
  const child = spawnServe(home, options);
  const out = collect(child.stdout);
  const errors = collect(child.stderr);
  const url = await until(
    'the gateway to be ready',
    () => {
      if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}: ${errors.text}`);
      return /ready on (\S+)/.exec(out.text)?.[1];
    },
    20_000,
  );
  return {
    url,
    pid: child.pid,
    errors: () => errors.text,
    memory: () => {
      const shown = Bun.spawnSync(['ps', '-o', 'rss=', '-p', String(child.pid)]).stdout.toString();
      return Number(shown.trim()) * 1024;
    },
    kill: (signal) => child.kill(signal),
    exited: child.exited,
  };
}

/** Starts a gateway that is expected to refuse, and waits for its end. */
export async function startInVain(
  home: Pick<Home, 'configFile' | 'dataFolder'>,
  options: StartOptions = {},
): Promise<Ended> {
  const child = spawnServe(home, options);
  const out = collect(child.stdout);
  const errors = collect(child.stderr);
  await until('the gateway to refuse', () => child.exitCode !== null, 20_000).catch((reason: unknown) => {
    child.kill('SIGKILL');
    throw reason;
  });
  return { code: child.exitCode ?? -1, out: out.text, errors: errors.text };
}
