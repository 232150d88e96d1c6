import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Agent } from './agent.ts';

/** Kept between runs, outside of what is committed. */
const CACHE = join(dirname(dirname(import.meta.dir)), '.plexus', 'agents');
const INSTALL_MS = 300_000;
const ASK_MS = 60_000;

export type Installed = { readonly path: string } | { readonly reason: string };

/** The program of an agent, installed once for each version; or why there is none on this machine. */
export async function install(agent: Agent): Promise<Installed> {
  const folder = join(CACHE, `${agent.name}-${agent.version}`);
  const path = join(folder, 'node_modules', '.bin', agent.program);
  if (!existsSync(path)) {
    const fault = await fetchInto(folder, agent);
    if (fault !== undefined) return { reason: `${agent.package}@${agent.version} could not be installed: ${fault}` };
  }
  const asked = await said([path, '--version'], folder, ASK_MS);
  return asked.code === 0 ? { path } : { reason: `${agent.program} --version ended with ${asked.code}: ${asked.tail}` };
}

async function fetchInto(folder: string, agent: Agent): Promise<string | undefined> {
  mkdirSync(folder, { recursive: true });
  const file = {
    private: true,
    dependencies: { [agent.package]: agent.version },
    trustedDependencies: agent.hasInstallScript ? [agent.package] : [],
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(file));
  // Its own configuration, or that of the repository would hold for this folder inside it.
  writeFileSync(join(folder, 'bunfig.toml'), '[install]\nlinker = "hoisted"\n');
  const installed = await said([process.execPath, 'install', '--no-save'], folder, INSTALL_MS);
  return installed.code === 0 ? undefined : installed.tail;
}

async function said(words: string[], cwd: string, timeout: number): Promise<{ code: number; tail: string }> {
  try {
    const child = Bun.spawn(words, { cwd, timeout, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { code, tail: `${out}${err}`.trim().split('\n').slice(-3).join(' ') };
  } catch (error) {
    return { code: -1, tail: String(error) };
  }
}
