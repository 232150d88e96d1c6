import type { FormatId } from './format-id.ts';
import type { Quirks, TargetProfile } from './ir/target.ts';

/** How a provider takes its credential. */
export type AuthScheme = 'bearer' | 'x-api-key' | 'x-goog-api-key' | 'api-key' | 'none';

/** One credential of a provider. */
export interface Account {
  readonly id: string;
  /** Reads the secret when a call is made. Absent where the provider wants none. */
  readonly secret?: (() => string) | undefined;
  /** Why this account cannot be used, in words for people (which variable is missing); absent when it can. */
  readonly unusable?: string | undefined;
}

/** A provider as the dispatcher needs it: resolved, checked, immutable. */
export interface Provider {
  readonly id: string;
  /** Definition it was made from, `openai`, `simulator`, `openai-chat` … */
  readonly type: string;
  /** Base address for each API that it speaks, without a trailing slash; the first is preferred. */
  readonly addresses: ReadonlyMap<FormatId, string>;
  readonly auth: Readonly<Partial<Record<FormatId, AuthScheme>>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly quirks: Quirks;
  readonly accounts: readonly Account[];
  /** Loopback and private addresses are allowed for this provider; link-local and metadata never are. */
  readonly privateNetwork: boolean;
  /** Deadline for response headers, for providers or models known to be slow. */
  readonly firstByteMs?: number | undefined;
  /** Why no request may go there now (switched off, credential missing); absent when it can serve. */
  readonly unusable?: string | undefined;
}

/** One place a request may go: provider, account, model, and the API to speak there. */
export interface Target {
  /** "<provider>/<model>". */
  readonly id: string;
  readonly provider: Provider;
  readonly account: Account;
  readonly model: string;
  /** One profile for each API the target can be asked in, the preferred one first. */
  readonly profiles: ReadonlyMap<FormatId, TargetProfile>;
  readonly weight: number;
  /** Why this target may not be tried now, its provider's or account's reason included; absent when it can. */
  readonly unusable?: string | undefined;
}

export type SelectorId = 'in_order' | 'random';

/** A name that clients use, and where it leads. Aliases of aliases are already resolved. */
export interface Alias {
  readonly name: string;
  readonly selector: SelectorId;
  readonly targets: readonly Target[];
  /** False: the name is configured but switched off; it is not listed, and every target is refused. */
  readonly enabled?: boolean | undefined;
}

/** A caller's key. The key itself is not kept: `hash` is HMAC-SHA-256 under the server's pepper, in hex. */
export interface ClientKey {
  readonly id: string;
  readonly hash: string;
  readonly role: 'client' | 'admin';
  readonly enabled: boolean;
  /** Alias names the key may use, `*` for all; also matched against final targets, so `direct/` cannot pass it. */
  readonly allow: readonly string[];
}

/** Everything a request needs to know of the configuration, swapped as one reference on reload. */
export interface Snapshot {
  readonly version: number;
  readonly loadedAtMs: number;
  readonly aliases: ReadonlyMap<string, Alias>;
  readonly providers: ReadonlyMap<string, Provider>;
  /** Key by its hash. */
  readonly keys: ReadonlyMap<string, ClientKey>;
  readonly limits: Limits;
}

/** Every wait and buffer of the data plane, by name. Defaults: reliability-security 3.1. */
export interface Limits {
  readonly bodyBytesMax: number;
  readonly bodyMs: number;
  /** Response headers of an attempt. */
  readonly firstByteMs: number;
  /** Response headers of an attempt that is not streamed: they come when the whole answer is made. */
  readonly unaryMs: number;
  /** First content event after the headers. */
  readonly firstContentMs: number;
  /** Silence between two events. */
  readonly stallMs: number;
  /** A client that does not read. */
  readonly clientStallMs: number;
  readonly attemptMs: number;
  readonly requestMs: number;
  readonly attemptsMax: number;
  readonly keepAliveMs: number;
  readonly openRequestsMax: number;
  readonly replyBytesMax: number;
}
