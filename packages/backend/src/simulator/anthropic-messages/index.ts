import type { ApiDefinition } from '../contract.ts';
import { answerMessages } from './answer.ts';
import { messagesError, messagesHeaders } from './errors.ts';
import { readMessages } from './read.ts';
import { streamMessages } from './stream.ts';
import { checkMessages } from './validate.ts';

/** Anthropic Messages. Source: docs.anthropic.com/en/api/messages (read 2026-11-20). */
export const anthropicMessages: ApiDefinition = {
  id: 'anthropic-messages',
  check: checkMessages,
  read: readMessages,
  answer: answerMessages,
  stream: streamMessages,
  error: messagesError,
  headers: messagesHeaders,
  notJson: 'The request body is not valid JSON: unexpected character: line 1 column 1 (char 0)',
  count: (ask) => ({ input_tokens: ask.inputTokens }),
};
