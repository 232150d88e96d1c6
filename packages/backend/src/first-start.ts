import { existsSync } from 'node:fs';
import { writeDefaultConfig, writeJsonSchema } from './config/default-config.ts';
import { PROVIDERS } from './providers/index.ts';
import { generateKey, hashKey } from './services/access/index.ts';

/** Keys of a first start. They are shown once; only their hashes are written. */
export interface FirstKeys {
  readonly adminKey: string;
  readonly clientKey: string;
}

/** Writes the first configuration with fresh keys when there is none. Undefined when one exists already. */
export function writeFirstConfig(configFile: string, pepper: Uint8Array): FirstKeys | undefined {
  if (existsSync(configFile)) return undefined;
  const keys: FirstKeys = { adminKey: generateKey('admin'), clientKey: generateKey('client') };
  // Before the configuration: with that in place a failure would leave keys that nobody was shown.
  writeJsonSchema(configFile, PROVIDERS);
  const isWritten = writeDefaultConfig(configFile, {
    adminHash: hashKey(pepper, keys.adminKey),
    clientHash: hashKey(pepper, keys.clientKey),
  });
  return isWritten ? keys : undefined;
}
