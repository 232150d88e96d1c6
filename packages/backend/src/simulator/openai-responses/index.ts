import type { ApiDefinition } from '../contract.ts';
import { openaiError, openaiHeaders } from '../openai-errors.ts';
import { answerResponses } from './answer.ts';
import { readResponses } from './read.ts';
import { streamResponses } from './stream.ts';
import { checkResponses } from './validate.ts';

/** OpenAI Responses. Source: platform.openai.com/docs/api-reference/responses (read 2026-11-20). */
export const openaiResponses: ApiDefinition = {
  id: 'openai-responses',
  check: checkResponses,
  read: readResponses,
  answer: answerResponses,
  stream: streamResponses,
  error: openaiError,
  headers: openaiHeaders,
  notJson:
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
};
