import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server under test, on a port of its own. */
export interface Contender {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  /** Headers that it wants from a client. */
  readonly headers: Readonly<Record<string, string>>;
  stop(): void;
}

const ROOT = join(import.meta.dir, '..');
const READY_MS = 20_000;
const hasTaskset = spawnSync('taskset', ['-V']).status === 0;

/** The command on one processor, where the machine has the tool for it. */
function pinned(core: number, command: readonly string[]): readonly string[] {
  return hasTaskset ? ['taskset', '-c', String(core), ...command] : command;
}

function start(core: number, command: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const [program = '', ...args] = pinned(core, command);
  return spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, BUN_CONFIG_MAX_HTTP_REQUESTS: '65535', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The first line that `wanted` finds something in. */
function firstMatch(child: ChildProcess, wanted: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`no "${wanted.source}" within ${READY_MS} ms: ${text}`)), READY_MS);
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const found = wanted.exec(text)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
    child.on('exit', (code) => reject(new Error(`ended with ${code}: ${text}`)));
  });
}

async function contender(name: string, child: ChildProcess, wanted: RegExp): Promise<Contender> {
  const port = Number(await firstMatch(child, wanted));
  return { name, port, pid: child.pid ?? 0, headers: {}, stop: () => child.kill('SIGTERM') };
}

const bun = process.execPath;
const PORT_LINE = /"port":(\d+)/;

export const startMock = () => contender('mock', start(0, [bun, 'bench/mock.ts', '0']), PORT_LINE);

export const startRelay = (mode: 'bytes' | 'parse', upstream: string) =>
  contender(`relay, ${mode}`, start(1, [bun, 'bench/relay.ts', mode, '0', upstream]), PORT_LINE);

const CLIENT_KEY = 'bench-client-key';

/** What the gateway under test is configured with: keys are checked, records are written. */
function writeConfig(folder: string, upstream: string): string {
  const pepper = Buffer.alloc(32, 7);
  writeFileSync(join(folder, 'pepper'), pepper, { mode: 0o600 });
  const hash = new Bun.CryptoHasher('sha256', pepper).update(CLIENT_KEY).digest('hex');
  const file = join(folder, 'plexus.yaml');
  writeFileSync(
    file,
    `listen: { port: 0 }
providers:
  chat: { type: openai-chat, baseUrl: "${upstream}/v1", apiKey: "\${BENCH_UPSTREAM_KEY}", privateNetwork: true }
  messages: { type: anthropic-messages, baseUrl: "${upstream}", apiKey: "\${BENCH_UPSTREAM_KEY}", privateNetwork: true }
models:
  bench: chat/mock-large
  bench-chat: chat/mock-mixed
  bench-messages: messages/mock-mixed
keys:
  - id: bench
    hash: ${hash}
    allow: ["*"]
`,
  );
  return file;
}

export async function startGatewayProcess(upstream: string): Promise<Contender> {
  const folder = mkdtempSync(join(tmpdir(), 'plexus-bench-'));
  const config = writeConfig(folder, upstream);
  const command = [bun, 'packages/cli/src/index.ts', 'serve', '--port', '0', '--config', config, '--data', folder];
  // The launcher of `npm start` gives a server this environment.
  const env = { BENCH_UPSTREAM_KEY: 'upstream-key', BUN_JSC_forceRAMSize: String(1024 ** 3) };
  const child = start(1, [...command, '--no-simulator', '--log-level', 'warn'], env);
  const started = await contender('plexus', child, /ready on http:\/\/[^:]+:(\d+)/);
  return { ...started, headers: { authorization: `Bearer ${CLIENT_KEY}` } };
}

/** nginx as a plain proxy with kept connections and one worker; undefined where it is not installed. */
export async function startNginx(upstream: string): Promise<Contender | undefined> {
  if (spawnSync('nginx', ['-v']).status !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'plexus-bench-nginx-'));
  const probe = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } });
  const { port } = probe;
  probe.stop(true);
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr crit; user root;
events { worker_connections 1024; }
http {
  access_log off; client_max_body_size 256m; client_body_buffer_size 1m; proxy_request_buffering on;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  upstream mock { server ${upstream.replace('http://', '')}; keepalive 64; }
  server {
    listen 127.0.0.1:${port}; keepalive_requests 1000000;
    location / { proxy_pass http://mock; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
  }
}
`,
  );
  const child = start(1, ['nginx', '-p', folder, '-c', file]);
  for (let tries = 0; tries < 100; tries += 1) {
    const isUp = await fetch(`http://127.0.0.1:${port}/stats`).then(
      (reply) => reply.ok,
      () => false,
    );
    if (isUp) return { name: 'nginx', port, pid: child.pid ?? 0, headers: {}, stop: () => child.kill('SIGQUIT') };
    await Bun.sleep(50);
  }
  child.kill('SIGKILL');
  return undefined;
}

/** Processor time of a process with all its threads and children, in milliseconds. */
export function cpuMs(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return children.reduce((sum, child) => sum + cpuMs(Number(child)), ticks * 10);
}

/** Resident memory in MB, children included. */
export function rssMb(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const own = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  return children.reduce((sum, child) => sum + rssMb(Number(child)), own);
}
