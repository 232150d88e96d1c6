#!/usr/bin/env bun
import manifest from '../package.json' with { type: 'json' };
import { runCli } from './main.ts';

const { env } = process;
const wanted = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
const refused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';

const code = await runCli(process.argv.slice(2), {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  colour: !refused && (wanted || process.stderr.isTTY === true),
  version: manifest.version,
  runtime: `Bun ${Bun.version}`,
  loadBackend: () => import('@plexus/backend'),
  onSignal: (listener) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => listener(signal));
  },
  exit: (exitCode) => process.exit(exitCode),
  nowMs: () => performance.now(),
});
process.exit(code);
