import { defineProvider, vendorOptions } from './define.ts';

/**
 * Cerebras inference.
 *
 * Source: https://inference-docs.cerebras.ai/resources/openai (read 2026-11-22).
 */
export default defineProvider({
  id: 'cerebras',
  display: { name: 'Cerebras', homepage: 'https://cloud.cerebras.ai' },
  baseUrl: 'https://api.cerebras.ai',
  addresses: { 'openai-chat': '/v1' },
  auth: { 'openai-chat': 'bearer' },
  credential: 'required',
  defaultEnv: 'CEREBRAS_API_KEY',
  quirks: {
    maxTokensField: { value: 'max_completion_tokens', because: 'its API reference marks max_tokens as deprecated' },
    reasoningField: { value: 'reasoning', because: 'parsed thinking is sent in reasoning' },
    dropFields: {
      value: ['frequency_penalty', 'presence_penalty', 'logit_bias', 'parallel_tool_calls', 'service_tier'],
      because: 'its compatibility page lists them as answered with 400',
    },
  },
  privateNetwork: false,
  options: vendorOptions(),
});
