import { FORMAT_IDS } from '../../src/types/format-id.ts';
import { type CellResult, type Place, resultOf, runCell, type Scenario } from './cell.ts';
import { clientsOf } from './clients/index.ts';
import { SCENARIOS } from './scenarios/index.ts';
import type { World } from './world.ts';

/** Every scenario at every place where it makes sense. */
export function cellsOf(world: World): { scenario: Scenario; place: Place }[] {
  const clients = clientsOf(world);
  return SCENARIOS.flatMap((scenario) =>
    clients.flatMap((client) =>
      FORMAT_IDS.flatMap((upstream) =>
        scenario.modes.map((mode) => ({ scenario, place: { client, upstream, mode, world } })),
      ),
    ),
  );
}

/** The grid as it should come out, without running it. */
export function plannedResults(world: Pick<World, 'url' | 'key'>): CellResult[] {
  return cellsOf(world as World).map(({ scenario, place }) => resultOf(scenario, place, undefined));
}

/** Runs the whole grid, one cell after the other, so that the simulator's counters belong to one cell. */
export async function runGrid(world: World, onResult: (result: CellResult) => void): Promise<CellResult[]> {
  const results: CellResult[] = [];
  for (const { scenario, place } of cellsOf(world)) {
    const result = await runCell(scenario, place);
    results.push(result);
    onResult(result);
  }
  return results;
}
