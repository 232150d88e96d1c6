import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { runStep, STEPS, type StepResult } from './steps.ts';

const { values, positionals } = parseArgs({ options: { report: { type: 'string' } }, allowPositionals: true });
const root = dirname(import.meta.dir);

const unknown = positionals.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`"${unknown.join(', ')}" is not a check; choose from ${STEPS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
const chosen = STEPS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));

/** What a passed check leaves to be known: the size report, above all. */
const remarks = (said: string): string[] => said.split('\n').filter((line) => line.startsWith('note: '));

function report({ step, passed, seconds, said }: StepResult): void {
  console.log(
    `${passed ? 'ok    ' : 'FAILED'} ${step.name.padEnd(8)} ${seconds.toFixed(1).padStart(5)} s  ${step.holds}`,
  );
  const lines = passed ? remarks(said) : said.split('\n');
  for (const line of lines) console.log(`       ${line}`);
}

const results = await Promise.all(
  chosen.map(async (step) => {
    const result = await runStep(step, root);
    report(result);
    return result;
  }),
);
const failed = results.filter(({ passed }) => !passed);
console.log(
  failed.length === 0
    ? `all ${results.length} checks passed`
    : `${failed.length} of ${results.length} checks failed: ${failed.map(({ step }) => step.name).join(', ')}`,
);
if (values.report !== undefined) writeFileSync(values.report, `${results.length - failed.length} ${failed.length}\n`);
process.exit(failed.length === 0 ? 0 : 1);
