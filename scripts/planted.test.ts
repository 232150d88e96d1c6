import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runStep, STEPS, type Step } from './steps.ts';

// Each check starts a whole tool over a whole tree.
setDefaultTimeout(60_000);

const ROOT = dirname(import.meta.dir);
const copy = mkdtempSync(join(tmpdir(), 'plexus-planted-'));

/** A copy of the tree with its installed packages linked in, so that nothing is ever planted in the tree itself. */
beforeAll(() => {
  const git = (...words: string[]) =>
    Bun.spawnSync(['git', ...words], { cwd: ROOT })
      .stdout.toString()
      .split('\n');
  const tracked = git('ls-files', '--cached', '--others', '--exclude-standard');
  for (const path of tracked.filter((name) => name !== '' && existsSync(join(ROOT, name)))) {
    cpSync(join(ROOT, path), join(copy, path));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  // A package's own folder holds relative links, so a copy of it leads to the packages of the copy.
  for (const manifest of tracked.filter((path) => path.endsWith('/package.json'))) {
    const modules = join(dirname(manifest), 'node_modules');
    if (!existsSync(join(ROOT, modules))) continue;
    cpSync(join(ROOT, modules), join(copy, modules), { recursive: true, verbatimSymlinks: true });
  }
  // The style and tidy checks ask git which files are the project's.
  Bun.spawnSync(['git', 'init', '--quiet'], { cwd: copy });
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

const SRC = 'packages/backend/src';

/** `says` has to appear in the tool's output because of the planted files, and must not be there without them. */
const violations: { name: string; step: string; files: Record<string, string>; says: string }[] = [
  {
    name: 'a format that imports another format breaks the import law',
    step: 'imports',
    files: {
      [`${SRC}/transformers/planted-one/index.ts`]: `import { two } from '../planted-two/index.ts';\nexport const one = two;\n`,
      [`${SRC}/transformers/planted-two/index.ts`]: 'export const two = 2;\n',
    },
    says: 'formats-do-not-know-each-other: packages/backend/src/transformers/planted-one/index.ts',
  },
  {
    name: 'a type import of a lower room from above breaks the import law too',
    step: 'imports',
    files: {
      [`${SRC}/utils/planted.ts`]: `import type { Planted } from '../routes/planted.ts';\nexport const planted: Planted = 1;\n`,
      [`${SRC}/routes/planted.ts`]: 'export type Planted = number;\n',
    },
    says: 'utils-imports: packages/backend/src/utils/planted.ts',
  },
  {
    name: 'a pure room that reads the disk breaks the import law',
    step: 'imports',
    files: {
      [`${SRC}/services/routing/planted.ts`]: `import { readFileSync } from 'node:fs';\nexport { readFileSync };\n`,
    },
    says: 'routing-imports: packages/backend/src/services/routing/planted.ts',
  },
  {
    name: 'two files that import each other are a cycle',
    step: 'imports',
    files: {
      [`${SRC}/utils/planted-a.ts`]: `import { b } from './planted-b.ts';\nexport const a = (): number => b();\n`,
      [`${SRC}/utils/planted-b.ts`]: `import { a } from './planted-a.ts';\nexport const b = (): number => a();\n`,
    },
    says: 'no-cycles: packages/backend/src/utils/planted-a.ts',
  },
  {
    name: 'an explicit any is refused',
    step: 'style',
    files: { [`${SRC}/utils/planted-any.ts`]: 'export const planted: any = 1;\n' },
    says: 'planted-any.ts:1 lint/suspicious/noExplicitAny',
  },
  {
    name: 'a promise that nobody waits for is refused',
    step: 'style',
    files: {
      [`${SRC}/utils/planted-float.ts`]: `async function late(): Promise<void> {\n  await fetch('x');\n}\n\nexport function go(): void {\n  late();\n}\n`,
    },
    says: 'planted-float.ts:6 lint/nursery/noFloatingPromises',
  },
  {
    name: 'a type error that only the strict flags see is found',
    step: 'types',
    files: {
      [`${SRC}/utils/planted-strict.ts`]: 'const words: string[] = [];\nexport const first: string = words[0];\n',
    },
    says: 'packages/backend/src/utils/planted-strict.ts(2,14): error TS2322',
  },
  {
    name: 'an export that nobody uses is found',
    step: 'unused',
    files: {
      'packages/quota/src/planted.ts': 'export const used = 1;\nexport const plantedAndUnused = 2;\n',
      'packages/quota/src/planted.test.ts': `import { used } from './planted.ts';\nconsole.log(used);\n`,
    },
    says: 'plantedAndUnused',
  },
  {
    name: 'a format without its line in the registry is found',
    step: 'tidy',
    files: { [`${SRC}/transformers/planted-format/index.ts`]: 'export {};\n' },
    says: 'planted-format/index.ts has no line in',
  },
  {
    name: 'a provider without its line in the registry is found',
    step: 'tidy',
    files: { [`${SRC}/providers/planted-provider.ts`]: 'export {};\n' },
    says: 'planted-provider.ts has no line in',
  },
  {
    name: 'a FIXME is found',
    step: 'tidy',
    files: { [`${SRC}/utils/planted-fixme.ts`]: '// FIXME: later\nexport {};\n' },
    says: 'planted-fixme.ts:1: // FIXME: later',
  },
  {
    name: 'a skipped test without a reason is found',
    step: 'tidy',
    files: { [`${SRC}/utils/planted-skip.test.ts`]: `import { test } from 'bun:test';\n\ntest.skip('x', () => {});\n` },
    says: 'planted-skip.test.ts:3: test.skip',
  },
  {
    name: 'a link that leads nowhere is found',
    step: 'tidy',
    files: { 'docs/planted.md': 'See [this](nowhere.md).\n' },
    says: 'docs/planted.md: nowhere.md',
  },
];

const untouched = new Map<string, string>();

/** What a check says of the copy as it is, asked once. */
async function saidWithout(step: Step): Promise<string> {
  const said = untouched.get(step.name) ?? (await runStep(step, copy)).said;
  untouched.set(step.name, said);
  return said;
}

function plant(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), text, { flag: 'wx' });
  }
}

function uproot(files: Record<string, string>): void {
  for (const path of Object.keys(files)) {
    rmSync(join(copy, path));
    const folder = dirname(join(copy, path));
    if (readdirSync(folder).length === 0) rmdirSync(folder);
  }
}

test.each(violations)('$name', async ({ step: stepName, files, says }) => {
  const step = STEPS.find(({ name }) => name === stepName);
  if (step === undefined) throw new Error(`there is no check "${stepName}"`);
  expect(await saidWithout(step)).not.toContain(says);
  plant(files);
  const { passed, said } = await runStep(step, copy);
  uproot(files);
  expect(said).toContain(says);
  expect(passed).toBe(false);
});
