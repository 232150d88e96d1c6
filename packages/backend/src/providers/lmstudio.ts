import { defineProvider, vendorOptions } from './define.ts';

/**
 * LM Studio on this machine. A key is only needed when its authentication is switched on.
 *
 * Source: https://lmstudio.ai/docs/developer/openai-compat and .../anthropic-compat (read 2026-11-22).
 */
export default defineProvider({
  id: 'lmstudio',
  display: { name: 'LM Studio', homepage: 'https://lmstudio.ai' },
  baseUrl: 'http://127.0.0.1:1234',
  addresses: { 'openai-chat': '/v1', 'openai-responses': '/v1', 'anthropic-messages': '' },
  auth: { 'openai-chat': 'bearer', 'openai-responses': 'bearer', 'anthropic-messages': 'bearer' },
  credential: 'optional',
  quirks: {
    maxTokensField: { value: 'max_tokens', because: 'its API reference documents the older field name' },
  },
  privateNetwork: true,
  options: vendorOptions(),
});
