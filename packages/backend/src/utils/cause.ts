/** A cause in one line for the log: name and message, never a body and never a header. */
export function describeCause(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  if (!(cause instanceof Error)) return typeof cause;
  // The parser of JSON quotes what it could not read.
  if (cause instanceof SyntaxError) return cause.name;
  return `${cause.name}: ${cause.message}`.slice(0, 300);
}
