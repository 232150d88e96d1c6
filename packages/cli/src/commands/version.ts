import type { VersionAnswer } from '@plexus/contracts';
import type { CommandDef } from 'citty';
import { print, shared } from '../output.ts';
import type { World } from '../world.ts';

/** `plexus version`: the version of Plexus and of the runtime. */
export function version(world: World): CommandDef {
  return {
    meta: { name: 'version', description: 'Print the version' },
    args: shared,
    run: ({ args }) => {
      const answer: VersionAnswer = { version: world.version, runtime: world.runtime };
      print(world, args['json'] === true, answer, `plexus ${world.version} (${world.runtime})`);
    },
  };
}
