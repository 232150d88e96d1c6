import type { FormatId } from '../format-id.ts';

/** How a provider differs from its API's original, as data. Each flag is set in the provider's file with its reason. */
export interface Quirks {
  /** Field for the output limit towards a Chat server. Third parties know `max_tokens`, OpenAI wants the new one. */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens' | undefined;
  /** Role for system prompts towards a Chat server; default `system`. */
  readonly systemRole?: 'system' | 'developer' | undefined;
  /** Field in which a Chat server sends and takes thinking text; default `reasoning_content`. */
  readonly reasoningField?: 'reasoning_content' | 'reasoning' | undefined;
  /** Assistant turns with calls must carry the reasoning field, "" when unknown (DeepSeek). */
  readonly needsReasoningBack?: boolean | undefined;
  /** How the server takes a reasoning wish; default `effort` (`reasoning_effort`). */
  readonly reasoningWish?: 'effort' | 'openrouter' | 'thinking-type' | 'enable-thinking' | 'none' | undefined;
  /** The server answers 400 to `stream_options`. */
  readonly noStreamUsage?: boolean | undefined;
  /** Rule for call ids; `mistral` is exactly nine letters or digits. */
  readonly toolIdRule?: 'mistral' | undefined;
  /** Top-level fields that the server refuses. */
  readonly dropFields?: readonly string[] | undefined;
  /** The server knows `json_object` only, not `json_schema`. */
  readonly noJsonSchema?: boolean | undefined;
  /** Thinking arrives as `<think>` tags inside the text. */
  readonly thinkTags?: boolean | undefined;
  /** The Gemini server wants `parameters` (OpenAPI subset) in place of `parametersJsonSchema`. */
  readonly openApiSchema?: boolean | undefined;
}

/** How the model itself takes a reasoning wish. */
export type ThinkingForm = 'none' | 'effort' | 'budget' | 'adaptive' | 'budget-or-adaptive' | 'level' | 'always';

/** All that `encodeRequest` may know of the target. Made once per target when the configuration is loaded. */
export interface TargetProfile {
  readonly format: FormatId;
  readonly providerId: string;
  /** Name of the model at the provider. */
  readonly model: string;
  /** Proofs are bound to it: `claude-opus-4-5`, `gemini-3-pro`, `gpt-5` … */
  readonly family: string;
  readonly thinking: ThinkingForm;
  /** False for models that refuse temperature and its kin. */
  readonly sampling: boolean;
  /** The model's own output limit, where known. */
  readonly maxOutputTokens?: number | undefined;
  /** System messages may stand after the first turn. */
  readonly lateSystem: boolean;
  readonly quirks: Quirks;
}
