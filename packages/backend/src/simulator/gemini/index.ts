import type { ApiDefinition } from '../contract.ts';
import { answerGemini } from './answer.ts';
import { geminiError } from './errors.ts';
import { readGemini } from './read.ts';
import { streamGemini } from './stream.ts';
import { checkGemini } from './validate.ts';

/** Google Gemini generateContent. Source: ai.google.dev/api/generate-content (read 2026-11-20). */
export const gemini: ApiDefinition = {
  id: 'gemini',
  check: checkGemini,
  read: readGemini,
  answer: answerGemini,
  stream: streamGemini,
  error: geminiError,
  headers: () => ({ 'server-timing': 'gfet4t7; dur=1' }),
  notJson: 'Invalid JSON payload received. Unexpected token.',
  count: (ask) => ({
    totalTokens: ask.inputTokens,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: ask.inputTokens }],
  }),
};
