/** Recorded replies that are not of one of the four chat APIs, and what they are. Everything else must decode. */
export const NOT_CHAT: readonly { readonly files: RegExp; readonly reason: string }[] = [
  { files: /^anthropic\/skills\//, reason: 'the answer of an endpoint that stores skills' },
  { files: /^cohere\/cohere-embedding\.json$/, reason: 'embeddings' },
  { files: /^cohere\/reranking\//, reason: 'reranking' },
  { files: /^cohere\/cohere-(text|tool-call|max-tokens|null-args)\./, reason: 'the chat API that only Cohere speaks' },
  { files: /^google\/interactions\//, reason: 'the Interactions API, which has no generateContent shape' },
  { files: /^google\/speech-translation\//, reason: 'messages of a Live API socket' },
  { files: /^mistral\/mistral-transcription\.json$/, reason: 'a transcription of speech' },
  { files: /^openai\/completion\//, reason: 'text completion, the API before chat' },
  { files: /^openai\/embedding\//, reason: 'embeddings' },
  { files: /^openai\/image\//, reason: 'a generated image' },
  { files: /^openai\/speech-translation\//, reason: 'messages of a Realtime API socket' },
  { files: /^openai\/transcription\//, reason: 'a transcription of speech' },
];

/** Why this file is not a chat reply; undefined when it is one. */
export function notChat(file: string): string | undefined {
  return NOT_CHAT.find(({ files }) => files.test(file))?.reason;
}
