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

const CANNOT_LISTEN: Readonly<Record<string, { problem: string; hint: string }>> = {
  EADDRINUSE: {
    problem: 'another program already listens there',
    hint: 'stop that program, or choose another port: plexus serve --port 4001',
  },
  EACCES: {
    problem: 'this user may not listen there',
    hint: 'choose a port above 1023: plexus serve --port 4000',
  },
  EADDRNOTAVAIL: {
    problem: 'this machine has no such address',
    hint: 'choose an address of this machine: plexus serve --host 127.0.0.1',
  },
};

/**
 * Any thrown thing as a `CommandFailure`. `where` names the address for failures to listen. Gateway errors carry
 * complete text for users and keep it; an unknown error keeps its message, which is all that is known.
 */
export function asCommandFailure(thrown: unknown, where = 'the configured address'): CommandFailure {
  if (thrown instanceof CommandFailure) return thrown;
  const cause = systemCode(thrown);
  const listen = cause === undefined ? undefined : CANNOT_LISTEN[cause];
  const code = textAt(thrown, 'code') ?? 'failure';
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (code === 'config_invalid') return new CommandFailure(code, message, { exitCode: EXIT.config });
  // A store or a secret file can be refused with the same system codes; only a failure to listen is reworded.
  if (listen !== undefined && !code.startsWith('store_')) {
    const text = `cannot listen on ${where}: ${listen.problem}`;
    return new CommandFailure('listen_failed', text, { exitCode: EXIT.failure, hint: listen.hint });
  }
  return new CommandFailure(code, message, { exitCode: EXIT.failure });
}
