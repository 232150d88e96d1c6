import { defineProvider, vendorOptions } from './define.ts';

/**
 * Fireworks AI. Models are named `accounts/fireworks/models/…`; its Messages address wants the key as a bearer token.
 *
 * Source: https://docs.fireworks.ai/tools-sdks/openai-compatibility; addresses checked against
 * https://www.developersdigest.tech/reference/api-compatibility/fireworks (read 2026-11-22).
 */
export default defineProvider({
  id: 'fireworks',
  display: { name: 'Fireworks AI', homepage: 'https://fireworks.ai' },
  baseUrl: 'https://api.fireworks.ai/inference',
  addresses: { 'openai-chat': '/v1', 'anthropic-messages': '' },
  auth: { 'openai-chat': 'bearer', 'anthropic-messages': 'bearer' },
  credential: 'required',
  defaultEnv: 'FIREWORKS_API_KEY',
  quirks: {
    maxTokensField: { value: 'max_tokens', because: 'its API reference documents the older field name' },
  },
  privateNetwork: false,
  options: vendorOptions(),
});
