import { afterAll, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

// Each test starts a gateway in a process of its own, through the launcher as a user would.
setDefaultTimeout(60_000);

const ROOT = dirname(import.meta.dir);
const home = mkdtempSync(join(tmpdir(), 'plexus-start-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const words = ['--port', '0', '--config', join(home, 'plexus.yaml'), '--data', join(home, 'data')];

/** Known after the first start, which prints it once. */
let clientKey = '';

/** A started gateway: what it printed until it was ready, and its process. */
async function start() {
  const child = Bun.spawn([process.execPath, 'scripts/launch.mjs', 'start', ...words], {
    cwd: ROOT,
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const said = { out: '' };
  const reading = (async () => {
    for await (const bytes of child.stdout) {
      said.out += new TextDecoder().decode(bytes);
      if (said.out.includes('ready on')) return;
    }
  })();
  await reading;
  const url = /ready on (\S+)/.exec(said.out)?.[1] ?? '';
  if (url === '') throw new Error(`the gateway did not start: ${await new Response(child.stderr).text()}`);
  return { child, url, out: said.out };
}

test('the first start prints two keys and a request that works as it is printed', async () => {
  const { child, url, out } = await start();
  expect(out).toMatch(/Admin key {3}plx_admin_\w+/);
  expect(out).toMatch(/Client key {2}plx_client_\w+/);
  clientKey = /plx_client_\w+/.exec(out)?.[0] ?? '';
  const line = /^curl .*$/m.exec(out)?.[0] ?? '';
  expect(line).toContain(url);
  if (Bun.which('curl') === null) {
    console.info('the printed request is not sent: there is no curl on the PATH');
  } else {
    const answer = Bun.spawnSync(['sh', '-c', `${line} --silent --show-error`]);
    expect(JSON.parse(answer.stdout.toString()).choices[0].message.content).toContain('Hello');
  }
  child.kill('SIGTERM');
  expect(await child.exited).toBe(0);
});

/** The examples of the README, each with the name of its package. */
const examples = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^```ts\n(.*?)^```/gms)].map((match) => {
  const code = match[1] ?? '';
  return { name: /from '([^']+)'/.exec(code)?.[1] ?? '', code };
});

test('the README shows each official SDK', () => {
  expect(examples.map(({ name }) => name)).toEqual(['openai', '@anthropic-ai/sdk', '@google/genai']);
});

test.each(examples)("the README's example for $name works as it is printed", async ({ name, code }) => {
  // Beside the installed packages, so that the example finds its own.
  const folder = join(ROOT, '.plexus', 'readme');
  const file = join(folder, `${name.replaceAll('/', '-')}.ts`);
  const { child, url } = await start();
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, code.replaceAll('http://127.0.0.1:4000', url));
  const run = Bun.spawnSync([process.execPath, file], { env: { ...process.env, PLEXUS_KEY: clientKey } });
  rmSync(file);
  expect(run.stderr.toString()).toBe('');
  expect(run.stdout.toString()).toContain('Hello');
  child.kill('SIGTERM');
  expect(await child.exited).toBe(0);
});

test('a later start prints no key, and a signal to the launcher drains the gateway', async () => {
  const { child, url, out } = await start();
  expect(out).not.toContain('plx_');
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  child.kill('SIGINT');
  expect(await child.exited).toBe(0);
  expect(await new Response(child.stderr).text()).toContain('Stopped.');
});

test('the server is started with room for more than 256 calls at once', async () => {
  const { child } = await start();
  const pid = Bun.spawnSync(['sh', '-c', `cat /proc/${child.pid}/task/*/children`])
    .stdout.toString()
    .trim();
  if (pid === '') {
    console.info('the environment is not looked at: this system has no /proc with children');
  } else {
    const environment = await Bun.file(`/proc/${pid.split(' ')[0]}/environ`).text();
    expect(environment.split('\0')).toContain('BUN_CONFIG_MAX_HTTP_REQUESTS=65535');
  }
  child.kill('SIGTERM');
  expect(await child.exited).toBe(0);
});
