import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGateway } from '../../src/gateway.ts';
import { generateKey, hashKey, loadPepper } from '../../src/services/access/index.ts';
import { type Simulator, startSimulator } from '../../src/simulator/index.ts';
import { FORMAT_IDS } from '../../src/types/format-id.ts';

// Bun reads this at launch, for which `npm test` cares; the gateway refuses to start where it is absent.
process.env['BUN_CONFIG_MAX_HTTP_REQUESTS'] ??= '65535';

/** One gateway whose providers are one simulator, spoken to in one API each; each provider is named after its API. */
export interface World {
  readonly url: string;
  readonly key: string;
  readonly simulator: Simulator;
  stop(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'plexus-grid-'));
  const dataFolder = join(folder, 'data');
  mkdirSync(dataFolder);
  const simulator = startSimulator({ port: 0 });
  const key = generateKey('client');
  const providers = FORMAT_IDS.map(
    (format) => `  ${format}: { type: simulator, baseUrl: "${simulator.url}", formats: [${format}] }`,
  );
  const hash = hashKey(loadPepper(dataFolder, { warn: () => undefined }), key);
  const configFile = join(folder, 'plexus.yaml');
  writeFileSync(configFile, `providers:\n${providers.join('\n')}\nkeys:\n  - { id: grid, hash: ${hash} }\n`);
  const gateway = await startGateway({ configFile, dataFolder, port: 0, simulator: false, logLevel: 'error' });
  return {
    url: gateway.url,
    key,
    simulator,
    stop: async () => {
      await gateway.stop(1000);
      await simulator.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
