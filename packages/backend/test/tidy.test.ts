import { expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { ROOMS } from '../../../scripts/import-law/rooms.ts';
import {
  anchorsOf,
  bannedWords,
  brokenPins,
  linksOf,
  packagesOf,
  type Registry,
  registryGaps,
  unexplained,
} from './tidy.ts';

const ROOT = resolve(import.meta.dir, '../../..');
const at = (path: string): string => join(ROOT, path);
const read = (path: string): string => readFileSync(at(path), 'utf8');

/** Files of the project that git knows or would add, with their paths from the root. */
function files(pattern: string): string[] {
  const listed = Bun.spawnSync(['git', 'ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  const glob = new Bun.Glob(pattern);
  return listed.stdout
    .toString()
    .split('\n')
    .filter((path) => glob.match(path) && existsSync(at(path)));
}

const REGISTRIES: readonly Registry[] = [
  { list: 'packages/backend/src/transformers/index.ts', of: 'folders', notMembers: [] },
  { list: 'packages/backend/src/providers/index.ts', of: 'files', notMembers: ['define.ts', 'index.ts'] },
  { list: 'packages/cli/src/commands/index.ts', of: 'files', notMembers: ['index.ts'] },
];

test.each(REGISTRIES.map((registry) => ({ name: registry.list, registry })))(
  '$name lists its folder',
  ({ registry }) => {
    const entries = readdirSync(at(dirname(registry.list)), { withFileTypes: true });
    expect(registryGaps(registry, entries, existsSync(at(registry.list)) ? read(registry.list) : '')).toEqual([]);
  },
);

test('every room of the backend has a row in the import law', () => {
  const source = 'packages/backend/src';
  const folders = [source, `${source}/services`].flatMap((parent) =>
    readdirSync(at(parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'services')
      .map((entry) => `${parent}/${entry.name}`),
  );
  expect(folders.filter((folder) => !ROOMS.some((room) => room.at === folder))).toEqual([]);
});

/** These files name what they look for. */
const SPEAKS_OF_THEM = ['tidy.ts', 'tidy.test.ts'].map((name) => `packages/backend/test/${name}`);
SPEAKS_OF_THEM.push('scripts/planted.test.ts');

test('no word in code or documents says that something is unfinished', () => {
  const found = files('**/*.{ts,tsx,mjs,md,css,html}')
    .filter((path) => !SPEAKS_OF_THEM.includes(path))
    .flatMap((path) => bannedWords(read(path)).map((finding) => `${path}:${finding}`));
  expect(found).toEqual([]);
});

test('a skipped test and a silenced checker say why', () => {
  const found = files('**/*.{ts,tsx}')
    .filter((path) => !SPEAKS_OF_THEM.includes(path))
    .flatMap((path) => unexplained(read(path)).map((finding) => `${path}:${finding}`));
  expect(found).toEqual([]);
});

test('every link and path in the documents leads somewhere', () => {
  const broken = files('**/*.md').flatMap((path) =>
    linksOf(read(path))
      .filter(({ target, anchor }) => {
        const place = target === '' ? at(path) : resolve(at(dirname(path)), target);
        if (!existsSync(place)) return true;
        return anchor !== undefined && place.endsWith('.md') && !anchorsOf(readFileSync(place, 'utf8')).has(anchor);
      })
      .map(({ target, anchor }) => `${path}: ${target}${anchor === undefined ? '' : `#${anchor}`}`),
  );
  expect(broken).toEqual([]);
});

test('the table of requirements has each of the 196 once, in order', () => {
  const numbers = [...read('docs/requirements.md').matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
  expect(numbers).toEqual(Array.from({ length: 196 }, (_, index) => index + 1));
});

/** Files past 400 lines that are better whole, each with its reason. */
const LONG: Readonly<Record<string, string>> = {
  'packages/backend/src/transformers/openai-chat/decode-stream.ts':
    'one small handler for each field of one wire; apart from their state they would be harder to follow',
};

test('a long file is known, with its reason', () => {
  const lengths = files('**/*.{ts,tsx,mjs}')
    .filter((path) => !/fixtures|migrations|\.test\./.test(path))
    .map((path) => ({ path, lines: read(path).split('\n').length - 1 }));
  const long = lengths.filter(({ lines }) => lines > 400);
  for (const { path, lines } of long)
    console.log(`note: ${path} has ${lines} lines: ${LONG[path] ?? 'no reason given'}`);
  // Size is a habit, not a gate; but a reason that no longer applies has to go.
  expect(Object.keys(LONG).filter((path) => !long.some((file) => file.path === path))).toEqual([]);
});

test('the server process runs on at most 15 packages from outside', async () => {
  const used = await packagesOf(at('packages/cli/src/index.ts'));
  console.log(`note: ${used.length} runtime packages: ${used.join(', ')}`);
  expect(used.length).toBeGreaterThan(0);
  expect(used.length).toBeLessThanOrEqual(15);
});

test('versions are exact, and no package of ours runs a script at install', () => {
  const found = files('**/package.json').flatMap((path) =>
    brokenPins(JSON.parse(read(path))).map((finding) => `${relative(ROOT, at(path))}: ${finding}`),
  );
  expect(found).toEqual([]);
});
