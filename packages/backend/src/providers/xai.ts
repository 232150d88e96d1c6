import { defineProvider, vendorOptions } from './define.ts';

/**
 * xAI. Responses is its primary API, Chat is kept as legacy; its Messages address is deprecated and left out.
 *
 * Source: https://docs.x.ai/developers/introduction; addresses checked against
 * https://www.developersdigest.tech/reference/api-compatibility/xai (read 2026-11-22).
 */
export default defineProvider({
  id: 'xai',
  display: { name: 'xAI', homepage: 'https://console.x.ai' },
  baseUrl: 'https://api.x.ai',
  addresses: { 'openai-responses': '/v1', 'openai-chat': '/v1' },
  auth: { 'openai-responses': 'bearer', 'openai-chat': 'bearer' },
  credential: 'required',
  defaultEnv: 'XAI_API_KEY',
  quirks: {
    maxTokensField: { value: 'max_completion_tokens', because: 'its API reference marks max_tokens as deprecated' },
  },
  privateNetwork: false,
  options: vendorOptions(),
});
