import { dirname } from 'node:path';
import { parseArgs } from 'node:util';

/** The long run of the fuzz suite: 100,000 damaged inputs and 8,000 damaged bodies over HTTP, from a fresh seed. */
const { values } = parseArgs({ options: { seed: { type: 'string' }, cases: { type: 'string' } } });
const seed = values.seed ?? String(Math.floor(Math.random() * 1_000_000_000));
console.log(`seed ${seed}; repeat this run with: npm run fuzz -- --seed ${seed}`);

const child = Bun.spawn([process.execPath, 'test', './packages/backend/test/fuzz/'], {
  cwd: dirname(import.meta.dir),
  stdin: 'ignore',
  stdout: 'inherit',
  stderr: 'inherit',
  env: {
    ...process.env,
    PLEXUS_FUZZ: 'long',
    PLEXUS_FUZZ_SEED: seed,
    ...(values.cases !== undefined && { PLEXUS_FUZZ_CASES: values.cases }),
  },
});
process.exit(await child.exited);
