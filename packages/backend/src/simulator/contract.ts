import type { FormatId } from '../types/format-id.ts';
import type { JsonObject } from '../types/json.ts';

/** A declared function tool, whatever the API calls it. `schema` is the JSON Schema of its arguments. */
export interface DeclaredTool {
  readonly name: string;
  readonly schema: JsonObject;
}

/** One image, file or sound that arrived in a request; `bytes` counts the decoded payload. */
export interface ReceivedMedia {
  readonly mime: string;
  readonly source: string;
  readonly bytes: number | undefined;
  readonly sha256: string | undefined;
}

/** A tool result of the round that the caller has just finished. */
export interface ReceivedResult {
  readonly name: string | undefined;
  readonly text: string;
}

/** What a scenario may look at: one request, free of the words of any API. */
export interface Ask {
  readonly format: FormatId;
  readonly model: string;
  readonly stream: boolean;
  /** Digest of model and body; all ids of the answer derive from it. */
  readonly seed: string;
  readonly lastUserText: string;
  /** All texts of the user, oldest first: clients add reminders of their own behind what a person asked. */
  readonly userTexts: readonly string[];
  /** Results that came after the last call turn; empty when the caller has just spoken. */
  readonly results: readonly ReceivedResult[];
  /** Call turns since the caller last spoke. */
  readonly rounds: number;
  /** Proofs of reasoning that came back since the caller last spoke. */
  readonly proofs: number;
  /** Tools that may be called: none where the caller's choice forbids it. */
  readonly tools: readonly DeclaredTool[];
  /** The caller takes several calls in one turn. */
  readonly parallel: boolean;
  /** The tool that must be called; '*' when any must. */
  readonly forcedTool: string | undefined;
  /** JSON Schema of the wanted structured output; `{}` when any JSON will do. */
  readonly schema: JsonObject | undefined;
  readonly media: readonly ReceivedMedia[];
  readonly stopSequences: readonly string[];
  readonly inputTokens: number;
  /** True when a Chat caller asked for the usage chunk; the other APIs always tell usage. */
  readonly wantsUsage: boolean;
  /** The caller switched reasoning off. */
  readonly reasoningOff: boolean;
  /** The caller may read reasoning; otherwise only its proof is sent. */
  readonly reasoningVisible: boolean;
  /** Responses: the caller asked for `reasoning.encrypted_content`. */
  readonly wantsEncrypted: boolean;
  /** Asks for a Gemini JSON array instead of server-sent events. */
  readonly asArray: boolean;
}

/** A failure before an API puts it into its own words; `message` absent means the words of the status. */
export interface Failure {
  readonly status: number;
  readonly message?: string;
  readonly code?: string;
  readonly param?: string;
  readonly retryAfterS?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that the vendor would refuse, thrown by validators and answered in the vendor's words. */
export class VendorRefusal extends Error {
  override readonly name = 'VendorRefusal';
  readonly failure: Failure;
  constructor(message: string, failure: Partial<Failure> = {}) {
    super(message);
    this.failure = { status: 400, ...failure, message };
  }
}

export interface PlannedCall {
  readonly name: string;
  /** JSON text of the arguments; '' where a vendor sends none. */
  readonly args: string;
}

/** How calls lie on the wire, where the API has a choice. */
export type CallManner = 'fragments' | 'whole' | 'late-name';

export type EndReason = 'end' | 'tool' | 'length' | 'stop-sequence' | 'filter' | 'refusal' | 'pause';

/** One thing that the model does; each API has its own rendering of each. */
export type Step =
  | { readonly type: 'think'; readonly pieces: readonly string[]; readonly hidden: boolean }
  | { readonly type: 'say'; readonly pieces: readonly string[] }
  | { readonly type: 'call'; readonly calls: readonly PlannedCall[]; readonly manner: CallManner }
  | { readonly type: 'refuse'; readonly text: string }
  | { readonly type: 'end'; readonly reason: EndReason; readonly stopSequence?: string }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'fail'; readonly failure: Failure }
  | { readonly type: 'drop' }
  | { readonly type: 'close' };

/** Steps that show something to the caller. */
export type Block = Extract<Step, { type: 'think' | 'say' | 'call' | 'refuse' }>;

/** Steps that happen to the connection and not to the words. */
export type Fault = Extract<Step, { type: 'wait' | 'drop' | 'close' }>;

/** Token counts in one convention: `input` and `output` are totals that include the parts named below them. */
export interface SimulatedUsage {
  readonly input: number;
  readonly output: number;
  readonly reasoning: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
}

export interface Script {
  /** Milliseconds before the response head; `Infinity` for never. */
  readonly headWaitMs?: number;
  /** Answered instead of a model's words. */
  readonly refusal?: Failure;
  /** A page that no API speaks, sent with status 200. */
  readonly html?: string;
  readonly steps: readonly Step[];
  /** Tokens of the cache, taken out of the estimated input; 'none' leaves usage out. */
  readonly usage?:
    | 'none'
    | { readonly cacheRead: number; readonly cacheWrite5m: number; readonly cacheWrite1h: number };
  readonly wire?: WireManner;
}

/** Liberties that a stream may take without breaking its grammar. */
export interface WireManner {
  readonly crlf?: boolean;
  /** Network chunks of this many bytes. */
  readonly cutBytes?: number;
  /** Pause before each event, milliseconds. */
  readonly gapMs?: number;
}

/** One piece of a stream: an event with its JSON, or something that happens to the connection. */
export type Frame =
  | { readonly type: 'event'; readonly json: string; readonly name?: string }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'drop' }
  | { readonly type: 'close' };

/** Options behind the first ':' of a model name: `name:first,key=value`. */
export interface ScenarioOptions {
  readonly words: readonly string[];
  readonly values: ReadonlyMap<string, string>;
}

export interface PlayContext {
  readonly options: ScenarioOptions;
  /** Counts the requests of this exact model name, from 1. */
  readonly attempt: number;
}

/** One scenario: a line of the catalogue and the script it plays. */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  play(ask: Ask, context: PlayContext): Script;
}

/** Where a request came in, for validators. */
export interface Arrival {
  readonly headers: Headers;
  readonly url: URL;
  readonly model: string;
  readonly scenario: string;
  readonly options: ScenarioOptions;
  readonly action: 'generate' | 'stream' | 'count';
}

export interface VendorError {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers: Record<string, string>;
}

/** What a `startSimulator` door needs of one API. */
export interface ApiDefinition {
  readonly id: FormatId;
  /** Throws `VendorRefusal` for what the real API refuses. */
  check(body: JsonObject, arrival: Arrival): void;
  read(body: JsonObject, arrival: Arrival): Ask;
  answer(ask: Ask, script: Script, createdS: number): JsonObject;
  stream(ask: Ask, script: Script, createdS: number): Generator<Frame>;
  error(failure: Failure, about: { model: string; requestId: string }): VendorError;
  /** What every reply of the vendor carries. */
  headers(requestId: string): Record<string, string>;
  /** The vendor's words for a body that is not JSON. */
  readonly notJson: string;
  /** The answer of the counting endpoint, for the APIs that have one. */
  count?(ask: Ask): JsonObject;
}
