import anthropic from './anthropic.ts';
import anthropicMessages from './anthropic-messages.ts';
import azureOpenai from './azure-openai.ts';
import cerebras from './cerebras.ts';
import deepseek from './deepseek.ts';
import type { ProviderDefinition } from './define.ts';
import fireworks from './fireworks.ts';
import gemini from './gemini.ts';
import groq from './groq.ts';
import lmstudio from './lmstudio.ts';
import mistral from './mistral.ts';
import moonshot from './moonshot.ts';
import ollama from './ollama.ts';
import openai from './openai.ts';
import openaiChat from './openai-chat.ts';
import openaiResponses from './openai-responses.ts';
import openrouter from './openrouter.ts';
import simulator from './simulator.ts';
import together from './together.ts';
import vllm from './vllm.ts';
import xai from './xai.ts';
import zai from './zai.ts';

/** Every known provider type, by its id. One file, one line. */
export const PROVIDERS: ReadonlyMap<string, ProviderDefinition> = new Map(
  [
    anthropic,
    anthropicMessages,
    azureOpenai,
    cerebras,
    deepseek,
    fireworks,
    gemini,
    groq,
    lmstudio,
    mistral,
    moonshot,
    ollama,
    openai,
    openaiChat,
    openaiResponses,
    openrouter,
    simulator,
    together,
    vllm,
    xai,
    zai,
  ].map((definition) => [definition.id, definition]),
);
