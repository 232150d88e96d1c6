import { afterAll, describe, expect, test } from 'bun:test';
import { runCell } from './cell.ts';
import { cellsOf } from './grid.ts';
import { openWorld } from './world.ts';

/** Longer than a cell gives itself. */
const CELL_TEST_MS_MAX = 15_000;

const world = await openWorld();
afterAll(() => world.stop());

const byScenario = Map.groupBy(cellsOf(world), ({ scenario }) => scenario.name);

for (const [name, cells] of byScenario) {
  describe(name, () => {
    const rows = cells.map(({ scenario, place }) => ({
      direction: `${place.client.id} to ${place.upstream}, ${place.mode}`,
      scenario,
      place,
    }));
    test.each(rows)(
      '$direction',
      async ({ scenario, place }) => {
        expect((await runCell(scenario, place)).failure).toBeUndefined();
      },
      CELL_TEST_MS_MAX,
    );
  });
}
