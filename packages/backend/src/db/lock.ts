import { Database } from 'bun:sqlite';
import { closeSync, openSync, readSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { GatewayError } from '../types/errors.ts';

/** Where SQLite keeps `user_version` in a file's head: four bytes, big endian. */
const USER_VERSION_AT = 60;

/** Paths held by this process. POSIX drops a process's locks on a file when it closes any handle of it, so a path that is held here must not be touched again. */
const held = new Set<string>();

/**
 * Makes this process the only gateway on a database file; gives the function that lets go.
 *
 * The lock is the system's own, on `<file>.lock`, held through a small SQLite file: it is portable, and it ends
 * with the process however that dies, so a lock left by a dead process is never in the way and a process number
 * that was used again cannot be mistaken for its holder. The holder's number stands in the file for the message.
 * Throws `store_unavailable` naming the holder's pid, or SQLite's errors when the folder cannot be used.
 */
export function lockDatabase(file: string): () => void {
  const path = `${join(realpathSync(dirname(file)), basename(file))}.lock`;
  if (held.has(path)) throw heldBy(file, process.pid);
  const lock = new Database(path, { create: true, readwrite: true });
  try {
    lock.run('PRAGMA locking_mode = EXCLUSIVE');
    lock.run('PRAGMA journal_mode = MEMORY');
    lock.run('BEGIN EXCLUSIVE');
    lock.run(`PRAGMA user_version = ${process.pid}`);
    lock.run('COMMIT');
  } catch (error) {
    lock.close();
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')) {
      throw heldBy(file, holderOf(path));
    }
    throw error;
  }
  held.add(path);
  return () => {
    lock.close();
    held.delete(path);
  };
}

function holderOf(path: string): number {
  const bytes = Buffer.alloc(4);
  const handle = openSync(path, 'r');
  try {
    readSync(handle, bytes, 0, 4, USER_VERSION_AT);
  } finally {
    closeSync(handle);
  }
  return bytes.readUInt32BE();
}

function heldBy(file: string, pid: number): GatewayError {
  const holder = pid === 0 ? 'another gateway' : `the gateway with process id ${pid}`;
  return new GatewayError(
    'store_unavailable',
    `the database ${file} is in use by ${holder}; stop that one first, or give this one a data folder of its own`,
  );
}
