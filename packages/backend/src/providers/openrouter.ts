import { defineProvider, vendorOptions } from './define.ts';

/**
 * OpenRouter, many vendors behind one key. Chat is its main API; Responses is marked beta; Messages lies at
 * `/api/v1/messages`.
 *
 * Source: https://openrouter.ai/docs/api-reference/overview.
 */
export default defineProvider({
  id: 'openrouter',
  display: { name: 'OpenRouter', homepage: 'https://openrouter.ai' },
  baseUrl: 'https://openrouter.ai/api',
  addresses: { 'openai-chat': '/v1', 'openai-responses': '/v1', 'anthropic-messages': '' },
  auth: { 'openai-chat': 'bearer', 'openai-responses': 'bearer', 'anthropic-messages': 'bearer' },
  credential: 'required',
  defaultEnv: 'OPENROUTER_API_KEY',
  quirks: {
    maxTokensField: { value: 'max_tokens', because: 'its API reference documents the older field name' },
    reasoningField: {
      value: 'reasoning',
      because: 'thinking text is sent in reasoning, its details in reasoning_details',
    },
    reasoningWish: {
      value: 'openrouter',
      because: 'it takes one reasoning object with effort, max_tokens and exclude for every model',
    },
  },
  privateNetwork: false,
  options: vendorOptions(),
});
