import { defineProvider, vendorOptions } from './define.ts';

/**
 * DeepSeek. Its base address has no version in it. The Messages address maps unknown Claude names to its own models.
 *
 * Source: https://api-docs.deepseek.com and https://api-docs.deepseek.com/guides/anthropic_api (read 2026-11-22).
 */
export default defineProvider({
  id: 'deepseek',
  display: { name: 'DeepSeek', homepage: 'https://platform.deepseek.com' },
  baseUrl: 'https://api.deepseek.com',
  addresses: { 'openai-chat': '', 'anthropic-messages': '/anthropic' },
  auth: { 'openai-chat': 'bearer', 'anthropic-messages': 'x-api-key' },
  credential: 'required',
  defaultEnv: 'DEEPSEEK_API_KEY',
  quirks: {
    maxTokensField: { value: 'max_tokens', because: 'its API reference documents the older field name' },
    needsReasoningBack: {
      value: true,
      because: 'in thinking mode an assistant turn with calls and without reasoning_content is answered 400',
    },
    reasoningWish: { value: 'thinking-type', because: 'thinking is switched by thinking.type, not by an effort' },
    noJsonSchema: { value: true, because: 'response_format knows text and json_object only' },
  },
  privateNetwork: false,
  options: vendorOptions(),
});
