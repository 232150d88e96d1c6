import { defineProvider, vendorOptions } from './define.ts';

/**
 * Ollama on this machine. Responses is stateless there. For its cloud set `baseUrl: https://ollama.com` and a key.
 *
 * Source: https://docs.ollama.com/api/openai-compatibility and .../anthropic-compatibility (read 2026-11-22).
 */
export default defineProvider({
  id: 'ollama',
  display: { name: 'Ollama', homepage: 'https://ollama.com' },
  baseUrl: 'http://127.0.0.1:11434',
  addresses: { 'openai-chat': '/v1', 'openai-responses': '/v1', 'anthropic-messages': '' },
  auth: { 'openai-chat': 'bearer', 'openai-responses': 'bearer', 'anthropic-messages': 'bearer' },
  credential: 'optional',
  quirks: {
    maxTokensField: { value: 'max_tokens', because: 'its API reference documents the older field name' },
    reasoningField: { value: 'reasoning', because: 'its compatibility layer sends thinking text in reasoning' },
  },
  privateNetwork: true,
  options: vendorOptions(),
});
