import { join, relative } from 'node:path';

/** One tool of `bun run check`, as the words that Bun is started with. Paths are relative to the repository. */
export interface Step {
  readonly name: string;
  /** What it holds, in the words of the report. */
  readonly holds: string;
  readonly words: readonly string[];
  /** Makes the tool's words short, where it has too many of them. */
  readonly condense?: (said: string, root: string) => string;
}

/**
 * Biome's one-line reports: errors as "file:line rule: message", warnings and remarks as one note with their number,
 * since size and complexity are reported and do not stop anyone.
 */
function condenseStyle(said: string, root: string): string {
  const found = [...said.matchAll(/^::(error|warning|notice) title=([^,]*),file=([^,]*),line=(\d+).*?::(.*)$/gm)];
  const errors = found.filter(([, kind]) => kind === 'error');
  const lines = errors.map(([, , rule, file = '', line, message]) => {
    const place = `${relative(root, file)}:${line}`;
    return rule === 'format' ? `${place} is not formatted; "npm run format" does it` : `${place} ${rule}: ${message}`;
  });
  const byRule = Map.groupBy(
    found.filter(([, kind]) => kind !== 'error'),
    ([, , rule = '']) => rule.slice(rule.lastIndexOf('/') + 1),
  );
  const remarks = [...byRule].map(([rule, members]) => `${members.length} ${rule}`);
  // What is not a report is a failure of the tool itself.
  if (found.length === 0 && /error|panic/i.test(said)) return said;
  return [...lines, ...(remarks.length === 0 ? [] : [`note: ${remarks.join(', ')}`])].join('\n');
}

const cruiser = 'scripts/import-law/node_modules/dependency-cruiser/bin/dependency-cruiser.mjs';

/** Every check. They run by program path under Bun, so that a machine without Node has them too. */
export const STEPS: readonly Step[] = [
  {
    name: 'style',
    holds: 'Biome: format and lint',
    words: ['node_modules/@biomejs/biome/bin/biome', 'check', '--max-diagnostics=1000', '--reporter=github'],
    condense: condenseStyle,
  },
  {
    name: 'types',
    holds: 'tsc with every strict flag',
    words: ['node_modules/typescript-native/bin/tsc', '--noEmit', '-p', 'tsconfig.json'],
  },
  {
    name: 'imports',
    holds: 'the import law, no cycles',
    words: [
      '--bun',
      cruiser,
      '--config',
      'scripts/import-law/law.mjs',
      '--output-type',
      'err-long',
      'packages',
      'scripts',
    ],
  },
  {
    name: 'unused',
    holds: 'knip: no unused file, export or package',
    words: ['--bun', 'node_modules/knip/bin/knip.js', '--no-config-hints'],
  },
  {
    name: 'tidy',
    holds: 'registries, words, links, sizes, weight',
    words: ['test', './packages/backend/test/tidy.test.ts'],
  },
];

export interface StepResult {
  readonly step: Step;
  readonly passed: boolean;
  readonly seconds: number;
  /** Everything that the tool said, standard output first. */
  readonly said: string;
}

/** Runs one check in `root` and gives what it said. A tool that hangs is ended after two minutes and has failed. */
export async function runStep(step: Step, root: string): Promise<StepResult> {
  const startedMs = performance.now();
  const child = Bun.spawn([process.execPath, ...step.words], {
    cwd: root,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: 120_000,
    env: { ...process.env, NO_COLOR: '1', PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` },
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const whole = `${out}${err}`.trim();
  return {
    step,
    passed: code === 0,
    seconds: (performance.now() - startedMs) / 1000,
    said: step.condense?.(whole, root) ?? whole,
  };
}
