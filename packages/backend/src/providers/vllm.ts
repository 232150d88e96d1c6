import { defineProvider, vendorOptions } from './define.ts';

/**
 * vLLM server on this machine. A key is only needed when it was started with `--api-key`.
 *
 * Source: https://docs.vllm.ai/en/stable/serving/online_serving.html (read 2026-11-22).
 */
export default defineProvider({
  id: 'vllm',
  display: { name: 'vLLM', homepage: 'https://docs.vllm.ai' },
  baseUrl: 'http://127.0.0.1:8000',
  addresses: { 'openai-chat': '/v1', 'openai-responses': '/v1', 'anthropic-messages': '' },
  auth: { 'openai-chat': 'bearer', 'openai-responses': 'bearer', 'anthropic-messages': 'bearer' },
  credential: 'optional',
  quirks: {
    maxTokensField: { value: 'max_tokens', because: 'its API reference documents the older field name' },
    reasoningField: { value: 'reasoning', because: 'since 0.11 thinking text is sent in reasoning' },
  },
  privateNetwork: true,
  options: vendorOptions(),
});
