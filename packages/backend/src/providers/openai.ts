import { defineProvider, vendorOptions } from './define.ts';

/**
 * OpenAI. Responses comes first: it is the API that carries reasoning from turn to turn.
 *
 * Source: https://developers.openai.com/api/reference/overview.
 */
export default defineProvider({
  id: 'openai',
  display: { name: 'OpenAI', homepage: 'https://platform.openai.com' },
  baseUrl: 'https://api.openai.com',
  addresses: { 'openai-responses': '/v1', 'openai-chat': '/v1' },
  auth: { 'openai-responses': 'bearer', 'openai-chat': 'bearer' },
  credential: 'required',
  defaultEnv: 'OPENAI_API_KEY',
  quirks: {
    maxTokensField: { value: 'max_completion_tokens', because: 'GPT-5 and o models refuse max_tokens' },
    systemRole: { value: 'developer', because: 'reasoning models take developer messages in place of system messages' },
  },
  privateNetwork: false,
  options: vendorOptions(),
});
