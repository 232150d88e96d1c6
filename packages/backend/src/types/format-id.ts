/** The wire APIs that Plexus speaks, to clients and to upstreams alike. */
export const FORMAT_IDS = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini'] as const;
export type FormatId = (typeof FORMAT_IDS)[number];
