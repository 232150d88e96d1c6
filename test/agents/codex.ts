import type { Agent } from './agent.ts';

const MODEL = 'gpt-5.5';

/** Codex CLI. Source: https://developers.openai.com/codex/config-reference. */
export const CODEX: Agent = {
  name: 'codex',
  package: '@openai/codex',
  version: '0.169.0',
  program: 'codex',
  hasInstallScript: false,
  speaks: 'openai-responses',
  upstreams: ['anthropic-messages'],
  keepsSignatures: true,
  models: [MODEL],
  files: ({ gatewayUrl }) => ({
    '.codex/config.toml': `model = "${MODEL}"
model_provider = "plexus"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[analytics]
enabled = false

[model_providers.plexus]
name = "Plexus"
base_url = "${gatewayUrl}/v1"
env_key = "PLEXUS_KEY"
wire_api = "responses"
`,
  }),
  env: ({ home, clientKey }) => ({ CODEX_HOME: `${home}/.codex`, PLEXUS_KEY: clientKey }),
  words: ({ prompt }) => ['exec', '--skip-git-repo-check', prompt],
};
