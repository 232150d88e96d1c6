import type { Dirent } from 'node:fs';

/** A list file, and what it must list: each sibling folder, or each sibling file. */
export interface Registry {
  readonly list: string;
  readonly of: 'folders' | 'files';
  readonly notMembers: readonly string[];
}

/** Members that the list does not import, and imports that lead nowhere, each as a sentence. */
export function registryGaps(registry: Registry, entries: readonly Dirent[], text: string): string[] {
  const imported = new Set([...text.matchAll(/from '\.\/([^']+)'/g)].map((match) => match[1] ?? ''));
  const members = entries
    .filter((entry) => entry.isDirectory() === (registry.of === 'folders'))
    .filter(({ name }) => !name.includes('.test.') && !registry.notMembers.includes(name))
    .map(({ name }) => (registry.of === 'folders' ? `${name}/index.ts` : name));
  const wanted = new Set(members);
  const helpers = new Set([
    ...registry.notMembers,
    ...entries.filter((entry) => entry.isFile()).map(({ name }) => name),
  ]);
  return [
    ...members.filter((name) => !imported.has(name)).map((name) => `${name} has no line in ${registry.list}`),
    ...[...imported].filter((name) => !wanted.has(name) && !helpers.has(name)).map((name) => `${name} does not exist`),
  ];
}

const UNFINISHED: readonly RegExp[] = [
  /\bFIXME\b/,
  /\bXXX\b/,
  // A wish needs an issue to live in: TODO(#12).
  /\bTODO\b(?!\(#\d+\))/,
  /\bfor now\b/i,
  /\bnot (yet )?implemented\b/i,
  /\b(quick|dirty|ugly) hack\b/i,
];

/** Lines that hold a word for unfinished work, as "<line>: <text>". */
export function bannedWords(text: string): string[] {
  return findings(text, (line) => UNFINISHED.some((word) => word.test(line)));
}

/** Lines that leave a test out or silence a checker without a reason, as "<line>: <text>". */
export function unexplained(text: string): string[] {
  const lines = text.split('\n');
  return findings(text, (line, index) => {
    if (/@ts-(ignore|nocheck)\b/.test(line)) return true;
    if (/@ts-expect-error\s*$/.test(line) || /biome-ignore(-all)? [\w/]+(:\s*)?$/.test(line)) return true;
    if (/\b(test|it|describe)\.only\(/.test(line)) return true;
    const explained = /\/\//.test(line) || /\/\/|\*\//.test(lines[index - 1] ?? '');
    if (/\b(test|it|describe)\.(skip|todo)\(/.test(line)) return !explained;
    // Left out where a machine lacks something: the file has to print what is missing.
    return /\b(test|it|describe)\.(skipIf|todoIf|if)\(/.test(line) && !explained && !text.includes('console.');
  });
}

function findings(text: string, wrong: (line: string, index: number) => boolean): string[] {
  return text.split('\n').flatMap((line, index) => (wrong(line, index) ? [`${index + 1}: ${line.trim()}`] : []));
}

export interface Link {
  /** Path relative to the document, empty for the document itself. */
  readonly target: string;
  readonly anchor: string | undefined;
}

/** Links of a Markdown text that stay inside the repository. */
export function linksOf(markdown: string): Link[] {
  const prose = markdown.replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((address) => !/^[a-z]+:/.test(address))
    .map((address) => {
      const [target = '', anchor] = address.split('#', 2);
      return { target, anchor };
    });
}

/** The anchors that headings of a Markdown text get. */
export function anchorsOf(markdown: string): Set<string> {
  const headings = [...markdown.matchAll(/^#{1,6} +(.+)$/gm)].map((match) => match[1] ?? '');
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

/**
 * Packages from outside that a program loads, itself and through others, by name. The bundler follows every import, also
 * those made late; what an installed package carries for other uses and never loads here does not count.
 */
export async function packagesOf(entry: string): Promise<string[]> {
  const built = await Bun.build({ entrypoints: [entry], target: 'bun', metafile: true });
  const names = Object.keys(built.metafile?.inputs ?? {}).flatMap(
    (path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
  );
  return [...new Set(names)].sort();
}

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Version ranges and install scripts in one package.json, each as a sentence. */
export function brokenPins({ scripts, dependencies, devDependencies }: Manifest): string[] {
  const pins = Object.entries({ ...dependencies, ...devDependencies });
  const exact = /^(workspace:\*|(npm:(@[\w-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(-[\w.]+)?)$/;
  const hooks = ['preinstall', 'install', 'postinstall', 'prepare'];
  return [
    ...pins.filter(([, version]) => !exact.test(version)).map(([name, version]) => `${name}@${version} is not exact`),
    ...hooks.filter((hook) => scripts?.[hook] !== undefined).map((hook) => `has the install script "${hook}"`),
  ];
}
