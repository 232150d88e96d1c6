import Anthropic from '@anthropic-ai/sdk';
import { type GenerateContentResponse, GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import type { FormatId } from '../../src/types/format-id.ts';

/** What a vendor's own client understood of an answer. */
export interface Heard {
  readonly text: string;
  readonly refusal: string;
  /** Name and arguments; free text of custom tools as a string. */
  readonly calls: readonly { readonly name: string; readonly args: unknown }[];
  readonly stop: string;
  /** The whole prompt, with what came from a cache. */
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
}

const ASKED = { model: 'alias', messages: [{ role: 'user' as const, content: 'Hi' }] };

/** A `fetch` that answers every call with this text. */
function answering(text: string, stream: boolean): typeof fetch {
  const type = stream ? 'text/event-stream' : 'application/json';
  const answer = () => Promise.resolve(new Response(text, { headers: { 'content-type': type } }));
  return answer as unknown as typeof fetch;
}

const parsed = (text: string): unknown => JSON.parse(text);

async function hearChat(text: string, stream: boolean): Promise<Heard> {
  const client = new OpenAI({
    apiKey: 'k',
    baseURL: 'http://gateway.test',
    maxRetries: 0,
    fetch: answering(text, stream),
  });
  const whole = stream
    ? await client.chat.completions.stream({ ...ASKED, stream_options: { include_usage: true } }).finalChatCompletion()
    : await client.chat.completions.create(ASKED);
  const [choice] = whole.choices;
  return {
    text: choice?.message.content ?? '',
    refusal: choice?.message.refusal ?? '',
    calls: (choice?.message.tool_calls ?? []).map((call) =>
      call.type === 'custom'
        ? { name: call.custom.name, args: call.custom.input }
        : { name: call.function.name, args: parsed(call.function.arguments) },
    ),
    stop: choice?.finish_reason ?? '',
    inputTokens: whole.usage?.prompt_tokens,
    outputTokens: whole.usage?.completion_tokens,
  };
}

async function hearResponses(text: string, stream: boolean): Promise<Heard> {
  const client = new OpenAI({
    apiKey: 'k',
    baseURL: 'http://gateway.test',
    maxRetries: 0,
    fetch: answering(text, stream),
  });
  const asked = { model: 'alias', input: 'Hi' };
  const whole = stream ? await client.responses.stream(asked).finalResponse() : await client.responses.create(asked);
  const parts = whole.output.flatMap((item) => (item.type === 'message' ? item.content : []));
  return {
    text: parts.map((part) => (part.type === 'output_text' ? part.text : '')).join(''),
    refusal: parts.map((part) => (part.type === 'refusal' ? part.refusal : '')).join(''),
    calls: whole.output.flatMap((item) => {
      if (item.type === 'custom_tool_call') return [{ name: item.name, args: item.input }];
      return item.type === 'function_call' ? [{ name: item.name, args: parsed(item.arguments) }] : [];
    }),
    stop: whole.incomplete_details?.reason ?? whole.status ?? '',
    inputTokens: whole.usage?.input_tokens,
    outputTokens: whole.usage?.output_tokens,
  };
}

async function hearMessages(text: string, stream: boolean): Promise<Heard> {
  const client = new Anthropic({
    apiKey: 'k',
    baseURL: 'http://gateway.test',
    maxRetries: 0,
    fetch: answering(text, stream),
  });
  const asked = { ...ASKED, max_tokens: 64 };
  const whole = stream ? await client.messages.stream(asked).finalMessage() : await client.messages.create(asked);
  const { usage } = whole;
  return {
    text: whole.content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    refusal: whole.stop_details?.explanation ?? '',
    calls: whole.content.flatMap((block) =>
      block.type === 'tool_use' ? [{ name: block.name, args: block.input }] : [],
    ),
    stop: whole.stop_reason ?? '',
    inputTokens: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
    outputTokens: usage.output_tokens,
  };
}

/** Google's client takes no `fetch`, so a server answers it. */
async function hearGemini(text: string, stream: boolean): Promise<Heard> {
  using server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: () => new Response(text, { headers: { 'content-type': stream ? 'text/event-stream' : 'application/json' } }),
  });
  const httpOptions = { baseUrl: server.url.origin, retryOptions: { attempts: 1 } };
  const { models } = new GoogleGenAI({ apiKey: 'k', httpOptions });
  const asked = { model: 'alias', contents: 'Hi' };
  const chunks: GenerateContentResponse[] = [];
  if (stream) for await (const chunk of await models.generateContentStream(asked)) chunks.push(chunk);
  else chunks.push(await models.generateContent(asked));
  const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
  const usage = chunks.at(-1)?.usageMetadata;
  const input = usage?.promptTokenCount;
  return {
    text: parts.map((part) => (part.thought === true ? '' : (part.text ?? ''))).join(''),
    refusal: '',
    calls: chunks.flatMap((chunk) => chunk.functionCalls ?? []).map(({ name = '', args }) => ({ name, args })),
    stop: chunks.at(-1)?.candidates?.[0]?.finishReason ?? '',
    inputTokens: input,
    outputTokens: usage?.totalTokenCount === undefined ? undefined : usage.totalTokenCount - (input ?? 0),
  };
}

const CLIENTS = {
  'openai-chat': hearChat,
  'openai-responses': hearResponses,
  'anthropic-messages': hearMessages,
  gemini: hearGemini,
} as const;

/** Gives an answer to the official client of its API and tells what that client understood. Throws what it throws. */
export const hear = (client: FormatId, text: string, stream: boolean): Promise<Heard> => CLIENTS[client](text, stream);
