import { defineProvider, vendorOptions } from './define.ts';

/**
 * Together AI.
 *
 * Source: https://docs.together.ai/docs/openai-api-compatibility.
 */
export default defineProvider({
  id: 'together',
  display: { name: 'Together AI', homepage: 'https://www.together.ai' },
  baseUrl: 'https://api.together.xyz',
  addresses: { 'openai-chat': '/v1' },
  auth: { 'openai-chat': 'bearer' },
  credential: 'required',
  defaultEnv: 'TOGETHER_API_KEY',
  quirks: {
    maxTokensField: { value: 'max_tokens', because: 'its API reference documents the older field name' },
    reasoningField: { value: 'reasoning', because: 'thinking text is sent in reasoning' },
  },
  privateNetwork: false,
  options: vendorOptions(),
});
