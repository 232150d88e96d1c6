import { defineProvider, vendorOptions } from './define.ts';

/**
 * Z.ai (GLM), pay as you go. Coding-plan keys use other addresses: give them as a `baseUrl` map,
 * `openai-chat: https://api.z.ai/api/coding/paas/v4`.
 *
 * Source: https://docs.z.ai/guides/develop/openai/python; addresses checked against
 * https://www.developersdigest.tech/reference/api-compatibility/zai (read 2026-11-22).
 */
export default defineProvider({
  id: 'zai',
  display: { name: 'Z.ai', homepage: 'https://z.ai' },
  baseUrl: 'https://api.z.ai/api',
  addresses: { 'openai-chat': '/paas/v4', 'anthropic-messages': '/anthropic' },
  auth: { 'openai-chat': 'bearer', 'anthropic-messages': 'bearer' },
  credential: 'required',
  defaultEnv: 'ZAI_API_KEY',
  quirks: {
    maxTokensField: { value: 'max_tokens', because: 'its API reference documents the older field name' },
    reasoningWish: { value: 'thinking-type', because: 'thinking is switched by thinking.type' },
    noJsonSchema: { value: true, because: 'response_format knows text and json_object only' },
  },
  privateNetwork: false,
  options: vendorOptions(),
});
