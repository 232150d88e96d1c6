import { defineProvider, vendorOptions } from './define.ts';

/**
 * Mistral AI. Strict about fields that it does not know.
 *
 * Source: https://docs.mistral.ai/api; address checked against
 * https://www.developersdigest.tech/reference/api-compatibility/mistral (read 2026-11-22).
 */
export default defineProvider({
  id: 'mistral',
  display: { name: 'Mistral', homepage: 'https://console.mistral.ai' },
  baseUrl: 'https://api.mistral.ai',
  addresses: { 'openai-chat': '/v1' },
  auth: { 'openai-chat': 'bearer' },
  credential: 'required',
  defaultEnv: 'MISTRAL_API_KEY',
  quirks: {
    maxTokensField: { value: 'max_tokens', because: 'its API reference documents the older field name' },
    toolIdRule: { value: 'mistral', because: 'call ids must be exactly nine letters or digits' },
    noStreamUsage: {
      value: true,
      because: 'unknown fields are refused with 422; usage always comes in the last chunk',
    },
    dropFields: {
      value: ['seed', 'user', 'store', 'logit_bias', 'logprobs', 'top_logprobs', 'service_tier'],
      because: 'unknown fields are refused with 422',
    },
  },
  privateNetwork: false,
  options: vendorOptions(),
});
