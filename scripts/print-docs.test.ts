import { expect, test } from 'bun:test';
import { dirname, join } from 'node:path';
import { PAGES } from './print-docs.ts';

test.each(Object.entries(PAGES).map(([path, print]) => ({ path, print })))(
  '$path says what the code says; "bun run docs" prints it again',
  async ({ path, print }) => {
    expect(await Bun.file(join(dirname(import.meta.dir), path)).text()).toBe(print());
  },
);
