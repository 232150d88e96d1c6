import { defineProvider, vendorOptions } from './define.ts';

/**
 * Groq. Both APIs lie below `/openai/v1`.
 *
 * Source: https://console.groq.com/docs/openai; addresses checked against
 * https://www.developersdigest.tech/reference/api-compatibility/groq (read 2026-11-22).
 */
export default defineProvider({
  id: 'groq',
  display: { name: 'Groq', homepage: 'https://console.groq.com' },
  baseUrl: 'https://api.groq.com/openai',
  addresses: { 'openai-chat': '/v1', 'openai-responses': '/v1' },
  auth: { 'openai-chat': 'bearer', 'openai-responses': 'bearer' },
  credential: 'required',
  defaultEnv: 'GROQ_API_KEY',
  quirks: {
    maxTokensField: { value: 'max_completion_tokens', because: 'its API reference marks max_tokens as deprecated' },
    reasoningField: { value: 'reasoning', because: 'parsed thinking is sent in reasoning' },
    dropFields: {
      value: ['logprobs', 'top_logprobs', 'logit_bias'],
      because: 'its compatibility page lists them as answered with 400',
    },
  },
  privateNetwork: false,
  options: vendorOptions(),
});
