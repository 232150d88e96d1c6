import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { fidelityPage } from './fidelity-page.ts';
import { plannedResults } from './grid.ts';
import { HONEST_LOSSES } from './honest-losses.ts';

const planned = plannedResults({ url: 'http://127.0.0.1:1', key: 'none' });

test('docs/fidelity.md shows the grid as it is; "npm run fidelity" prints it anew', async () => {
  const page = Bun.file(join(import.meta.dir, '../../../../docs/fidelity.md'));
  expect(await page.text()).toBe(fidelityPage(planned));
});

test('every row of the table of losses is met by a cell', () => {
  const met = new Set(planned.map(({ loss }) => loss));
  expect(HONEST_LOSSES.filter((row) => !met.has(row))).toEqual([]);
});

test('a cell that fails is shown as failed', () => {
  const [first, ...others] = planned;
  if (first === undefined) throw new Error('the grid is empty');
  expect(fidelityPage([{ ...first, failure: 'text differs' }, ...others])).toContain('**failed**');
});
