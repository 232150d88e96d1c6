import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Counts, countsOf } from './junit.ts';

interface Suite {
  readonly name: string;
  /** Left out by `test:quick`. */
  readonly slow: boolean;
  readonly files: readonly string[];
}

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, report: { type: 'string' } },
});
const root = dirname(import.meta.dir);

/** The suite of a test file: its package, or package and folder for those that start servers or whole tools. */
function suiteOf(file: string): { name: string; slow: boolean } {
  const [top = '', name = '', room = '', folder = ''] = file.split('/');
  if (top !== 'packages') return { name: top, slow: top === 'scripts' };
  const slow = room === 'test' && ['e2e', 'faults', 'browser'].includes(folder);
  return slow ? { name: `${name} ${folder}`, slow } : { name, slow };
}

function findSuites(): Suite[] {
  const files = [
    ...new Bun.Glob('{packages,scripts,test,testcommands,bench}/**/*.test.{ts,tsx}').scanSync({ cwd: root }),
  ]
    .filter((file) => !file.includes('node_modules/'))
    .sort();
  const byName = Map.groupBy(files, (file) => suiteOf(file).name);
  return [...byName].map(([name, members]) => ({ name, slow: suiteOf(members[0] ?? '').slow, files: members }));
}

/** Runs one suite in a process of its own and lets it print what it prints. */
async function runSuite(suite: Suite, folder: string): Promise<Counts> {
  const reportFile = join(folder, `${suite.name.replaceAll(' ', '-')}.xml`);
  const words = [
    'test',
    '--reporter=junit',
    `--reporter-outfile=${reportFile}`,
    ...suite.files.map((file) => `./${file}`),
  ];
  const child = Bun.spawn([process.execPath, ...words], {
    cwd: root,
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
  });
  const code = await child.exited;
  const report = Bun.file(reportFile);
  const counts = countsOf((await report.exists()) ? await report.text() : '', code);
  if (counts.crashed)
    console.log(`${suite.name}: ended with exit code ${code} outside any test; counted as one failure`);
  return counts;
}

const suites = findSuites();
const chosen = suites.filter(({ slow }) => !(values.quick && slow));
const folder = mkdtempSync(join(tmpdir(), 'plexus-test-'));
const lines: string[] = [];
let [passed, failed, skipped] = [0, 0, 0];
try {
  for (const suite of chosen) {
    console.log(`\n== ${suite.name}: ${suite.files.length} files`);
    const counts = await runSuite(suite, folder);
    passed += counts.passed;
    failed += counts.failed;
    skipped += counts.skipped;
    const left = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`;
    lines.push(`${suite.name.padEnd(16)} ${counts.passed} passed, ${counts.failed} failed${left}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const { name } of suites.filter((suite) => !chosen.includes(suite))) {
  lines.push(`${name.padEnd(16)} left out of the quick loop; "npm test" runs it`);
}
console.log(`\n${lines.join('\n')}`);
console.log(`${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
if (values.report !== undefined) writeFileSync(values.report, `${passed} ${failed}\n`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
