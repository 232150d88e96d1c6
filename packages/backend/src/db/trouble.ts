import { GatewayError } from '../types/errors.ts';

/** What went wrong with a database file, small enough to pass between threads. */
export interface Trouble {
  /** SQLite's or the system's code, `SQLITE_FULL`, `EACCES`; `UNKNOWN` for anything else. */
  readonly code: string;
  readonly message: string;
}

/** Fixes for operators, by the beginning of the code. The first that fits is told. */
const FIXES: readonly (readonly [string, string])[] = [
  ['SQLITE_NOTADB', 'the file is not a SQLite database; move it away, or name another file'],
  ['SQLITE_CORRUPT', 'the database is damaged; stop the gateway, move the file away and put back a backup'],
  ['SQLITE_FULL', 'the disk is full; free some space'],
  ['SQLITE_READONLY', 'the file or its folder cannot be written; give the gateway’s user the right to write there'],
  ['SQLITE_CANTOPEN', 'the file cannot be opened; check that its folder exists and may be written to'],
  ['SQLITE_PERM', 'the file cannot be written; give the gateway’s user the right to write there'],
  ['SQLITE_BUSY', 'another program holds the database locked; close it'],
  ['SQLITE_IOERR', 'the disk reports errors; check it and the free space'],
  ['EACCES', 'the folder cannot be written; give the gateway’s user the right to write there'],
  ['EPERM', 'the folder cannot be written; give the gateway’s user the right to write there'],
  ['EROFS', 'the folder is on a read-only disk; name another folder'],
  ['ENOSPC', 'the disk is full; free some space'],
  ['ENOTDIR', 'a part of the path is a file; name another folder'],
  ['EEXIST', 'a part of the path is a file; name another folder'],
];

/** A thrown thing as code and message. Never throws. */
export function troubleOf(thrown: unknown): Trouble {
  if (!(thrown instanceof Error)) return { code: 'UNKNOWN', message: String(thrown) };
  // A migration's error wraps the database's own, which says more.
  if (thrown.cause instanceof Error && !('code' in thrown)) return troubleOf(thrown.cause);
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : 'UNKNOWN';
  return { code, message: thrown.message };
}

/** What an operator should do about it; undefined when there is no better advice than the message. */
export function fixFor({ code }: Trouble): string | undefined {
  return FIXES.find(([start]) => code.startsWith(start))?.[1];
}

/** `store_unavailable` that names the path, the problem and the fix. */
export function storeUnavailable(path: string, thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const trouble = troubleOf(thrown);
  const fix = fixFor(trouble);
  const text = `the database ${path} cannot be used: ${trouble.message} (${trouble.code})${fix ? `; ${fix}` : ''}`;
  return new GatewayError('store_unavailable', text, { cause: thrown });
}
