/**
 * Tokens of one answer in disjoint buckets. Absent means that the upstream did not say; it is never zero.
 *
 * `inputTokens` are fresh: they hold neither cache reads nor cache writes (Anthropic's convention; OpenAI's
 * and Gemini's prompt counts include them and are reduced by the decoder). `outputTokens` is all output,
 * with `reasoningTokens` inside it (Gemini's candidate count excludes thoughts and is raised by the decoder).
 */
export interface Usage {
  readonly inputTokens?: number | undefined;
  readonly cacheReadTokens?: number | undefined;
  /** Written to a cache that lives 5 minutes (or the provider's only kind of write). */
  readonly cacheWriteTokens?: number | undefined;
  /** Written to a cache that lives 1 hour. Not inside `cacheWriteTokens`. */
  readonly cacheWriteLongTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
}
