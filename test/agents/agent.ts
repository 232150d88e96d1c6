import type { FormatId } from '../../packages/backend/src/types/format-id.ts';

/** Where one run takes place: a home, a folder to work in, and a gateway that listens on this machine. */
export interface Stage {
  readonly home: string;
  readonly work: string;
  readonly gatewayUrl: string;
  readonly clientKey: string;
  readonly prompt: string;
}

/** One coding agent as its maker publishes it, with the settings that its documentation gives for a gateway. */
export interface Agent {
  readonly name: string;
  /** npm package and its exact version. */
  readonly package: string;
  readonly version: string;
  /** The program inside `node_modules/.bin`. */
  readonly program: string;
  /** True where the package's own install script puts the program in place. */
  readonly hasInstallScript: boolean;
  readonly speaks: FormatId;
  /** Upstream formats of an ordinary run; `--all` runs each of the four. */
  readonly upstreams: readonly FormatId[];
  /** False where it forgets the signature of a call, so that no upstream may insist on it. */
  readonly keepsSignatures: boolean;
  /** Names under which it asks for models; the gateway leads each to the simulator. */
  readonly models: readonly string[];
  /** Settings files, by their path under the home. */
  files(stage: Stage): Readonly<Record<string, string>>;
  env(stage: Stage): Readonly<Record<string, string>>;
  words(stage: Stage): readonly string[];
}
