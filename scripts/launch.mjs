// Plain JavaScript without dependencies: this runs before anything is installed, under Node 20 or newer or under Bun.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const FETCHED = join(ROOT, '.plexus', 'bun');
const STAMP = join(ROOT, 'node_modules', '.plexus-installed');
/** A package manager that ran no install scripts leaves a stub of a few hundred bytes where the program belongs. */
const PROGRAM_BYTES_MIN = 1_000_000;

/** What each word after `launch.mjs` runs; the caller's own arguments follow. */
const TASKS = {
  start: ['packages/cli/src/index.ts', 'serve'],
  dev: ['--watch', '--no-clear-screen', 'packages/cli/src/index.ts', 'serve', '--port', '4000'],
  plexus: ['packages/cli/src/index.ts'],
  test: ['scripts/test.ts'],
  check: ['scripts/check.ts'],
  format: ['node_modules/@biomejs/biome/bin/biome', 'check', '--write'],
  bench: ['bench/index.ts'],
  agents: ['test/agents/run.ts'],
  fuzz: ['scripts/fuzz.ts'],
  fidelity: ['packages/backend/test/e2e/fidelity.ts'],
  docs: ['scripts/print-docs.ts'],
};

function fail(text) {
  process.stderr.write(`plexus: ${text}\n`);
  process.exit(1);
}

function isProgram(path) {
  try {
    return statSync(path).size > PROGRAM_BYTES_MIN;
  } catch {
    return false;
  }
}

/** The Bun inside a `node_modules` folder: npm's own place first, then the platform packages that it unpacks from. */
function bunInside(modules, version) {
  try {
    if (JSON.parse(readFileSync(join(modules, 'bun', 'package.json'), 'utf8')).version !== version) return undefined;
  } catch {
    return undefined;
  }
  const own = join(modules, 'bun', 'bin', 'bun.exe');
  if (isProgram(own)) return own;
  const platforms = join(modules, '@oven');
  if (!existsSync(platforms)) return undefined;
  const name = process.platform === 'win32' ? 'bun.exe' : 'bun';
  return readdirSync(platforms)
    .map((folder) => join(platforms, folder, 'bin', name))
    .find((path) => isProgram(path) && versionOf(path) === version);
}

function versionOf(program) {
  const asked = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  return asked.status === 0 ? asked.stdout.trim() : undefined;
}

function bunOnPath(version) {
  const name = process.platform === 'win32' ? 'bun.exe' : 'bun';
  const places = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return places.map((folder) => join(folder, name)).find((path) => isProgram(path) && versionOf(path) === version);
}

function fetchBun(version) {
  process.stderr.write(`plexus: fetching Bun ${version} (once)\n`);
  mkdirSync(FETCHED, { recursive: true });
  writeFileSync(
    join(FETCHED, 'package.json'),
    `${JSON.stringify({ private: true, dependencies: { bun: version } })}\n`,
  );
  const underBun = process.versions.bun !== undefined;
  const [program, words] = underBun
    ? [process.execPath, ['install', '--no-save', '--cwd', FETCHED]]
    : ['npm', ['install', '--prefix', FETCHED, '--no-save', '--no-audit', '--no-fund', '--loglevel=error']];
  // Windows starts npm through a command file, which needs a shell; the words are ours, so nothing needs quoting
  // but the folder.
  const shell = !underBun && process.platform === 'win32';
  const quoted = shell ? words.map((word) => (word === FETCHED ? `"${word}"` : word)) : words;
  const fetched = spawnSync(program, quoted, { cwd: FETCHED, stdio: ['ignore', 'ignore', 2], shell });
  if (fetched.error !== undefined)
    fail(`could not run ${program}: ${fetched.error.message}; install Bun ${version} or npm`);
  const found = bunInside(join(FETCHED, 'node_modules'), version);
  return found ?? fail(`Bun ${version} could not be fetched; put it on the PATH and start again`);
}

function findBun(version) {
  if (process.versions.bun === version) return process.execPath;
  return (
    bunInside(join(ROOT, 'node_modules'), version) ??
    bunInside(join(FETCHED, 'node_modules'), version) ??
    bunOnPath(version) ??
    fetchBun(version)
  );
}

/** The stamp holds the lockfile's digest, so that a checkout of another commit installs again and a warm tree never does. */
function installWhenStale(bun) {
  const digest = createHash('sha256')
    .update(readFileSync(join(ROOT, 'bun.lock')))
    .digest('hex');
  try {
    if (readFileSync(STAMP, 'utf8') === digest) return;
  } catch {
    // No stamp: nothing was installed by this script yet.
  }
  process.stderr.write('plexus: installing packages\n');
  // Bun runs the install scripts of a few packages with `node`; on a machine without it, Bun stands in for it.
  const installed = spawnSync(bun, ['install', '--frozen-lockfile'], { cwd: ROOT, stdio: ['ignore', 'ignore', 2] });
  if (installed.status !== 0) fail('the packages could not be installed; the lines above say why');
  writeFileSync(STAMP, digest);
}

/** Runs until the program ends and ends the same way. Signals pass on, so that the gateway drains. */
function run(bun, words, isServer) {
  const bins = join(ROOT, 'node_modules', '.bin');
  const env = { ...process.env, PATH: `${dirname(bun)}${delimiter}${bins}${delimiter}${process.env.PATH ?? ''}` };
  // Bun reads this once at launch; without it `fetch` holds at most 256 calls open and queues the others unseen.
  env.BUN_CONFIG_MAX_HTTP_REQUESTS ??= '65535';
  // The collector lets a heap grow in step with the machine's memory; sized for 1 GiB it keeps the gateway a quarter
  // smaller (104 against 135 MB after 100,000 requests) at the same cost of processor time.
  if (isServer) env.BUN_JSC_forceRAMSize ??= String(1024 ** 3);
  const child = spawn(bun, words, { cwd: ROOT, stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`${bun} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

const [task = 'start', ...rest] = process.argv.slice(2);
const words = TASKS[task];
if (words === undefined) fail(`"${task}" is not a task; choose one of ${Object.keys(TASKS).join(', ')}`);
const version = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).devDependencies.bun;
const bun = findBun(version);
installWhenStale(bun);
run(bun, [...words, ...rest], ['start', 'dev', 'plexus'].includes(task));
