import type * as Gateway from '@plexus/backend';

/** The part of the backend that commands use. */
export type Backend = Pick<typeof Gateway, 'startGateway' | 'checkConfig'>;

/** Everything outside the program that a command may touch, handed in so that a test can stand in for it. */
export interface World {
  /** Standard output: what the command was asked for. */
  out(line: string): void;
  /** Standard error: progress, hints and errors. */
  err(line: string): void;
  readonly colour: boolean;
  readonly version: string;
  readonly runtime: string;
  /** Loaded when a command needs it, so that `plexus version` does not pay for the gateway. */
  loadBackend(): Promise<Backend>;
  /** Calls the listener for each interrupt or termination signal. */
  onSignal(listener: (signal: string) => void): void;
  /** Ends the program at once. */
  exit(code: number): void;
  nowMs(): number;
}
