import type { ApiDefinition } from '../contract.ts';
import { openaiError, openaiHeaders } from '../openai-errors.ts';
import { answerChat } from './answer.ts';
import { readChat } from './read.ts';
import { streamChat } from './stream.ts';
import { checkChat } from './validate.ts';

/** OpenAI Chat Completions. Source: platform.openai.com/docs/api-reference/chat (read 2026-11-20). */
export const openaiChat: ApiDefinition = {
  id: 'openai-chat',
  check: checkChat,
  read: readChat,
  answer: answerChat,
  stream: streamChat,
  error: openaiError,
  headers: openaiHeaders,
  notJson:
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
};
