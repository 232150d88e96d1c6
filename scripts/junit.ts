/** What one suite did. `crashed` is a failure outside any test: it is one of `failed`. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly crashed: boolean;
}

function attribute(tag: string, name: string): number {
  return Number(new RegExp(`\\b${name}="(\\d+)"`).exec(tag)?.[1] ?? 0);
}

/**
 * Reads a JUnit report of `bun test` and the exit code beside it. A run that ended badly without a failed test (a file
 * that does not load, an error after the last test, no report at all) counts as one failure, so that it cannot pass.
 */
export function countsOf(report: string, exitCode: number): Counts {
  const tag = /<testsuites\b[^>]*>/.exec(report)?.[0] ?? '';
  const [tests, failures, skipped] = [attribute(tag, 'tests'), attribute(tag, 'failures'), attribute(tag, 'skipped')];
  const errors = attribute(tag, 'errors');
  const crashed = (exitCode !== 0 && failures + errors === 0) || tag === '';
  return {
    passed: tests - failures - errors - skipped,
    failed: failures + errors + (crashed ? 1 : 0),
    skipped,
    crashed,
  };
}
