import { stripVTControlCharacters } from 'node:util';
import { type ArgDef, type CommandDef, defineCommand, renderUsage, runCommand } from 'citty';
import { commands } from './commands/index.ts';
import { asCommandFailure, EXIT, usageFailure } from './failure.ts';
import { printFailure } from './output.ts';
import type { World } from './world.ts';

const HELP = new Set(['--help', '-h', 'help']);

/**
 * Runs one command line (without the program's own name) and gives its exit code. Help and answers go to standard
 * output, failures to standard error, or both as one JSON envelope with `--json`. Never throws.
 */
export async function runCli(words: readonly string[], world: World): Promise<number> {
  const known = commands(world);
  try {
    const [name, ...rest] = words[0] === '--version' ? ['version'] : words;
    if (name === undefined || HELP.has(name)) return await help(world, known);
    const command = known[name];
    if (command === undefined) throw usageFailure(unknownWord('command', name, Object.keys(known)));
    if (rest.some((word) => word === '--help' || word === '-h')) return await help(world, known, command);
    checkFlags(rest, await argsOf(command));
    await runCommand(command, { rawArgs: rest });
    return EXIT.ok;
  } catch (thrown) {
    const failure = asCommandFailure(thrown);
    printFailure(world, words.includes('--json'), failure);
    return failure.exitCode;
  }
}

async function argsOf(command: CommandDef): Promise<Record<string, ArgDef>> {
  const { args } = command;
  return (typeof args === 'function' ? await args() : await args) ?? {};
}

/** The parser below takes any flag in silence, so a misspelt one would have no effect and no message. */
function checkFlags(words: readonly string[], args: Record<string, ArgDef>): void {
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (!word.startsWith('--')) throw usageFailure(`"${word}" is not expected here`);
    const name = flagName(word, args);
    const takesNext = args[name]?.type === 'string' && !word.includes('=');
    if (takesNext && (left.shift() ?? '--').startsWith('--')) throw usageFailure(`--${name} wants a value`);
  }
}

/** The flag that a word such as "--port=1" or "--no-simulator" means. Throws `usage` when the command has none such. */
function flagName(word: string, args: Record<string, ArgDef>): string {
  const [name = ''] = word.slice(2).split('=', 1);
  if (name in args) return name;
  const positive = name.replace(/^no-/, '');
  if (positive !== name && args[positive]?.type === 'boolean') return positive;
  const known = Object.keys(args).map((key) => `--${key}`);
  throw usageFailure(unknownWord('flag', `--${name}`, known));
}

function unknownWord(kind: string, word: string, known: readonly string[]): string {
  const near = known.find((candidate) => candidate.startsWith(word) || distanceAtMost(word, candidate, 2));
  const guess = near === undefined ? `choose one of ${known.join(', ')}` : `did you mean ${near}?`;
  return `${kind} "${word}" is not known; ${guess}`;
}

/** Whether one word becomes the other by at most `most` insertions, deletions or replacements. */
function distanceAtMost(from: string, to: string, most: number): boolean {
  if (Math.abs(from.length - to.length) > most) return false;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return (row[to.length] ?? 0) <= most;
}

async function help(world: World, known: Readonly<Record<string, CommandDef>>, command?: CommandDef): Promise<number> {
  const program = defineCommand({
    meta: { name: 'plexus', description: 'One door to every LLM API' },
    subCommands: { ...known },
  });
  const usage = command === undefined ? await renderUsage(program) : await renderUsage(command, program);
  world.out(world.colour ? usage : stripVTControlCharacters(usage));
  return EXIT.ok;
}
