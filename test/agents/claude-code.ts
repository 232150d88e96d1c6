import type { Agent } from './agent.ts';

const LARGE = 'claude-sonnet-4-5';
const SMALL = 'claude-haiku-4-5';

/** Claude Code. Sources: https://code.claude.com/docs/en/llm-gateway and https://code.claude.com/docs/en/settings. */
export const CLAUDE_CODE: Agent = {
  name: 'claude-code',
  package: '@anthropic-ai/claude-code',
  version: '2.1.330',
  program: 'claude',
  hasInstallScript: true,
  speaks: 'anthropic-messages',
  upstreams: ['openai-chat'],
  keepsSignatures: true,
  models: [LARGE, SMALL],
  files: () => ({}),
  env: ({ gatewayUrl, clientKey }) => ({
    ANTHROPIC_BASE_URL: gatewayUrl,
    ANTHROPIC_AUTH_TOKEN: clientKey,
    ANTHROPIC_MODEL: LARGE,
    ANTHROPIC_DEFAULT_OPUS_MODEL: LARGE,
    ANTHROPIC_DEFAULT_SONNET_MODEL: LARGE,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: SMALL,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
  }),
  words: ({ prompt }) => [
    '-p',
    prompt,
    '--permission-mode',
    'acceptEdits',
    '--allowedTools',
    'Read',
    'Glob',
    'LS',
    'Bash(ls:*)',
    'Bash(wc:*)',
  ],
};
