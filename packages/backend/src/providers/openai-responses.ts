import { addressedOptions, defineProvider } from './define.ts';

/**
 * Any server with the Responses API. `baseUrl` is what stands before `/responses`, mostly ending in /v1.
 */
export default defineProvider({
  id: 'openai-responses',
  display: {
    name: 'OpenAI Responses compatible',
    homepage: 'https://platform.openai.com/docs/api-reference/responses',
  },
  addresses: { 'openai-responses': '' },
  auth: { 'openai-responses': 'bearer' },
  credential: 'optional',
  quirks: {},
  privateNetwork: false,
  options: addressedOptions(),
});
