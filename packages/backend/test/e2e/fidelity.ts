import { join } from 'node:path';
import type { CellResult } from './cell.ts';
import { fidelityPage } from './fidelity-page.ts';
import { runGrid } from './grid.ts';
import { openWorld } from './world.ts';

const PAGE = join(import.meta.dir, '../../../../docs/fidelity.md');

/** "passed/all" for each pair of row and column, as a table of plain text. */
function matrix(results: readonly CellResult[], rowOf: (result: CellResult) => string): string[] {
  const columns = [...new Set(results.map(({ upstream }) => upstream))];
  const rows = [...Map.groupBy(results, rowOf)];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  const count = (cells: readonly CellResult[]): string =>
    `${cells.filter(({ failure }) => failure === undefined).length}/${cells.length}`;
  const line = (name: string, texts: readonly string[]): string =>
    name.padEnd(width) + texts.map((text) => text.padStart(20)).join('');
  return [
    line('', columns),
    ...rows.map(([name, cells]) =>
      line(
        name,
        columns.map((column) => count(cells.filter(({ upstream }) => upstream === column))),
      ),
    ),
  ];
}

const startedMs = performance.now();
const world = await openWorld();
let results: CellResult[];
try {
  results = await runGrid(world, ({ scenario, client, upstream, mode, failure }) => {
    if (failure !== undefined) console.log(`FAILED ${scenario}: ${client} to ${upstream}, ${mode}: ${failure}`);
  });
} finally {
  await world.stop();
}
const failed = results.filter(({ failure }) => failure !== undefined).length;
await Bun.write(PAGE, fidelityPage(results));
const lines = [
  'Clients by upstream:',
  ...matrix(results, ({ client }) => client),
  '',
  'Scenarios by upstream:',
  ...matrix(results, ({ scenario }) => scenario),
  '',
  `printed docs/fidelity.md; the run took ${((performance.now() - startedMs) / 1000).toFixed(1)} s`,
  `${results.length - failed} passed, ${failed} failed`,
];
console.log(lines.join('\n'));
process.exit(failed === 0 ? 0 : 1);
