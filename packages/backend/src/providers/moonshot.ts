import { defineProvider, vendorOptions } from './define.ts';

/**
 * Moonshot AI (Kimi). Keys are bound to their region; for China set `baseUrl: https://api.moonshot.cn`.
 *
 * Source: https://platform.kimi.ai/docs/api/overview; addresses checked against
 * https://www.developersdigest.tech/reference/api-compatibility/moonshot (read 2026-11-22).
 */
export default defineProvider({
  id: 'moonshot',
  display: { name: 'Moonshot AI', homepage: 'https://platform.moonshot.ai' },
  baseUrl: 'https://api.moonshot.ai',
  addresses: { 'openai-chat': '/v1', 'openai-responses': '/v1', 'anthropic-messages': '/anthropic' },
  auth: { 'openai-chat': 'bearer', 'openai-responses': 'bearer', 'anthropic-messages': 'bearer' },
  credential: 'required',
  defaultEnv: 'MOONSHOT_API_KEY',
  quirks: {
    maxTokensField: { value: 'max_tokens', because: 'its API reference documents the older field name' },
    needsReasoningBack: {
      value: true,
      because: 'thinking models answer 400 when reasoning_content is missing from an assistant turn with calls',
    },
    reasoningWish: { value: 'thinking-type', because: 'thinking is switched by thinking.type' },
  },
  privateNetwork: false,
  options: vendorOptions(),
});
