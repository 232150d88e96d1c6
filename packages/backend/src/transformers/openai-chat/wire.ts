import type { Proof } from '../../types/ir/request.ts';
import type { StopReason } from '../../types/ir/stream-event.ts';
import type { Json, JsonObject } from '../../types/json.ts';

/**
 * The wire as far as this folder acts on it. Source: the OpenAI API reference for Chat Completions and the
 * published references of the third-party servers that are named beside a field. All values are `unknown`
 * to their readers: third parties put null, "" and empty lists wherever they like.
 */
export interface WireDelta {
  readonly content?: Json | undefined;
  readonly refusal?: Json | undefined;
  /** DeepSeek, Moonshot, Alibaba, xAI. */
  readonly reasoning_content?: Json | undefined;
  /** OpenRouter, Groq. */
  readonly reasoning?: Json | undefined;
  /** OpenRouter: text with a signature, summaries and encrypted data. */
  readonly reasoning_details?: Json | undefined;
  readonly tool_calls?: Json | undefined;
  /** OpenAI before tools. */
  readonly function_call?: Json | undefined;
  readonly annotations?: Json | undefined;
  /** OpenRouter: generated images as data URLs. */
  readonly images?: Json | undefined;
  readonly audio?: Json | undefined;
  /** Google's compatible API: thought signatures. */
  readonly extra_content?: Json | undefined;
}

export interface WireChoice {
  readonly index?: Json | undefined;
  readonly delta?: WireDelta | null | undefined;
  readonly message?: WireDelta | null | undefined;
  readonly finish_reason?: Json | undefined;
  readonly logprobs?: Json | undefined;
  /** Moonshot once put it here. */
  readonly usage?: Json | undefined;
}

/** A chunk of a stream, or with `message` in place of `delta` a whole completion. */
export interface WireChunk {
  readonly id?: Json | undefined;
  readonly model?: Json | undefined;
  readonly object?: Json | undefined;
  readonly choices?: readonly WireChoice[] | null | undefined;
  readonly usage?: Json | undefined;
  readonly error?: Json | undefined;
  readonly message?: Json | undefined;
  /** Perplexity: pages the answer rests on, repeated in every chunk. */
  readonly citations?: Json | undefined;
  readonly search_results?: Json | undefined;
}

/** What a server calls its finish. A word that is missing here is `other`. */
export const STOP_REASONS: ReadonlyMap<string, StopReason> = new Map<string, StopReason>([
  ['stop', 'stop'],
  ['eos', 'stop'],
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop-sequence'],
  ['tool_calls', 'tool'],
  ['function_call', 'tool'],
  ['tool_use', 'tool'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['model_length', 'context'],
  ['content_filter', 'filter'],
  ['sensitive', 'filter'],
  ['refusal', 'refusal'],
]);

/** Finish words that are failures in disguise: Mistral's `error`, DeepSeek's lack of machines. */
export const FAILED_FINISHES: ReadonlySet<string> = new Set(['error', 'insufficient_system_resource', 'network_error']);

/** The finish a Chat client knows for each reason; `refusal` is decided by the presence of refusal text. */
export const FINISH_WORDS = {
  stop: 'stop',
  tool: 'tool_calls',
  length: 'length',
  context: 'length',
  'stop-sequence': 'stop',
  filter: 'content_filter',
  refusal: 'content_filter',
  pause: 'stop',
  other: 'stop',
} as const satisfies Record<StopReason, string>;

/** Google's place for a thought signature, on a call and on a message. */
export function extraContent(signature: string): JsonObject {
  return { google: { thought_signature: signature } };
}

/** The signature in an `extra_content`, or absent. Never throws. */
export function thoughtSignature(extra: unknown): string | undefined {
  if (typeof extra !== 'object' || extra === null || !('google' in extra)) return undefined;
  const { google } = extra;
  if (typeof google !== 'object' || google === null || !('thought_signature' in google)) return undefined;
  const signature = google.thought_signature;
  return typeof signature === 'string' && signature !== '' ? signature : undefined;
}

/** True for a proof that this format made itself and that has something to send. */
export function isOwnProof(proof: Proof | undefined): proof is Proof {
  return proof !== undefined && proof.format === 'openai-chat' && proof.data !== '';
}

/** Argument text of a call: third parties send objects where text belongs, and null for "none". */
export function argumentText(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
