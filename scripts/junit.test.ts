import { expect, test } from 'bun:test';
import { type Counts, countsOf } from './junit.ts';

const report = (attributes: string) => `<?xml version="1.0"?>\n<testsuites name="bun test" ${attributes} time="1">\n`;

const cases: { name: string; report: string; exit: number; counts: Counts }[] = [
  {
    name: 'tests that neither failed nor were skipped passed',
    report: report('tests="10" assertions="99" failures="2" skipped="3"'),
    exit: 1,
    counts: { passed: 5, failed: 2, skipped: 3, crashed: false },
  },
  {
    name: 'a bad end without a failed test is one failure',
    report: report('tests="4" assertions="4" failures="0" skipped="0"'),
    exit: 1,
    counts: { passed: 4, failed: 1, skipped: 0, crashed: true },
  },
  {
    name: 'no report is one failure, even when the exit code is good',
    report: '',
    exit: 0,
    counts: { passed: 0, failed: 1, skipped: 0, crashed: true },
  },
];

test.each(cases)('$name', ({ report: text, exit, counts }) => {
  expect(countsOf(text, exit)).toEqual(counts);
});
