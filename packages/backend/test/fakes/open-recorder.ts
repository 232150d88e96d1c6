// A program of its own: opens a recorder on the file that is its argument, says what became of it, and ends.
// With the word "unprivileged" it first becomes a user who may write nowhere.
import { createUsageRecorder } from '../../src/db/index.ts';

const [file = '', as] = process.argv.slice(2);
if (as === 'unprivileged' && process.getuid?.() === 0) process.setuid?.(65_534);
try {
  await createUsageRecorder({ file, log: { error: () => {} } }).close();
  process.stdout.write('opened');
} catch (error) {
  process.stdout.write(error instanceof Error ? error.message : String(error));
}
