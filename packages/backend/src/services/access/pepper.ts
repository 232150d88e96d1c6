import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '../../types/errors.ts';
import type { Logger } from '../../utils/logger.ts';

const PEPPER_BYTES = 32;
const OWNER_ONLY = 0o600;
const OTHERS = 0o077;

/**
 * The server's pepper, 32 bytes, from `<folder>/pepper`; made there on the first start. It is never overwritten:
 * every stored key hash hangs on it. A file that others can read is closed to them, or warned about where that
 * is not permitted. Throws `store_unavailable` with the path and the fix.
 */
export function loadPepper(folder: string, log: Pick<Logger, 'warn'>): Uint8Array {
  const path = join(folder, 'pepper');
  const bytes = readPepper(path) ?? createPepper(folder, path);
  if (bytes.length !== PEPPER_BYTES) {
    throw new GatewayError(
      'store_unavailable',
      `${path} holds ${bytes.length} bytes in place of 32; put back the file from a backup, or remove it and make new client keys`,
    );
  }
  closeToOthers(path, log);
  return bytes;
}

function readPepper(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unusable(path, 'read', error);
  }
}

/** Written whole beside its place and then linked there: a reader sees all or nothing, and the first one wins. */
function createPepper(folder: string, path: string): Uint8Array {
  const draft = `${path}.${crypto.randomUUID()}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeDraft(draft);
    try {
      linkSync(draft, path);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    } finally {
      unlinkSync(draft);
    }
    syncFolder(folder);
  } catch (error) {
    throw unusable(path, 'create', error);
  }
  return new Uint8Array(readFileSync(path));
}

function writeDraft(draft: string): void {
  const file = openSync(draft, 'wx', OWNER_ONLY);
  try {
    writeSync(file, crypto.getRandomValues(new Uint8Array(PEPPER_BYTES)));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function closeToOthers(path: string, log: Pick<Logger, 'warn'>): void {
  const mode = statSync(path).mode & 0o777;
  if ((mode & OTHERS) === 0) return;
  try {
    chmodSync(path, OWNER_ONLY);
    log.warn({ path, mode: mode.toString(8) }, 'the pepper file was open to other users; it is closed to them now');
  } catch {
    log.warn({ path, mode: mode.toString(8) }, 'the pepper file is open to other users; set its mode to 600');
  }
}

function unusable(path: string, verb: string, cause: unknown): GatewayError {
  const reason = codeOf(cause) ?? 'an unknown error';
  return new GatewayError(
    'store_unavailable',
    `cannot ${verb} ${path} (${reason}); give the gateway a data folder that it may write to`,
    { cause },
  );
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
