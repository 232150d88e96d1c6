import pino from 'pino';

/** The levels of the log, most serious first; `silly` is below `debug`. */
export interface Logger {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  silly(fields: object, message: string): void;
}

/** JSON lines on standard error, so that standard output stays for what a command prints. Named fields only. */
export function createLogger(level: string): Logger {
  const base = pino(
    { level, base: null, customLevels: { silly: 5 }, formatters: { level: (label) => ({ level: label }) } },
    pino.destination({ dest: 2, sync: true }),
  );
  return {
    error: (fields, message) => base.error(fields, message),
    warn: (fields, message) => base.warn(fields, message),
    info: (fields, message) => base.info(fields, message),
    debug: (fields, message) => base.debug(fields, message),
    silly: (fields, message) => base.silly(fields, message),
  };
}
