import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FORMAT_IDS, type FormatId } from '../../packages/backend/src/types/format-id.ts';
import type { Agent } from './agent.ts';
import { CLAUDE_CODE } from './claude-code.ts';
import { CODEX } from './codex.ts';
import { GEMINI_CLI } from './gemini-cli.ts';
import { install } from './install.ts';
import { type Ended, judge } from './judge.ts';
import { OPENCODE } from './opencode.ts';
import { type Lineup, type OpenStage, openStage } from './stage.ts';

const AGENTS: readonly Agent[] = [CLAUDE_CODE, CODEX, GEMINI_CLI, OPENCODE];
const LINEUPS: readonly Lineup[] = [
  { name: 'a plain model', targets: ['agent'] },
  { name: 'a model that thinks', targets: ['thinking-agent'] },
  { name: 'two that fail before one that works', targets: ['status-503', 'garbage', 'agent'] },
];
const RUN_MS = 120_000;

const HELP = `Runs coding agents, as their makers publish them, through a gateway on this machine to a foreign upstream format
that the simulator speaks. Nothing beyond this machine is reached; only the first run fetches the agents from npm.

  bun test/agents/run.ts [name…] [--upstream <format>] [--all]

  name        ${AGENTS.map(({ name }) => name).join(', ')}; without any, each of them
  --upstream  one of ${FORMAT_IDS.join(', ')}
  --all       every upstream format, the agent's own among them`;

interface Outcome {
  readonly faults: readonly string[];
  readonly told: string;
  readonly transcript: string;
}

/** Runs the program in its stage. What the caller's environment holds for other installations stays outside. */
async function play(agent: Agent, program: string, stage: OpenStage): Promise<Ended> {
  const startedMs = performance.now();
  const child = Bun.spawn([program, ...agent.words(stage)], {
    cwd: stage.work,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: RUN_MS,
    killSignal: 'SIGKILL',
    env: {
      PATH: process.env['PATH'] ?? '',
      LANG: 'C.UTF-8',
      TERM: 'dumb',
      NO_COLOR: '1',
      HOME: stage.home,
      USERPROFILE: stage.home,
      XDG_CONFIG_HOME: join(stage.home, '.config'),
      XDG_DATA_HOME: join(stage.home, '.local/share'),
      XDG_STATE_HOME: join(stage.home, '.local/state'),
      XDG_CACHE_HOME: join(stage.home, '.cache'),
      HTTP_PROXY: stage.proxyUrl,
      HTTPS_PROXY: stage.proxyUrl,
      http_proxy: stage.proxyUrl,
      https_proxy: stage.proxyUrl,
      NO_PROXY: '127.0.0.1,localhost',
      no_proxy: '127.0.0.1,localhost',
      ...agent.env(stage),
    },
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, err, seconds: (performance.now() - startedMs) / 1000 };
}

async function runOnce(agent: Agent, program: string, upstream: FormatId, lineup: Lineup): Promise<Outcome> {
  const stage = await openStage(agent, upstream, lineup);
  try {
    const ended = await play(agent, program, stage);
    const [{ requests, results }, faults] = judge(ended, stage, lineup, upstream);
    const { recent } = stage.simulator.stats();
    const strangers = [...stage.strangers];
    const transcript = join(stage.folder, 'transcript.json');
    const whole = { agent: agent.name, upstream, models: lineup.name, faults, strangers, ended, recent };
    writeFileSync(transcript, JSON.stringify(whole, null, 2));
    // The rest is worth keeping only where something went wrong.
    if (faults.length === 0) for (const one of [stage.home, stage.work]) rmSync(one, { recursive: true, force: true });
    const refused = strangers.length === 0 ? '' : `; refused: ${strangers.join(', ')}`;
    const told = `${requests} requests, ${results.length} calls with results, ${ended.seconds.toFixed(1)} s${refused}`;
    return { faults, told, transcript };
  } finally {
    await stage.close();
  }
}

const { values, positionals } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    upstream: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const unknown = positionals.filter((name) => !AGENTS.some((agent) => agent.name === name));
const formats = FORMAT_IDS.filter((format) => values.upstream === undefined || format === values.upstream);
if (unknown.length > 0 || formats.length === 0) {
  console.error(
    `"${[...unknown, ...(formats.length === 0 ? [values.upstream] : [])].join(', ')}" is not known\n\n${HELP}`,
  );
  process.exit(2);
}

const wide = values.all || values.upstream !== undefined;
let [passed, failed, skipped] = [0, 0, 0];
for (const agent of AGENTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  const runs = (wide ? formats : agent.upstreams).flatMap((format) => LINEUPS.map((lineup) => ({ format, lineup })));
  const installed = await install(agent);
  if ('reason' in installed) {
    console.log(`left out  ${agent.name}: ${installed.reason}`);
    skipped += runs.length;
    continue;
  }
  for (const { format, lineup } of runs) {
    const { faults, told, transcript } = await runOnce(agent, installed.path, format, lineup);
    if (faults.length === 0) passed += 1;
    else failed += 1;
    console.log(
      `${faults.length === 0 ? 'ok      ' : 'FAILED  '}  ${agent.name} on ${format}, ${lineup.name}: ${told}`,
    );
    for (const fault of faults) console.log(`          ${fault}`);
    console.log(`          ${transcript}`);
  }
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 ? 0 : 1);
