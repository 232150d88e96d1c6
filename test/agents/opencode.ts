import type { Agent } from './agent.ts';

const MODEL = 'house-model';

/** opencode. Sources: https://opencode.ai/docs/providers and https://opencode.ai/docs/cli. */
export const OPENCODE: Agent = {
  name: 'opencode',
  package: 'opencode-ai',
  version: '1.18.33',
  program: 'opencode',
  hasInstallScript: true,
  speaks: 'openai-chat',
  upstreams: ['gemini'],
  // Its library reads a call's signature under the provider's name and sends it under the name "google" only.
  keepsSignatures: false,
  models: [MODEL],
  files: ({ gatewayUrl }) => ({
    '.config/opencode/opencode.json': JSON.stringify({
      $schema: 'https://opencode.ai/config.json',
      autoupdate: false,
      share: 'disabled',
      model: `plexus/${MODEL}`,
      small_model: `plexus/${MODEL}`,
      enabled_providers: ['plexus'],
      permission: 'allow',
      provider: {
        plexus: {
          npm: '@ai-sdk/openai-compatible',
          name: 'Plexus',
          options: { baseURL: `${gatewayUrl}/v1`, apiKey: '{env:PLEXUS_KEY}' },
          models: {
            [MODEL]: {
              name: 'House model',
              attachment: true,
              modalities: { input: ['text', 'image'], output: ['text'] },
              limit: { context: 200_000, output: 32_000 },
            },
          },
        },
      },
    }),
  }),
  env: ({ clientKey }) => ({
    PLEXUS_KEY: clientKey,
    OPENCODE_DISABLE_AUTOUPDATE: 'true',
    OPENCODE_DISABLE_MODELS_FETCH: 'true',
    OPENCODE_DISABLE_LSP_DOWNLOAD: 'true',
  }),
  words: ({ prompt }) => ['run', prompt],
};
