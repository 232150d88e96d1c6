import { addressedOptions, defineProvider } from './define.ts';

/**
 * Any server with the Messages API. `baseUrl` is what stands before `/v1/messages`.
 */
export default defineProvider({
  id: 'anthropic-messages',
  display: { name: 'Anthropic Messages compatible', homepage: 'https://platform.claude.com/docs/en/api/messages' },
  addresses: { 'anthropic-messages': '' },
  auth: { 'anthropic-messages': 'x-api-key' },
  credential: 'optional',
  quirks: {},
  privateNetwork: false,
  options: addressedOptions(),
});
