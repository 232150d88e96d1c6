import { defineProvider, vendorOptions } from './define.ts';

/**
 * Google Gemini. The type also serves any other server with this API: set `baseUrl`. The OpenAI-compatible address is
 * left out, because it carries thought signatures outside the fields that Chat clients send back.
 *
 * Source: https://ai.google.dev/api.
 */
export default defineProvider({
  id: 'gemini',
  display: { name: 'Google Gemini', homepage: 'https://ai.google.dev' },
  baseUrl: 'https://generativelanguage.googleapis.com',
  addresses: { gemini: '' },
  auth: { gemini: 'x-goog-api-key' },
  credential: 'required',
  defaultEnv: 'GEMINI_API_KEY',
  quirks: {},
  privateNetwork: false,
  options: vendorOptions(),
});
