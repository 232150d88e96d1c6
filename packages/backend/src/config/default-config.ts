import { dirname, join } from 'node:path';
import type { ProviderDefinition } from '../providers/define.ts';
import { writeWhole } from './config-file.ts';
import { configJsonSchema } from './json-schema.ts';

export interface FirstKeys {
  /** HMAC-SHA-256 of the keys under the pepper, lower-case hexadecimal. */
  readonly clientHash: string;
  readonly adminHash: string;
}

/**
 * Writes the first configuration file, and gives true when it did; an existing file is never touched. The file holds
 * key hashes only.
 */
export function writeDefaultConfig(file: string, keys: FirstKeys): boolean {
  return writeWhole(file, defaultConfig(keys), true);
}

/** Writes `plexus.schema.json` beside the configuration file, for editors; an older one is replaced. */
export function writeJsonSchema(configFile: string, definitions: ReadonlyMap<string, ProviderDefinition>): void {
  const text = `${JSON.stringify(configJsonSchema(definitions), undefined, 2)}\n`;
  writeWhole(join(dirname(configFile), 'plexus.schema.json'), text);
}

/** The first configuration: a demo that needs no key, and real providers to be switched on by removing "# ". */
export function defaultConfig({ clientHash, adminHash }: FirstKeys): string {
  return `# yaml-language-server: $schema=./plexus.schema.json
#
# Plexus reads this file at start and again whenever it changes. A mistake keeps the last good
# version and is reported with its line. Secrets are references: \${VARIABLE} or file:path.

listen:
  host: 127.0.0.1 # another address opens the gateway to your network
  port: 4000

# Upstream providers, by a name of your choice. \`type\` says what they speak.
providers:
  demo:
    type: simulator # built in, costs nothing; the model name picks what it does
  # openai:
  #   type: openai
  #   apiKey: \${OPENAI_API_KEY}
  # anthropic:
  #   type: anthropic
  #   apiKey: \${ANTHROPIC_API_KEY}
  # gemini:
  #   type: gemini
  #   apiKey: \${GEMINI_API_KEY}
  # openrouter:
  #   type: openrouter
  #   apiKey: \${OPENROUTER_API_KEY}
  # ollama:
  #   type: ollama # http://127.0.0.1:11434
  # my-server:
  #   type: openai-chat # any server with this API
  #   baseUrl: https://llm.example.com/v1
  #   apiKey: file:secrets/my-server

# Model names that clients use, and where they lead: one target, a list that is tried in order,
# or a set of targets to choose from. Any client API reaches any target.
models:
  demo: demo/plain
  demo-thinking: demo/thinking
  demo-tools: demo/tool
  # The first target always fails, so every answer comes from the second one.
  demo-failover: [demo/status-503, demo/plain]
  # smart: [anthropic/claude-sonnet-4-5, openai/gpt-5]
  # cheap:
  #   selector: random
  #   targets:
  #     - { target: gemini/gemini-2.5-flash, weight: 3 }
  #     - openai/gpt-5-mini

# Keys of callers. Only a hash is kept here, so a lost key must be replaced.
# \`allow\` names the models that a key may use: "*", a name, "prefix*", or "<provider>/<model>".
keys:
  - id: first-client
    hash: ${clientHash}
    allow: ["*"]
  - id: first-admin
    hash: ${adminHash}
    role: admin

# Waits and sizes, with their defaults.
# limits:
#   body: 64MiB
#   firstByteTimeout: 60s
#   unaryTimeout: 10m
#   stallTimeout: 45s
#   requestTimeout: 20m
#   attempts: 3

# log:
#   level: info # error, warn, info, debug, silly
`;
}
