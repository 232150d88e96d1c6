import { anthropicMessages } from './anthropic-messages/index.ts';
import type { ApiDefinition, Arrival } from './contract.ts';
import { gemini } from './gemini/index.ts';
import { openaiChat } from './openai-chat/index.ts';
import { openaiResponses } from './openai-responses/index.ts';

/** Which API an address belongs to, and what is wanted there. `model` is set where the path names it. */
export interface Door {
  readonly api: ApiDefinition;
  readonly action: Arrival['action'];
  readonly model?: string;
}

const FIXED: Readonly<Record<string, Door>> = {
  '/v1/chat/completions': { api: openaiChat, action: 'generate' },
  '/v1/responses': { api: openaiResponses, action: 'generate' },
  '/v1/messages': { api: anthropicMessages, action: 'generate' },
  '/v1/messages/count_tokens': { api: anthropicMessages, action: 'count' },
};

const GEMINI_ACTIONS: Readonly<Record<string, Arrival['action']>> = {
  generateContent: 'generate',
  streamGenerateContent: 'stream',
  countTokens: 'count',
};

/** The door of a POST; absent for a path that no API has. Model names may hold ':' themselves. */
export function doorOf(pathname: string): Door | undefined {
  const fixed = FIXED[pathname];
  if (fixed !== undefined) return fixed;
  const [, named = '', verb = ''] = /^\/v1(?:beta|alpha)?\/models\/(.+):(\w+)$/.exec(pathname) ?? [];
  const action = GEMINI_ACTIONS[verb];
  return action === undefined ? undefined : { api: gemini, action, model: decodeURIComponent(named) };
}
