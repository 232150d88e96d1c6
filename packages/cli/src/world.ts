/** How a gateway is started. Paths are relative to the working folder; what is absent comes from the configuration. */
export interface GatewayOptions {
  readonly configFile: string;
  readonly dataFolder: string;
  readonly host?: string;
  readonly port?: number;
  readonly simulator?: boolean;
  readonly logLevel?: string;
}

/** A gateway that answers. `stop` lets open requests finish for at most `graceMs`. */
export interface RunningGateway {
  readonly url: string;
  /** Present on the first start of a data folder only: the keys are stored as hashes and cannot be shown again. */
  readonly firstStart?: { readonly adminKey: string; readonly clientKey: string } | undefined;
  stop(graceMs?: number): Promise<void>;
}

/** What a configuration that holds leads to. */
export interface ConfigSummary {
  readonly providers: number;
  readonly aliases: number;
  readonly warnings: readonly string[];
}

/** The part of the backend that commands use. */
export interface Backend {
  startGateway(options: GatewayOptions): Promise<RunningGateway>;
  /** Reads a configuration without starting anything. Throws `config_invalid` with every problem in its message. */
  checkConfig(configFile: string): Promise<ConfigSummary>;
}

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
