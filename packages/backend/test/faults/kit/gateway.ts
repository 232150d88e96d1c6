import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openUsageReader } from '../../../src/db/usage-reader.ts';
import { type RunningGateway, startGateway } from '../../../src/gateway.ts';
import { generateKey, hashKey, loadPepper } from '../../../src/services/access/index.ts';
import type { StoredRecord } from '../../../src/services/usage/ports.ts';
import { until } from './wait.ts';
import type { Wire } from './wires.ts';

// The launcher sets it. A test that is run by hand holds fewer calls open than Bun allows without it.
process.env['BUN_CONFIG_MAX_HTTP_REQUESTS'] ??= '65535';

/** A folder with a configuration, and the keys that it knows. */
export interface Home {
  readonly folder: string;
  readonly configFile: string;
  readonly dataFolder: string;
  readonly clientKey: string;
  readonly adminKey: string;
  /** May use the alias `allowed` only. */
  readonly narrowKey: string;
  readonly disabledKey: string;
  /** The `keys:` section; `without` leaves one key out. */
  keys(without?: string): string;
  /** Writes the configuration: `text` and the keys. */
  write(text: string, without?: string): void;
  remove(): void;
}

export function makeHome(): Home {
  const folder = mkdtempSync(join(tmpdir(), 'plexus-faults-'));
  const dataFolder = join(folder, 'data');
  const configFile = join(folder, 'plexus.yaml');
  const pepper = loadPepper(dataFolder, { warn: () => undefined });
  const made = {
    client: generateKey('client'),
    admin: generateKey('admin'),
    narrow: generateKey('client'),
    disabled: generateKey('client'),
  };
  const more: Readonly<Record<string, string>> = {
    admin: 'role: admin, ',
    narrow: 'allow: [allowed], ',
    disabled: 'enabled: false, ',
  };
  const keys = (without?: string): string =>
    Object.entries(made)
      .filter(([id]) => id !== without)
      .map(([id, key]) => `  - { id: ${id}, ${more[id] ?? ''}hash: ${hashKey(pepper, key)} }\n`)
      .join('');
  return {
    folder,
    configFile,
    dataFolder,
    clientKey: made.client,
    adminKey: made.admin,
    narrowKey: made.narrow,
    disabledKey: made.disabled,
    keys,
    write: (text, without) =>
      writeFileSync(configFile, `${text}\nusage: { flushEvery: 10ms }\nkeys:\n${keys(without)}`),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A gateway in this process. */
export interface TestGateway extends Home {
  readonly url: string;
  readonly running: RunningGateway;
  ask(wire: Wire, model: string, options?: AskOptions): Promise<Response>;
  /** The last thousand records, oldest first, once there are `count` of them in all. */
  records(count: number): Promise<readonly StoredRecord[]>;
  openRequests(): Promise<number>;
  stop(): Promise<void>;
}

export interface AskOptions {
  readonly stream?: boolean;
  readonly text?: string;
  readonly key?: string;
  readonly signal?: AbortSignal;
}

export async function openGateway(config: string): Promise<TestGateway> {
  const home = makeHome();
  home.write(config);
  const { configFile, dataFolder } = home;
  const running = await startGateway({ configFile, dataFolder, host: '127.0.0.1', port: 0, logLevel: 'error' });
  const reader = openUsageReader(join(dataFolder, 'plexus.db'));
  const openRequests = async (): Promise<number> => {
    const health = (await (await fetch(`${running.url}/health`)).json()) as { openRequests: number };
    return health.openRequests;
  };
  return {
    ...home,
    running,
    url: running.url,
    ask: (wire, model, { stream = false, text, key = home.clientKey, signal } = {}) =>
      fetch(running.url + wire.path(model, stream), {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(wire.ask(model, stream, text)),
        ...(signal === undefined ? {} : { signal }),
      }),
    records: async (count) => {
      await until(`${count} records`, () => reader.count() >= count);
      return reader.list({ limit: 1000 }).toReversed();
    },
    openRequests,
    stop: async () => {
      reader.close();
      await running.stop(100);
      home.remove();
    },
  };
}
