import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import type { Ask, DeclaredTool, PlannedCall, Scenario, Script } from '../contract.ts';
import { strings } from '../conversation.ts';
import { exampleOf } from '../example.ts';
import { end, quoted, say, think } from './words.ts';

/** What the user wants read: `Read notes.txt`, with any folder before the name. */
const WISH = /\bread (?:the file )?[`"']?([\w./\\:~-]*\w\.\w+)/gi;

/** A picture that the user wants seen: `look at photo.png`. */
const PICTURE_WISH = /\blook at [`"']?([\w./\\:~-]*\w\.(?:png|jpe?g|gif|webp))/gi;

/** What the user wants written: `create summary.txt saying «some words»`. */
const WRITING_WISH = /\bcreate [`"']?([\w./\\:~-]*\w\.\w+)[`"']? saying «([^»]*)»/gi;

/** Second line of each file that is written: what escapes badly. */
export const HARD_LINE = '{"quotes": "\\n", tab\tinside} <&> 100% \\ Grüße, 世界 🎉';

type Deed = 'look' | 'read' | 'view' | 'run' | 'write' | 'patch';

/** Names of the tools that coding clients declare, without case and signs. */
const DEEDS: Readonly<Record<Deed, ReadonlySet<string>>> = {
  look: new Set(['listdirectory', 'listdir', 'listfiles', 'list', 'ls', 'glob', 'findfiles']),
  read: new Set(['read', 'readfile', 'readtextfile', 'view', 'viewfile']),
  view: new Set(['viewimage', 'viewpicture']),
  write: new Set(['write', 'writefile', 'createfile']),
  patch: new Set(['applypatch']),
  run: new Set(['bash', 'shell', 'shellcommand', 'execcommand', 'runshellcommand', 'runcommand', 'runterminalcommand']),
};

/** One thing to do: with a tool made for it where there is one, else with a command of a shell. */
interface Wish {
  readonly deed: Deed;
  readonly path: string;
  readonly command: readonly string[];
  /** What a file is to hold, and the same as a patch. */
  readonly content?: string;
  readonly patch?: string;
}

const plainName = (name: string): string => name.toLowerCase().replace(/[^a-z]/g, '');

function toolFor(tools: readonly DeclaredTool[], deed: Deed): DeclaredTool | undefined {
  return tools.find(({ name }) => DEEDS[deed].has(plainName(name)));
}

/** The file that the user last asked for; absent when nobody asked for one. */
function wantedFile({ userTexts }: Ask): string | undefined {
  return [...userTexts.join('\n').matchAll(WISH)].at(-1)?.[1];
}

function folderOf(path: string): string {
  const at = path.search(/[/\\][^/\\]*$/);
  return at < 0 ? '.' : path.slice(0, at) || path.slice(0, 1);
}

/** Most clients show pictures through the tool that reads files. */
function viewingOf(ask: Ask): Wish[] {
  const path = [...ask.userTexts.join('\n').matchAll(PICTURE_WISH)].at(-1)?.[1];
  if (path === undefined) return [];
  return [{ deed: toolFor(ask.tools, 'view') === undefined ? 'read' : 'view', path, command: ['file', path] }];
}

function writingOf(ask: Ask): Wish[] {
  const [, path, words] = [...ask.userTexts.join('\n').matchAll(WRITING_WISH)].at(-1) ?? [];
  if (path === undefined || words === undefined) return [];
  const lines = [words, HARD_LINE];
  const patch = ['*** Begin Patch', `*** Add File: ${path}`, ...lines.map((line) => `+${line}`), '*** End Patch', ''];
  const quotedLines = lines.map((line) => `'${line.replaceAll("'", `'\\''`)}'`).join(' ');
  return [
    {
      deed: toolFor(ask.tools, 'write') === undefined ? 'patch' : 'write',
      path,
      command: ['printf', "'%s\\n'", quotedLines, '>', path],
      content: `${lines.join('\n')}\n`,
      patch: patch.join('\n'),
    },
  ];
}

/**
 * One list of wishes for each turn: it looks around, writes where something is to be written, views where there is a
 * picture, and reads, with a second call beside it where the caller takes several.
 */
function turnsOf(ask: Ask, path: string): readonly (readonly Wish[])[] {
  const look: Wish = { deed: 'look', path: folderOf(path), command: ['ls', folderOf(path)] };
  const read: Wish = { deed: 'read', path, command: ['cat', path] };
  const count: Wish = { deed: 'run', path, command: ['wc', '-c', path] };
  const turns = [[look], writingOf(ask), viewingOf(ask), ask.parallel ? [read, count] : [read]];
  return turns.filter((wishes) => wishes.length > 0);
}

function callsFor(ask: Ask, wishes: readonly Wish[]): PlannedCall[] {
  return wishes.flatMap((wish) => {
    const tool = toolFor(ask.tools, wish.deed) ?? toolFor(ask.tools, 'run');
    return tool === undefined ? [] : [{ name: tool.name, args: JSON.stringify(argumentsFor(tool.schema, wish)) }];
  });
}

/** What the schema requires, filled with examples, and above it all that names the file, the folder or the command. */
function argumentsFor(schema: JsonObject, wish: Wish): JsonObject {
  const declared = isObject(schema['properties']) ? schema['properties'] : {};
  const required = strings(schema['required']);
  const known = Object.entries(declared).flatMap(([name, property]): [string, Json][] => {
    const value = isObject(property) ? meant(plainName(name), property, wish) : undefined;
    return value === undefined ? [] : [[name, value]];
  });
  const examples = exampleOf({
    ...schema,
    properties: Object.fromEntries(Object.entries(declared).filter(([name]) => required.includes(name))),
  });
  return { ...(isObject(examples) ? examples : {}), ...Object.fromEntries(known) };
}

function meant(name: string, property: JsonObject, { deed, path, command, content, patch }: Wish): Json | undefined {
  if (name === 'command' || name === 'cmd') {
    return String(property['type']).toLowerCase() === 'array' ? [...command] : command.join(' ');
  }
  if (deed === 'run') return undefined;
  if (['path', 'filepath', 'absolutepath', 'dirpath', 'directory', 'targetfile'].includes(name)) return path;
  if (name === 'content') return content;
  if (name === 'input') return patch;
  return name === 'pattern' ? '*' : undefined;
}

function play(ask: Ask, thinks: boolean): Script {
  const path = wantedFile(ask);
  const thought = thinks && !ask.reasoningOff ? [think(`Turn ${ask.rounds + 1}: ${path ?? 'nothing to read'}.`)] : [];
  if (path === undefined || ask.tools.length === 0) return { steps: [...thought, ...withoutFile(ask), end()] };
  const turns = turnsOf(ask, path);
  const wishes = turns[ask.rounds];
  if (wishes !== undefined) {
    const calls = callsFor(ask, wishes);
    if (calls.length === 0) return { steps: [...thought, say('No tool here lists, reads or runs anything.'), end()] };
    const word = ask.rounds === 0 ? 'I look around first.' : `Step ${ask.rounds + 1} of ${turns.length}.`;
    return { steps: [...thought, say(word), { type: 'call', calls, manner: 'fragments' }, end('tool')] };
  }
  return { steps: [...thought, say(`I have read ${path}. The tools answered ${quoted(ask)}.`), end()] };
}

/** Clients ask on the side for titles and verdicts, in words or in a shape. */
function withoutFile({ schema }: Ask) {
  return [say(schema === undefined ? 'Nothing to read.' : JSON.stringify(exampleOf(schema)))];
}

const ABOUT =
  'Works like a coding agent when asked "read <file>": lists, reads, then quotes the tools; "create <file> saying «…»" writes, "look at <picture>" views.';

export const AGENT: readonly Scenario[] = [
  { name: 'agent', about: ABOUT, play: (ask) => play(ask, false) },
  {
    name: 'thinking-agent',
    about: `${ABOUT} It thinks before each turn; the proof must come back.`,
    play: (ask) => play(ask, true),
  },
];
