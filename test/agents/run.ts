import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { HARD_LINE } from '../../packages/backend/src/simulator/scenarios/agent.ts';
import { FORMAT_IDS, type FormatId } from '../../packages/backend/src/types/format-id.ts';
import type { Agent } from './agent.ts';
import { CLAUDE_CODE } from './claude-code.ts';
import { CODEX } from './codex.ts';
import { evidenceOf } from './evidence.ts';
import { GEMINI_CLI } from './gemini-cli.ts';
import { install } from './install.ts';
import { OPENCODE } from './opencode.ts';
import { FIRST_LINE, NEW_FILE, type OpenStage, openStage, PICTURE, SECRET_WORD } from './stage.ts';

const AGENTS: readonly Agent[] = [CLAUDE_CODE, CODEX, GEMINI_CLI, OPENCODE];
const SCENARIOS = ['agent', 'thinking-agent'] as const;
const RUN_MS = 120_000;
const CALLS_MIN = 4;

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

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly seconds: number;
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

async function runOnce(agent: Agent, program: string, upstream: FormatId, scenario: string): Promise<Outcome> {
  const stage = await openStage(agent, upstream, scenario);
  try {
    const ended = await play(agent, program, stage);
    const { recent } = stage.simulator.stats();
    const { requests, results } = evidenceOf(recent, upstream);
    const faults: string[] = [];
    if (ended.code !== 0) faults.push(`it ended with exit code ${ended.code}`);
    if (!ended.out.includes(SECRET_WORD)) faults.push('its last words do not quote the file');
    if (results.length < CALLS_MIN)
      faults.push(`${results.length} calls came back with results; ${CALLS_MIN} are wanted`);
    if (!results.some((text) => text.includes(SECRET_WORD))) faults.push('no result upstream holds the file');
    if (!recent.some(({ body }) => body.includes(PICTURE))) faults.push('the picture did not reach the upstream');
    const written = join(stage.work, NEW_FILE);
    const text = existsSync(written) ? readFileSync(written, 'utf8') : undefined;
    if (text?.trimEnd() !== `${FIRST_LINE}\n${HARD_LINE}`)
      faults.push(`the file that it wrote holds ${JSON.stringify(text)}`);
    const transcript = join(stage.folder, 'transcript.json');
    const strangers = [...stage.strangers];
    writeFileSync(
      transcript,
      JSON.stringify({ agent: agent.name, upstream, scenario, faults, strangers, ended, recent }, null, 2),
    );
    const told = `${requests} requests, ${results.length} calls with results, ${ended.seconds.toFixed(1)} s${strangers.length === 0 ? '' : `; refused: ${strangers.join(', ')}`}`;
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
  const runs = (wide ? formats : agent.upstreams).flatMap((format) =>
    SCENARIOS.map((scenario) => ({ format, scenario })),
  );
  const installed = await install(agent);
  if ('reason' in installed) {
    console.log(`left out  ${agent.name}: ${installed.reason}`);
    skipped += runs.length;
    continue;
  }
  for (const { format, scenario } of runs) {
    const { faults, told, transcript } = await runOnce(agent, installed.path, format, scenario);
    if (faults.length === 0) passed += 1;
    else failed += 1;
    console.log(`${faults.length === 0 ? 'ok      ' : 'FAILED  '}  ${agent.name} on ${format}, ${scenario}: ${told}`);
    for (const fault of faults) console.log(`          ${fault}`);
    console.log(`          ${transcript}`);
  }
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 ? 0 : 1);
