import type { GatewayError } from './errors.ts';
import type { FormatId } from './format-id.ts';
import type { Reply } from './ir/reply.ts';
import type { UnifiedChatRequest } from './ir/request.ts';
import type { Emit, StopReason, StreamEvent } from './ir/stream-event.ts';
import type { TargetProfile } from './ir/target.ts';
import type { Usage } from './ir/usage.ts';
import type { Json, JsonObject } from './json.ts';

/** One server-sent event: the text of its `data` lines, joined by "\n", and its `event` name. */
export interface SseEvent {
  readonly event?: string | undefined;
  readonly data: string;
}

/** A change that lost something. Recorded, counted in the answer's header, never silent. */
export interface Loss {
  /** Stable id of the rule, `<format>.<what>`, for example `gemini.stop-over-limit`. */
  readonly rule: string;
  /** The client's field, in the IR's words. */
  readonly field: string;
  readonly reason: string;
}
export type NoteLoss = (rule: string, field: string, reason: string) => void;

/** What a client endpoint does. `generate` decides about streaming by body or path. */
export type Operation = 'generate' | 'count-tokens';

/** A door of the format. Routes are made from these; `model` in the path is captured when `{model}` stands there. */
export interface Endpoint {
  readonly method: 'POST';
  /** Exact path, or a prefix and suffix around `{model}` (which may hold "/" and ":"). */
  readonly path: string;
  readonly operation: Operation;
  /** `path`: the path itself says that the answer streams; `body`: the field `stream` does; `never`: unary. */
  readonly streams: 'always' | 'body' | 'never';
}

/** What the door knows when a body is decoded. */
export interface DecodeRequestContext {
  /** Model from the path, for formats that put it there. */
  readonly pathModel?: string | undefined;
  /** True when the path says that the answer streams. */
  readonly pathStream?: boolean | undefined;
}

export interface EncodedRequest {
  readonly body: JsonObject;
  /** Headers that this body needs (an API version, say). Auth is the dispatcher's. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Wire tool name to original tool name, for those that had to be renamed. */
  readonly toolNames?: ReadonlyMap<string, string> | undefined;
}

/** What a reply decoder knows of the call that it answers. */
export interface DecodeReplyContext {
  readonly target: TargetProfile;
  readonly toolNames?: ReadonlyMap<string, string> | undefined;
  /** Names of tools declared as Responses custom tools: their calls carry `{"input": text}` on foreign wires. */
  readonly customTools?: ReadonlySet<string> | undefined;
}

/** What an answer encoder knows of the client. */
export interface AnswerContext {
  readonly requestId: string;
  /** Model name to show: the one that the client asked for. */
  readonly model: string;
  readonly createdAtMs: number;
  /** The decoded request, for fields that an API echoes. */
  readonly request: UnifiedChatRequest;
  /** `json-array` is Gemini's stream without `alt=sse`. */
  readonly framing: 'sse' | 'json-array';
}

/**
 * Turns one upstream's stream into events. A state and a handler table, no closure over the stream.
 * `push` takes one server-sent event; `end` is called once when the bytes are over and may emit what was held.
 * Neither throws: what cannot be understood is emitted as `message-failure` (`upstream_garbled`).
 */
export interface StreamDecoder {
  push(event: SseEvent, emit: Emit): void;
  end(emit: Emit): void;
  /** Shape of the event that was pushed last, when the next ones may differ from it in one string only. */
  shape?(): EventShape | undefined;
  /** Takes events of that shape at once; `words` are their strings, joined. */
  repeat?(words: string, emit: Emit): void;
}

/** An event's text but for the one string that changes: up to its opening quote, and from its closing quote on. */
export interface EventShape {
  readonly prefix: string;
  readonly suffix: string;
}

/**
 * Turns events into the client's wire. Each call gives the text to send now, often "". Events come through the
 * normaliser, so the order is right: message-start first, every delta in an open block, exactly one
 * message-end or message-failure last.
 */
export interface StreamEncoder {
  push(event: StreamEvent): string;
}

/** An error in a format's own words. */
export interface EncodedError {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** An upstream's non-2xx answer, head and body. */
export interface UpstreamFailure {
  readonly status: number;
  readonly headers: Headers;
  /** At most 64 KiB. */
  readonly bodyText: string;
}

/** A model as the list endpoints show it. */
export interface ModelName {
  readonly name: string;
  /** When the configuration that names it was loaded, epoch milliseconds. */
  readonly createdAtMs: number;
}

/**
 * One wire API, both as a client speaks it to us and as we speak it to an upstream.
 * All functions are pure: no clock, no network, no random source.
 */
export interface Format {
  readonly id: FormatId;
  readonly display: string;
  readonly endpoints: readonly Endpoint[];

  /** Client wire to IR. Throws `request_invalid` (with `field`) and nothing else. Does not modify `wire`. */
  decodeRequest(wire: Json, context: DecodeRequestContext): UnifiedChatRequest;
  /**
   * IR to upstream wire. Deterministic (key order too). Throws `request_unsupported` only. `operation` is
   * `generate` when absent; `count-tokens` gives the body that the counting endpoint takes.
   */
  encodeRequest(
    request: UnifiedChatRequest,
    target: TargetProfile,
    noteLoss: NoteLoss,
    operation?: Operation,
  ): EncodedRequest;

  /** Upstream's whole reply to events (message-start first, message-end or message-failure last). Never throws. */
  decodeReply(wire: Json, context: DecodeReplyContext): StreamEvent[];
  /** A whole answer to the client's wire. */
  encodeReply(reply: Reply, context: AnswerContext): JsonObject;

  streamDecoder(context: DecodeReplyContext): StreamDecoder;
  streamEncoder(context: AnswerContext): StreamEncoder;

  /** Gateway error as a client of this format expects it, before any byte was sent. */
  encodeError(error: GatewayError, requestId: string): EncodedError;
  /** The same inside a stream that has begun, as complete SSE text (for `json-array`, array element text). */
  encodeStreamError(error: GatewayError, requestId: string, framing: 'sse' | 'json-array'): string;
  /** Upstream's non-2xx answer to a gateway error. */
  decodeError(failure: UpstreamFailure): GatewayError;

  /** Upstream path below the provider's base address, for example `/chat/completions`. */
  upstreamPath(operation: Operation, model: string, stream: boolean): string;
  /** What keeps a silent stream open where an SDK of this API stumbles over the usual comment. */
  readonly keepAlive?: string | undefined;
  /** Answer header that carries the request's id for this API's SDKs, `x-request-id` or `request-id`. */
  readonly requestIdHeader: string;
  /** Headers every call of this API needs (the default version, say). */
  readonly upstreamHeaders: Readonly<Record<string, string>>;
  /** Client headers that go to an upstream of the same format, lower case. */
  readonly forwardHeaders: readonly string[];
  /** Upstream answer headers, besides the common ones, that go to a client of the same format, lower case. */
  readonly returnHeaders: readonly string[];

  /** Names of the models that a caller may use, as this API lists them; `only` asks for one of them. */
  encodeModels(models: readonly ModelName[], only?: ModelName): JsonObject;
  /** Answer to a token count; absent where the API has no such endpoint. */
  readonly encodeTokenCount?: undefined | ((inputTokens: number) => JsonObject);

  /** How the lossless lane reads usage and the end of a stream without parsing every event. */
  readonly tap: Tap;
}

/** Marks to look for in the last bytes of a passing stream. Only events that hold one are decoded. */
export interface Tap {
  /** An event that holds one of these may carry usage, the finish or an error. */
  readonly marks: readonly string[];
  /**
   * Texts that stand only in an event that ends the answer. They tell an ended stream from a cut one when that
   * event is longer than the bytes that were kept.
   */
  readonly endMarks?: readonly string[] | undefined;
  /**
   * What to add to a streaming body of a client that did not ask for usage, so that the books are right:
   * `insert` is the text of one field, and events that hold every text of `hide` are kept from the client.
   */
  readonly askUsage?: { readonly insert: string; readonly hide: readonly string[] } | undefined;
  /** Key whose value is the usage object, `usage` or `usageMetadata`. */
  readonly usageKey: string;
  /**
   * The wire's usage object to buckets; anything that is not one gives `{}`. `earlier` is what earlier events of
   * the same answer said: a later total without its split is divided with it.
   */
  decodeUsage(wire: Json, earlier?: Usage): Usage;
  /**
   * Matches first bytes that hold content, where no earlier event tells usage: then they need not be decoded. It
   * must never match without content; when it does not match, the decoder looks.
   */
  readonly content?: RegExp | undefined;
  /** The stop reason of a whole reply that is not decoded: the word after the last of these marks, up to its quote. */
  readonly stop?: { readonly marks: readonly string[]; reasonOf(word: string): StopReason } | undefined;
  /** Where the model name stands in the body: at a top-level key, or only in the path (Gemini). */
  readonly modelIn: 'body' | 'path';
}
