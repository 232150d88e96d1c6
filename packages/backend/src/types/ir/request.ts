import type { FormatId } from '../format-id.ts';
import type { Json, JsonObject } from '../json.ts';

/** A prompt-cache breakpoint, as the client set it. */
export interface CacheMark {
  readonly ttl: '5m' | '1h';
}

/**
 * What proves that a model really thought or called something: a signature, an encrypted blob, an id.
 * It is bound to its origin and must come back unchanged, or not at all.
 */
export interface Proof {
  /** API of the upstream that made it. */
  readonly format: FormatId;
  /** Model family that made it (see `TargetProfile.family`); absent when the client replayed it natively. */
  readonly family?: string | undefined;
  readonly data: string;
  /** Native item id that travels with it (Responses `rs_…`), when there is one. */
  readonly id?: string | undefined;
}

/**
 * The object as its own API wrote it, kept where this vocabulary says less than that object did. An encoder of the
 * same API starts from it; every other encoder passes over it.
 */
export interface Native {
  readonly format: FormatId;
  readonly value: JsonObject;
}

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
  readonly cache?: CacheMark | undefined;
  readonly citations?: readonly Citation[] | undefined;
  /** Refusal text of an assistant turn that is replayed. */
  readonly refusal?: boolean | undefined;
  /** Proof that rides on a text part (Gemini `thoughtSignature`). */
  readonly proof?: Proof | undefined;
}

export interface MediaPart {
  readonly type: 'media';
  readonly kind: 'image' | 'document' | 'audio' | 'video';
  /** MIME type, lower case, without parameters; absent when the client gave none (URLs). */
  readonly mime?: string | undefined;
  readonly source:
    | { readonly type: 'data' /** standard base64, no data-URL prefix */; readonly data: string }
    | { readonly type: 'text'; readonly text: string }
    | { readonly type: 'url'; readonly url: string }
    | { readonly type: 'file' /** id at the API of `format` only */; readonly id: string; readonly format: FormatId };
  readonly name?: string | undefined;
  readonly detail?: string | undefined;
  readonly cache?: CacheMark | undefined;
  readonly native?: Native | undefined;
}

export interface CallPart {
  readonly type: 'call';
  readonly id: string;
  readonly name: string;
  /** Arguments as the text the model wrote; "" means an empty object. Parse only when the target needs an object. */
  readonly argsText: string;
  /** `custom`: free-text input of a Responses custom tool, `argsText` is that text. */
  readonly custom?: boolean | undefined;
  readonly proof?: Proof | undefined;
  readonly cache?: CacheMark | undefined;
  readonly native?: Native | undefined;
}

export interface ResultPart {
  readonly type: 'result';
  /** Id of the call it answers. */
  readonly id: string;
  /** Tool name, when the client's format carries it (Gemini) or the call is in the history. */
  readonly name?: string | undefined;
  readonly parts: readonly (TextPart | MediaPart | OpaquePart)[];
  readonly isError: boolean;
  readonly custom?: boolean | undefined;
  readonly cache?: CacheMark | undefined;
}

export interface ReasoningPart {
  readonly type: 'reasoning';
  /** Visible thinking or summary; "" when only the proof is known (redacted, omitted, encrypted). */
  readonly text: string;
  /** The provider hid the text on purpose (`redacted_thinking`). */
  readonly redacted?: boolean | undefined;
  readonly proof?: Proof | undefined;
}

/** Anything only its own API understands. Sent back there unchanged, elsewhere a recorded loss. */
export interface OpaquePart {
  readonly type: 'opaque';
  readonly format: FormatId;
  readonly raw: Json;
}

export type Part = TextPart | MediaPart | CallPart | ResultPart | ReasoningPart | OpaquePart;

/**
 * One turn. Tool results are parts of a user turn. `system` is a system or developer message that stands
 * after the first turn and must keep its place where the target can.
 */
export interface Turn {
  readonly role: 'user' | 'assistant' | 'system';
  readonly parts: readonly Part[];
  readonly name?: string | undefined;
}

/** A leading system or developer prompt; several keep their order. */
export interface SystemText {
  readonly role: 'system' | 'developer';
  readonly text: string;
  readonly cache?: CacheMark | undefined;
}

export interface Tool {
  readonly kind: 'function' | 'custom';
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON Schema of the arguments; absent for a tool without parameters. */
  readonly schema?: Json | undefined;
  readonly strict?: boolean | undefined;
  readonly cache?: CacheMark | undefined;
  /** Namespace of a Responses `namespace` tool; the flattened `name` already holds it. */
  readonly namespace?: string | undefined;
  /** What the namespace as a whole is for, as its declaration said. */
  readonly namespaceDescription?: string | undefined;
  /** The declaration as the client wrote it, for its own API only (a grammar, deferred loading, …). */
  readonly raw?: { readonly format: FormatId; readonly value: Json } | undefined;
}

/** A tool that runs at the provider (web search, code execution, …), kept raw with its origin. */
export interface HostedTool {
  readonly kind: 'hosted';
  /** One vocabulary where both sides have the tool; `other` is dropped for foreign targets. */
  readonly hosted: 'web-search' | 'code-execution' | 'other';
  readonly format: FormatId;
  readonly raw: Json;
}

export type ToolChoice =
  | { readonly mode: 'auto' | 'none' | 'required' }
  | { readonly mode: 'named'; readonly name: string }
  | { readonly mode: 'allowed'; readonly names: readonly string[]; readonly required: boolean };

export type OutputFormat =
  | { readonly type: 'json' }
  | {
      readonly type: 'json-schema';
      readonly schema: Json;
      readonly name?: string | undefined;
      readonly description?: string | undefined;
      readonly strict?: boolean | undefined;
    };

export type Effort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

/** Reasoning as the client said it; it is expanded only when the target model is known. */
export interface ReasoningWish {
  readonly mode: 'off' | 'on' | 'auto';
  readonly effort?: Effort | undefined;
  readonly budgetTokens?: number | undefined;
  /** Does the client want to see thinking text? Absent: as its API does by default. */
  readonly visible?: boolean | undefined;
}

export interface Sampling {
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  readonly seed?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly logprobs?: boolean | undefined;
  readonly topLogprobs?: number | undefined;
  readonly logitBias?: Json | undefined;
  /** How many answers (`n`, `candidateCount`); absent means one. */
  readonly candidates?: number | undefined;
}

/** The neutral request: what any of the four client APIs asked for, in one vocabulary. */
export interface UnifiedChatRequest {
  /** Model as the client named it. */
  readonly model: string;
  readonly system: readonly SystemText[];
  readonly turns: readonly Turn[];
  readonly tools: readonly (Tool | HostedTool)[];
  readonly toolChoice?: ToolChoice | undefined;
  /** May the model call several tools in one turn? Absent: the API's default. */
  readonly parallelTools?: boolean | undefined;
  /** The client declared OpenAI's older `functions`: it reads one `function_call` in place of `tool_calls`. */
  readonly legacyCalls?: boolean | undefined;
  readonly output?: OutputFormat | undefined;
  readonly maxOutputTokens?: number | undefined;
  readonly stop?: readonly string[] | undefined;
  readonly sampling: Sampling;
  readonly reasoning?: ReasoningWish | undefined;
  readonly verbosity?: 'low' | 'medium' | 'high' | undefined;
  readonly cacheKey?: string | undefined;
  /** End-user id as the client gave it. */
  readonly userId?: string | undefined;
  readonly tier?: string | undefined;
  readonly stream: boolean;
  /** Did the client ask for usage in its stream? Always true for formats that always send it. */
  readonly wantUsage: boolean;
  /** Top-level fields that this vocabulary has no word for; re-emitted only to the format they came from. */
  readonly ext: { readonly format: FormatId; readonly fields: Readonly<Record<string, Json>> };
}

export interface Citation {
  readonly url?: string | undefined;
  readonly title?: string | undefined;
  /** Offsets in UTF-16 units of the block's text. */
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  readonly text?: string | undefined;
  readonly raw?: { readonly format: FormatId; readonly value: Json } | undefined;
}
