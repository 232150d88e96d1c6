import { defineProvider, vendorOptions } from './define.ts';

/**
 * The built-in provider that costs nothing: it speaks all four APIs, and the model name picks what it does.
 * Its address is that of the simulator that the gateway runs when the entry names none.
 */
export default defineProvider({
  id: 'simulator',
  display: { name: 'Simulator', homepage: 'http://127.0.0.1:4010' },
  baseUrl: 'http://127.0.0.1:4010',
  addresses: { 'openai-chat': '/v1', 'openai-responses': '/v1', 'anthropic-messages': '', gemini: '' },
  auth: {
    'openai-chat': 'bearer',
    'openai-responses': 'bearer',
    'anthropic-messages': 'x-api-key',
    gemini: 'x-goog-api-key',
  },
  credential: 'optional',
  quirks: {},
  privateNetwork: true,
  options: vendorOptions(),
});
