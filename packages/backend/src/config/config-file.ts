import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ConfigProblem } from './problem.ts';

const CONFIG_BYTES_MAX = 1024 * 1024;
const SECRET_BYTES_MAX = 64 * 1024;

/** The text of a configuration file with a digest to compare it by, or why it cannot be read. */
export type FileText =
  | { readonly ok: true; readonly text: string; readonly digest: string }
  | { readonly ok: false; readonly problem: ConfigProblem };

/** Reads a configuration file: at most 1 MiB of UTF-8, and the size is looked at before the content. */
export function readConfigFile(file: string): FileText {
  const refuse = (problem: string, fix: string): FileText => ({
    ok: false,
    problem: { file, line: 1, column: 1, field: '', problem, fix },
  });
  let bytes: Buffer;
  try {
    const state = statSync(file);
    if (!state.isFile()) return refuse('this is not a file', 'name a YAML file');
    if (state.size > CONFIG_BYTES_MAX) return refuse('the file is larger than 1 MiB', 'make it smaller');
    bytes = readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'ENOENT') return refuse('there is no such file', 'restore it, or start without it to get a fresh one');
    return refuse(`the file cannot be read (${code})`, 'let the user of the gateway read it');
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { ok: true, text, digest: createHash('sha256').update(bytes).digest('hex') };
  } catch {
    return refuse('the file is not UTF-8 text', 'save it as UTF-8');
  }
}

/** Reads secret files, relative ones from the folder of the configuration file. Throws when one cannot be read. */
export function secretFileReader(configFile: string): (path: string) => string {
  const folder = dirname(resolve(configFile));
  return (path) => {
    const file = resolve(folder, path);
    const state = statSync(file);
    // Reading a pipe would wait for its writer.
    if (!state.isFile() || state.size > SECRET_BYTES_MAX) throw new RangeError('not a file of at most 64 KiB');
    return readFileSync(file, 'utf8');
  };
}

/**
 * Writes a file that only its owner can read, whole or not at all. With `exclusive` an existing file is left alone
 * and the answer is false.
 */
export function writeWhole(file: string, text: string, exclusive = false): boolean {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.draft`;
  rmSync(draft, { force: true });
  const handle = openSync(draft, 'wx', 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  if (!exclusive) {
    renameSync(draft, file);
    return true;
  }
  try {
    // A link, unlike a rename, refuses to replace what is there.
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
