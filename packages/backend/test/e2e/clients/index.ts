import type { Client } from '../contract.ts';
import type { World } from '../world.ts';
import { aiSdkClients } from './ai-sdk.ts';
import { anthropicClient } from './anthropic.ts';
import { googleClient } from './google.ts';
import { openaiChatClient } from './openai-chat.ts';
import { openaiResponsesClient } from './openai-responses.ts';

/** Every client of the grid: the four official SDKs, then the AI SDK with its four providers. */
export function clientsOf(world: World): Client[] {
  return [
    openaiChatClient(world),
    openaiResponsesClient(world),
    anthropicClient(world),
    googleClient(world),
    ...aiSdkClients(world),
  ];
}
