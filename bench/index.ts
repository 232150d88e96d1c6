/**
 * The benchmark: Plexus as shipped against relays that do nothing, in one interleaved run.
 * Usage: npm run bench [-- --workloads ABCDEF --rounds 5]
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type Contender, cpuMs, rssMb, startGatewayProcess, startMock, startNginx, startRelay } from './contenders.ts';
import { checks } from './correctness.ts';
import { runLoad } from './load.ts';
import { bodies, paths, type Workload } from './payloads.ts';

const REQUESTS: Readonly<Record<Workload, number>> = { A: 8000, B: 6000, C: 2000, D: 3000, E: 2000, F: 2000 };
/** Until the compiler of the runtime has come to rest: 60,000 short requests here, fewer long ones. */
const WARM_UP: Readonly<Record<Workload, number>> = { A: 60_000, B: 30_000, C: 6000, D: 12_000, E: 12_000, F: 12_000 };
/** At most this many times the processor time of the bytes relay (E and F: of that relay on D). */
const TARGETS: Readonly<Record<Workload, number>> = { A: 1.8, B: 1.5, C: 1.3, D: 1.5, E: 2.5, F: 2.5 };
const CONCURRENCY = 16;
const SEQUENTIAL = 200;
const RSS_REQUESTS = 100_000;
const COLD_STARTS = 5;
const isTranslated = (workload: Workload) => workload === 'E' || workload === 'F';

const { values: flags } = parseArgs({
  options: {
    workloads: { type: 'string', default: 'ABCDEF' },
    rounds: { type: 'string', default: '5' },
  },
});
const workloads = [...flags.workloads].filter((letter): letter is Workload => letter in bodies);
const rounds = Number(flags.rounds);

const sorted = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);
const at = (numbers: readonly number[], share: number) =>
  sorted(numbers)[Math.floor((numbers.length - 1) * share)] ?? 0;
const median = (numbers: readonly number[]) => at(numbers, 0.5);
const fixed = (number: number, digits = 3) => number.toFixed(digits);

interface Row {
  readonly cpu: number[];
  readonly latencies: number[];
  failed: number;
}

async function measure(server: Contender, workload: Workload, row: Row): Promise<void> {
  const load = { port: server.port, path: paths[workload], body: bodies[workload], headers: server.headers };
  const before = cpuMs(server.pid);
  const result = await runLoad({ ...load, concurrency: CONCURRENCY, requests: REQUESTS[workload] });
  row.cpu.push((cpuMs(server.pid) - before) / REQUESTS[workload]);
  row.failed += result.failed;
  const single = await runLoad({ ...load, concurrency: 1, requests: SEQUENTIAL });
  row.latencies.push(...single.latenciesMs);
  row.failed += single.failed;
}

/** Rounds in turn, the order turned by one each time, so that a drift of the machine hits everyone alike. */
async function runWorkload(workload: Workload, servers: readonly Contender[]): Promise<Map<string, Row>> {
  const rows = new Map<string, Row>();
  for (const server of servers) {
    rows.set(server.name, { cpu: [], latencies: [], failed: 0 });
    const warm = { port: server.port, path: paths[workload], body: bodies[workload], headers: server.headers };
    await runLoad({ ...warm, concurrency: CONCURRENCY, requests: WARM_UP[workload] });
  }
  for (let round = 0; round < rounds; round += 1) {
    const turn = round % servers.length;
    for (const server of [...servers.slice(turn), ...servers.slice(0, turn)]) {
      const row = rows.get(server.name);
      if (row !== undefined) await measure(server, workload, row);
    }
  }
  return rows;
}

interface Line {
  readonly workload: Workload;
  readonly name: string;
  readonly cpuPer1k: number;
  readonly ratio: number;
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
  readonly rss: number;
}

function print(line: Line): void {
  const { workload, name, cpuPer1k, ratio, p50, p99, failed, rss } = line;
  const target = name === 'plexus' ? ` (target ${TARGETS[workload]})` : '';
  console.log(
    [
      `| ${workload}`,
      name.padEnd(12),
      `${fixed(cpuPer1k)}`,
      `${fixed(ratio, 2)} x${target}`,
      `${fixed(p50)}`,
      `${fixed(p99)}`,
      `${Math.round(rss)}`,
      `${failed === 0 ? 'all' : `${failed} failed`} |`,
    ].join(' | '),
  );
}

/** Milliseconds from the start of the process to the first answer. */
async function coldStart(upstream: string): Promise<number> {
  const startedAt = performance.now();
  const server = await startGatewayProcess(upstream);
  await fetch(`http://127.0.0.1:${server.port}/livez`);
  const ms = performance.now() - startedAt;
  server.stop();
  return ms;
}

async function rssAfter(server: Contender): Promise<number> {
  const load = { port: server.port, path: paths.A, body: bodies.A, headers: server.headers };
  await runLoad({ ...load, concurrency: CONCURRENCY, requests: RSS_REQUESTS });
  return rssMb(server.pid);
}

const mock = await startMock();
const upstream = `http://127.0.0.1:${mock.port}`;
const nginx = await startNginx(upstream);
const relay = await startRelay('bytes', upstream);
const parsing = await startRelay('parse', upstream);
const gateway = await startGatewayProcess(upstream);
const passing = [relay, parsing, gateway, ...(nginx === undefined ? [] : [nginx])];
const failures: string[] = [];
try {
  console.log(`Bun ${Bun.version}, load ${loadavg()[0]?.toFixed(2)}, ${rounds} rounds, ${CONCURRENCY} connections`);
  if (nginx === undefined) console.log('nginx is not installed, so its rows are left out');
  const fresh = await startGatewayProcess(upstream);
  console.log(`memory after ${RSS_REQUESTS} requests of A: ${Math.round(await rssAfter(fresh))} MB (target 120)`);
  fresh.stop();
  const starts: number[] = [];
  for (let run = 0; run < COLD_STARTS; run += 1) starts.push(await coldStart(upstream));
  console.log(`cold start to the first answer: ${Math.round(median(starts))} ms (target 500)\n`);
  console.log('| load | server | CPU s per 1,000 | to relay | added p50 ms | added p99 ms | memory MB | answers |');
  console.log('|---|---|---|---|---|---|---|---|');
  let base = 0;
  for (const workload of workloads) {
    await checks[workload](gateway).catch((error: Error) => failures.push(error.message));
    const servers = isTranslated(workload) ? [gateway] : passing;
    const direct = { port: mock.port, path: paths[workload], body: bodies[workload], headers: {} };
    const bare = (await runLoad({ ...direct, concurrency: 1, requests: SEQUENTIAL * 2 })).latenciesMs;
    const rows = await runWorkload(workload, servers);
    const relayCpu = rows.get(relay.name)?.cpu;
    if (relayCpu !== undefined) base = median(relayCpu);
    for (const server of servers) {
      const row = rows.get(server.name);
      if (row === undefined) continue;
      const cpu = median(row.cpu);
      if (row.failed > 0) failures.push(`${workload} ${server.name}: ${row.failed} failed`);
      print({
        workload,
        name: server.name,
        cpuPer1k: cpu,
        ratio: base === 0 ? Number.NaN : cpu / base,
        p50: median(row.latencies) - median(bare),
        p99: at(row.latencies, 0.99) - at(bare, 0.99),
        failed: row.failed,
        rss: rssMb(server.pid),
      });
    }
  }
} finally {
  for (const server of [...passing, mock]) server.stop();
}
console.log(failures.length === 0 ? '\nevery sampled answer was right' : `\n${failures.join('\n')}`);
process.exit(failures.length === 0 ? 0 : 1);
