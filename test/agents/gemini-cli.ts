import type { Agent } from './agent.ts';

const LARGE = 'gemini-2.5-pro';

/** Gemini CLI. Source: https://geminicli.com/docs/reference/configuration. */
export const GEMINI_CLI: Agent = {
  name: 'gemini-cli',
  package: '@google/gemini-cli',
  version: '0.61.0',
  program: 'gemini',
  hasInstallScript: false,
  speaks: 'gemini',
  upstreams: ['openai-chat', 'openai-responses'],
  keepsSignatures: true,
  // The smaller ones are asked on the side: for routes, summaries and verdicts.
  models: [LARGE, 'gemini-2.5-flash', 'gemini-2.5-flash-lite'],
  files: () => ({
    '.gemini/settings.json': JSON.stringify({
      security: { auth: { selectedType: 'gemini-api-key' } },
      general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
    }),
  }),
  env: ({ gatewayUrl, clientKey }) => ({
    GOOGLE_GEMINI_BASE_URL: gatewayUrl,
    GEMINI_API_KEY: clientKey,
    GEMINI_CLI_TRUST_WORKSPACE: 'true',
  }),
  words: ({ prompt }) => ['-m', LARGE, '--yolo', '-p', prompt],
};
