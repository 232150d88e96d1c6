import type { Format } from '../types/format.ts';
import { anthropicMessages } from './anthropic-messages/index.ts';
import { gemini } from './gemini/index.ts';
import { openaiChat } from './openai-chat/index.ts';
import { openaiResponses } from './openai-responses/index.ts';

/** Every wire API that Plexus speaks. One folder, one line. The first is the dialect for paths that say nothing. */
export const FORMATS: readonly Format[] = [openaiChat, anthropicMessages, gemini, openaiResponses];
