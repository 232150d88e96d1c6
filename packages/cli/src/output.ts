import type { ArgsDef } from 'citty';
import type { CommandFailure } from './failure.ts';
import type { World } from './world.ts';

/** Flags of every command. */
export const shared: ArgsDef = {
  json: { type: 'boolean', description: 'Print one JSON object instead of text' },
};

/** Gives the answer of a command: one envelope with `--json`, the text otherwise. */
export function print(world: World, json: boolean, answer: object, text: string): void {
  world.out(json ? JSON.stringify({ ok: true, data: answer }) : text);
}

/** Reports a failure: the envelope on standard output with `--json`, lines for people on standard error otherwise. */
export function printFailure(world: World, json: boolean, failure: CommandFailure): void {
  if (json) {
    const error = {
      code: failure.code,
      message: failure.message,
      ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    };
    world.out(JSON.stringify({ ok: false, error }));
    return;
  }
  const mark = world.colour ? '\u001b[31mplexus:\u001b[39m' : 'plexus:';
  world.err(`${mark} ${failure.message}`);
  if (failure.hint !== undefined) world.err(`  ${failure.hint}`);
}
