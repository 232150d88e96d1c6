/** Exit codes of the `plexus` command; scripts rely on them. */
export const EXIT = { ok: 0, failure: 1, usage: 2, config: 3, interrupted: 130 } as const;

/** A failure as a command reports it: a stable code, one text for people, and what to do about it. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, details: { exitCode: number; hint?: string }) {
    super(message);
    this.code = code;
    this.exitCode = details.exitCode;
    this.hint = details.hint;
  }
}

/** A wrong word or flag on the command line. */
export function usageFailure(message: string, hint = 'see "plexus --help"'): CommandFailure {
  return new CommandFailure('usage', message, { exitCode: EXIT.usage, hint });
}

/** Reads one string property of anything thrown, without trusting its shape. */
function textAt(thrown: unknown, key: string): string | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  const value: unknown = Reflect.get(thrown, key);
  return typeof value === 'string' ? value : undefined;
}

/** The first system error code ("EADDRINUSE" …) in the thrown thing or in what caused it, at most 5 deep. */
function systemCode(thrown: unknown): string | undefined {
  let current = thrown;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    const code = textAt(current, 'code');
    if (code?.startsWith('E') === true) return code;
    current = current.cause;
  }
  return undefined;
}

/** The configuration is right and the machine says no: the address is taken, or is not there. */
const CANNOT_LISTEN: ReadonlySet<string | undefined> = new Set(['EADDRINUSE', 'EADDRNOTAVAIL']);

/**
 * Any thrown thing as a `CommandFailure`. Gateway errors carry complete text for users and keep it; an unknown error
 * keeps its message, which is all that is known.
 */
export function asCommandFailure(thrown: unknown): CommandFailure {
  if (thrown instanceof CommandFailure) return thrown;
  const code = textAt(thrown, 'code') ?? 'failure';
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (CANNOT_LISTEN.has(systemCode(thrown)))
    return new CommandFailure('listen_failed', message, { exitCode: EXIT.failure });
  return new CommandFailure(code, message, { exitCode: code === 'config_invalid' ? EXIT.config : EXIT.failure });
}
