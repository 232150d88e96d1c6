import type { CommandDef } from 'citty';
import type { World } from '../world.ts';
import { checkConfig } from './check-config.ts';
import { serve } from './serve.ts';
import { version } from './version.ts';

/** Every command by its name, one line each. */
export const commands = (world: World): Readonly<Record<string, CommandDef>> => ({
  'check-config': checkConfig(world),
  serve: serve(world),
  version: version(world),
});
