import { addressedOptions, defineProvider } from './define.ts';

/**
 * Any server with the Chat Completions API. `baseUrl` is what stands before `/chat/completions`, mostly ending in /v1.
 */
export default defineProvider({
  id: 'openai-chat',
  display: { name: 'OpenAI Chat compatible', homepage: 'https://platform.openai.com/docs/api-reference/chat' },
  addresses: { 'openai-chat': '' },
  auth: { 'openai-chat': 'bearer' },
  credential: 'optional',
  quirks: {
    maxTokensField: { value: 'max_tokens', because: 'most third-party servers know the older field only' },
  },
  privateNetwork: false,
  options: addressedOptions(),
});
