import { readConfigFile, secretFileReader } from './config/config-file.ts';
import { loadConfig } from './config/load.ts';
import { problemText } from './config/problem.ts';
import { PROVIDERS } from './providers/index.ts';
import { profileOf } from './services/catalog/profile.ts';
import { GatewayError } from './types/errors.ts';

/** What a configuration that holds leads to. */
export interface ConfigSummary {
  readonly providers: number;
  readonly aliases: number;
  readonly warnings: readonly string[];
}

/** Reads a configuration without starting anything. Throws `config_invalid` with every problem in its message. */
export async function checkConfig(configFile: string): Promise<ConfigSummary> {
  const source = readConfigFile(configFile);
  if (!source.ok) throw new GatewayError('config_invalid', problemText([source.problem]));
  const result = loadConfig(source.text, {
    file: configFile,
    definitions: PROVIDERS,
    profileOf,
    env: process.env,
    readSecretFile: secretFileReader(configFile),
    version: 1,
    nowMs: Date.now(),
  });
  if (!result.ok) throw new GatewayError('config_invalid', problemText(result.problems));
  const { providers, aliases } = result.snapshot;
  return {
    providers: providers.size,
    aliases: aliases.size,
    warnings: result.warnings.map((warning) => problemText([warning])),
  };
}
