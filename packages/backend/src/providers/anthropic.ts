import { defineProvider, vendorOptions } from './define.ts';

/**
 * Anthropic, the original of the Messages API.
 *
 * Source: https://platform.claude.com/docs/en/api/overview.
 */
export default defineProvider({
  id: 'anthropic',
  display: { name: 'Anthropic', homepage: 'https://platform.claude.com' },
  baseUrl: 'https://api.anthropic.com',
  addresses: { 'anthropic-messages': '' },
  auth: { 'anthropic-messages': 'x-api-key' },
  credential: 'required',
  defaultEnv: 'ANTHROPIC_API_KEY',
  quirks: {},
  privateNetwork: false,
  options: vendorOptions(),
});
