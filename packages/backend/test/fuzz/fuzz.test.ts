import { beforeAll, expect, test } from 'bun:test';
import { runCases, type Samples } from './cases.ts';
import { loadReplySamples } from './reply-samples.ts';

/** `npm run fuzz` asks for the long run; the seed repeats a run, and `PLEXUS_FUZZ_CASES=1` with it one case. */
const isLong = process.env['PLEXUS_FUZZ'] === 'long';
const seed = Number(process.env['PLEXUS_FUZZ_SEED'] ?? 1);
const cases = Number(process.env['PLEXUS_FUZZ_CASES'] ?? (isLong ? 100_000 : 20_000));
const ms = isLong ? 300_000 : 5000;
/** No input of these sizes may take longer, on a busy machine too. */
const CASE_MS_MAX = 2000;

let samples: Samples;
beforeAll(async () => {
  samples = await loadReplySamples();
});

test(
  'no damaged request, reply, stream or error breaks a law of the formats',
  () => {
    const outcome = runCases(samples, seed, { cases, ms });
    const kinds = Object.entries(outcome.byKind).map(([kind, count]) => `${count} ${kind}`);
    console.log(
      `fuzz: ${outcome.cases} cases from seed ${seed} (${kinds.join(', ')}), slowest ${outcome.slowestMs.toFixed(0)} ms`,
    );
    for (const { seed: one, kind, format, words, input } of outcome.broken) {
      console.log(`\nseed ${one}, ${kind} of ${format}: ${words}\n${input}`);
    }
    expect(outcome.broken.length).toBe(0);
    expect(outcome.slowestMs).toBeLessThan(CASE_MS_MAX);
  },
  ms + 60_000,
);
