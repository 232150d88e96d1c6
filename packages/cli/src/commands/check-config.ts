import type { CommandDef } from 'citty';
import { print, shared } from '../output.ts';
import type { World } from '../world.ts';

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** `plexus check-config`: reads the configuration as the gateway would and says what is wrong with it. */
export function checkConfig(world: World): CommandDef {
  return {
    meta: { name: 'check-config', description: 'Check the configuration without starting the gateway' },
    args: {
      ...shared,
      config: {
        type: 'string',
        description: 'Configuration file',
        valueHint: 'file',
        default: 'config/plexus.yaml',
      },
    },
    run: async ({ args }) => {
      const backend = await world.loadBackend();
      const summary = await backend.checkConfig(String(args['config']));
      for (const warning of summary.warnings) world.err(`warning: ${warning}`);
      const providers = counted(summary.providers, 'provider', 'providers');
      const aliases = counted(summary.aliases, 'alias', 'aliases');
      print(world, args['json'] === true, summary, `The configuration is valid: ${providers}, ${aliases}.`);
    },
  };
}
