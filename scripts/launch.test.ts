import { beforeAll, expect, test } from 'bun:test';
import { dirname } from 'node:path';

const ROOT = dirname(import.meta.dir);

async function launch(...words: string[]) {
  const child = Bun.spawn([process.execPath, 'scripts/launch.mjs', ...words], {
    cwd: ROOT,
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { out, err, code };
}

beforeAll(() => launch('plexus', 'version'));

const cases: { name: string; words: string[]; code: number; out: RegExp; err: RegExp }[] = [
  {
    name: 'words after the task reach the program',
    words: ['plexus', 'version'],
    code: 0,
    out: /^plexus \d/,
    err: /^$/,
  },
  {
    name: 'the exit code of the program is passed on',
    words: ['plexus', 'srve'],
    code: 2,
    out: /^$/,
    err: /did you mean/,
  },
  { name: 'an unknown task names the known ones', words: ['fly'], code: 1, out: /^$/, err: /choose one of start, dev/ },
];

test.each(cases)('$name', async ({ words, code, out, err }) => {
  const said = await launch(...words);
  expect(said.out).toMatch(out);
  expect(said.err).toMatch(err);
  expect(said.code).toBe(code);
});
