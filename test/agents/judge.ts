import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HARD_LINE } from '../../packages/backend/src/simulator/scenarios/agent.ts';
import type { FormatId } from '../../packages/backend/src/types/format-id.ts';
import { type Evidence, evidenceOf } from './evidence.ts';
import { FIRST_LINE, type Lineup, NEW_FILE, type OpenStage, PICTURE, SECRET_WORD } from './stage.ts';

/** A list, a file written, a picture seen, a file read. */
const CALLS_MIN = 4;

/** How a program ended and what it printed. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly seconds: number;
}

/** What is wrong with a run, in words; nothing when the work was done and all of it went through the upstream. */
export function judge(ended: Ended, stage: OpenStage, lineup: Lineup, upstream: FormatId): [Evidence, string[]] {
  const { recent, scenarios } = stage.simulator.stats();
  const evidence = evidenceOf(recent, upstream);
  const { results } = evidence;
  const written = join(stage.work, NEW_FILE);
  const text = existsSync(written) ? readFileSync(written, 'utf8') : undefined;
  const unasked = lineup.targets.filter((target) => !Object.keys(scenarios).some((name) => name.startsWith(target)));
  const checks: [holds: boolean, fault: string][] = [
    [ended.code === 0, `it ended with exit code ${ended.code}`],
    [ended.out.includes(SECRET_WORD), 'its last words do not quote the file'],
    [results.length >= CALLS_MIN, `${results.length} calls came back with results; ${CALLS_MIN} are wanted`],
    [results.some((result) => result.includes(SECRET_WORD)), 'no result upstream holds the file'],
    [recent.some(({ body }) => body.includes(PICTURE)), 'the picture did not reach the upstream'],
    [text?.trimEnd() === `${FIRST_LINE}\n${HARD_LINE}`, `the file that it wrote holds ${JSON.stringify(text)}`],
    [unasked.length === 0, `${unasked.join(', ')} was never asked`],
  ];
  return [evidence, checks.flatMap(([holds, fault]) => (holds ? [] : [fault]))];
}
