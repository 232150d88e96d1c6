import type { FormatId } from '../../src/types/format-id.ts';
import type { Json, JsonObject } from '../../src/types/json.ts';

export type Mode = 'unary' | 'stream';

/** A picture or document of a user; inline bytes or an address. */
export type Media =
  | { readonly kind: 'image' | 'pdf'; readonly mime: string; readonly base64: string }
  | { readonly kind: 'image'; readonly mime: string; readonly url: string };

export interface ToolResult {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly isError?: boolean;
  readonly image?: Extract<Media, { base64: string }>;
}

/** One message of a conversation. An assistant's turn is what the SDK gave, returned the way its users return it. */
export type Turn =
  | { readonly who: 'user'; readonly text: string; readonly media?: readonly Media[] }
  | { readonly who: 'assistant'; readonly echo: unknown }
  | { readonly who: 'tool'; readonly results: readonly ToolResult[] };

export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly schema: JsonObject;
}

/** One request, free of the words of any API; each client says it in its own. */
export interface Wish {
  readonly model: string;
  readonly turns: readonly Turn[];
  readonly system?: string;
  readonly tools?: readonly ToolSpec[];
  readonly schema?: JsonObject;
  readonly stop?: readonly string[];
  readonly thinks?: boolean;
  /** Say whatever this API has for marking a prefix as cacheable. */
  readonly caches?: boolean;
  readonly signal?: AbortSignal;
  readonly onDelta?: (text: string) => void;
}

export interface ToldCall {
  readonly id: string;
  readonly name: string;
  readonly args: Json;
}

/** Usage under the SDK's own counting; `input` may or may not hold the cache, see `Client.inputHolds`. */
export interface ToldUsage {
  readonly input: number | undefined;
  readonly output: number | undefined;
  readonly cacheRead: number | undefined;
  readonly cacheWrite: number | undefined;
  readonly cacheWrite1h?: number | undefined;
  readonly reasoning: number | undefined;
}

/** One answer as the SDK understood it. */
export interface Told {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly calls: readonly ToldCall[];
  /** The SDK's own word for the end. */
  readonly stop: string;
  readonly usage: ToldUsage;
  readonly echo: unknown;
  /** Headers of the answer. */
  readonly headers: Headers;
}

/** What a caught failure says to the SDK's user. */
export interface Failure {
  readonly kind: string;
  readonly status: number | undefined;
  readonly message: string;
  readonly retryAfterS: number | undefined;
}

/** Ends that an answer can have, in the words of the neutral form. */
export type End = 'end' | 'tool' | 'length' | 'stop-sequence' | 'filter' | 'refusal' | 'pause';

/** One official SDK, or one provider of the AI SDK. */
export interface Client {
  readonly id: string;
  readonly format: FormatId;
  /** Whether `usage.input` counts what the cache read and wrote. */
  readonly inputHolds: 'all' | 'uncached';
  readonly stops: Readonly<Record<End, string>>;
  /** How this SDK words a tool result, where it does not pass the text as it is. */
  resultText?(result: ToolResult): string;
  /** The name of the error class that a status has. */
  errorKind(status: number): string;
  ask(wish: Wish, mode: Mode): Promise<Told>;
  failureOf(thrown: unknown): Failure;
}
