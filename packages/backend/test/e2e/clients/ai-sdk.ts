import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import {
  APICallError,
  generateText,
  jsonSchema,
  type LanguageModel,
  type ModelMessage,
  Output,
  streamText,
  type ToolSet,
  tool,
} from 'ai';
import type { FormatId } from '../../../src/types/format-id.ts';
import type { Json, JsonObject } from '../../../src/types/json.ts';
import type { Client, Failure, Media, Mode, Told, ToolResult, Turn, Wish } from '../contract.ts';
import { PICTURE } from '../scenarios/pictures.ts';
import type { World } from '../world.ts';
import { listeningFetch } from './listen.ts';

// Settings that an API lacks are the grid's own subject; the SDK need not print them.
(globalThis as { AI_SDK_LOG_WARNINGS?: boolean }).AI_SDK_LOG_WARNINGS = false;

type Options = Parameters<typeof generateText>[0];

interface Flavour {
  readonly id: string;
  readonly format: FormatId;
  model(id: string, fetch: typeof globalThis.fetch): LanguageModel;
  options(wish: Wish): JsonObject;
  resultText?(result: ToolResult): string;
}

const openaiOptions = ({ thinks, caches }: Wish): JsonObject => ({
  ...(thinks === true && { forceReasoning: true, reasoningEffort: 'low' }),
  ...(caches === true && { promptCacheKey: 'grid' }),
});

function flavours({ url, key }: World): Flavour[] {
  const openai = (fetch: typeof globalThis.fetch) => createOpenAI({ apiKey: key, baseURL: `${url}/v1`, fetch });
  return [
    {
      id: 'ai-sdk openai chat',
      format: 'openai-chat',
      model: (id, fetch) => openai(fetch).chat(id),
      options: (wish) => ({ openai: openaiOptions(wish) }),
    },
    {
      id: 'ai-sdk openai responses',
      format: 'openai-responses',
      model: (id, fetch) => openai(fetch).responses(id),
      options: (wish) => ({
        openai: { ...openaiOptions(wish), store: false, ...(wish.thinks === true && { reasoningSummary: 'auto' }) },
      }),
    },
    {
      id: 'ai-sdk anthropic',
      format: 'anthropic-messages',
      model: (id, fetch) => createAnthropic({ apiKey: key, baseURL: `${url}/v1`, fetch })(id),
      options: ({ thinks }) => ({
        anthropic: thinks === true ? { thinking: { type: 'enabled', budgetTokens: 2048 } } : {},
      }),
    },
    {
      id: 'ai-sdk google',
      format: 'gemini',
      model: (id, fetch) => createGoogle({ apiKey: key, baseURL: `${url}/v1beta`, fetch })(`models/${id}`),
      options: ({ thinks, caches }) => ({
        google: {
          ...(thinks === true && { thinkingConfig: { includeThoughts: true } }),
          ...(caches === true && { cachedContent: 'cachedContents/grid' }),
        },
      }),
      resultText: ({ name, text }) => JSON.stringify({ name, content: text }),
    },
  ];
}

/** The AI SDK with each of its four providers. */
export function aiSdkClients(world: World): Client[] {
  return flavours(world).map((flavour) => ({
    id: flavour.id,
    format: flavour.format,
    inputHolds: 'all',
    stops: {
      end: 'stop',
      tool: 'tool-calls',
      length: 'length',
      'stop-sequence': 'stop',
      filter: 'content-filter',
      refusal: 'content-filter',
      pause: 'stop',
    },
    ...(flavour.resultText && { resultText: flavour.resultText }),
    errorKind: () => 'AI_APICallError',
    failureOf,
    ask: (wish, mode) => ask(flavour, wish, mode),
  }));
}

function failureOf(thrown: unknown): Failure {
  if (!APICallError.isInstance(thrown)) {
    // The AI SDK hands a stream's own error on as it came, or as a plain error.
    const message = thrown instanceof Error ? thrown.message : JSON.stringify(thrown);
    return { kind: 'stream error', status: undefined, message, retryAfterS: undefined };
  }
  const seconds = thrown.responseHeaders?.['retry-after'];
  return {
    kind: thrown.name,
    status: thrown.statusCode,
    message: thrown.message,
    retryAfterS: seconds === undefined ? undefined : Number(seconds),
  };
}

async function ask(flavour: Flavour, wish: Wish, mode: Mode): Promise<Told> {
  const { fetch, headers } = listeningFetch();
  const options = callOptions(flavour, wish, fetch);
  const result = mode === 'unary' ? await generateText(options) : await streamed(options, wish);
  const { usage } = result;
  return {
    text: result.text,
    reasoning: result.reasoningText ?? '',
    refusal: '',
    calls: result.toolCalls.map(({ toolCallId, toolName, input }) => ({
      id: toolCallId,
      name: toolName,
      args: input as Json,
    })),
    stop: result.finishReason,
    usage: {
      input: usage.inputTokens,
      output: usage.outputTokens,
      cacheRead: usage.inputTokenDetails.cacheReadTokens,
      cacheWrite: usage.inputTokenDetails.cacheWriteTokens,
      reasoning: usage.outputTokenDetails.reasoningTokens,
    },
    echo: result.responseMessages,
    headers: headers(),
  };
}

async function streamed(options: Options, wish: Wish) {
  const result = streamText({ ...options, onError: () => undefined });
  for await (const part of result.fullStream) {
    if (part.type === 'text-delta') wish.onDelta?.(part.text);
    if (part.type === 'error') throw part.error;
    if (part.type === 'abort') throw new DOMException('aborted', 'AbortError');
  }
  return {
    text: await result.text,
    reasoningText: await result.reasoningText,
    toolCalls: await result.toolCalls,
    finishReason: await result.finishReason,
    usage: await result.usage,
    responseMessages: await result.responseMessages,
  };
}

function callOptions(flavour: Flavour, wish: Wish, fetch: typeof globalThis.fetch): Options {
  const mark = wish.caches === true && flavour.format === 'anthropic-messages';
  return {
    model: flavour.model(wish.model, fetch),
    maxRetries: 0,
    maxOutputTokens: 4096,
    ...(wish.system !== undefined && { instructions: wish.system }),
    messages: wish.turns.flatMap((turn) => messagesOf(turn, mark)),
    ...(wish.tools && { tools: toolSet(wish.tools) }),
    ...(wish.schema && { output: Output.object({ schema: jsonSchema(wish.schema) }) }),
    ...(wish.stop && { stopSequences: [...wish.stop] }),
    ...(wish.signal && { abortSignal: wish.signal }),
    // What an API takes no address for, this SDK fetches itself; here from a fixed shelf instead of the network.
    experimental_download: (wanted) =>
      Promise.resolve(
        wanted.map(({ isUrlSupportedByModel }) =>
          isUrlSupportedByModel ? null : { data: Buffer.from(PICTURE.base64, 'base64'), mediaType: PICTURE.mime },
        ),
      ),
    providerOptions: flavour.options(wish) as NonNullable<Options['providerOptions']>,
  };
}

function toolSet(tools: NonNullable<Wish['tools']>): ToolSet {
  return Object.fromEntries(
    tools.map(({ name, description, schema }) => [name, tool({ description, inputSchema: jsonSchema(schema) })]),
  );
}

const MARKED = { providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } } };

function messagesOf(turn: Turn, mark: boolean): ModelMessage[] {
  if (turn.who === 'assistant') return turn.echo as ModelMessage[];
  if (turn.who === 'tool') {
    return [
      {
        role: 'tool',
        content: turn.results.map((result) => ({
          type: 'tool-result' as const,
          toolCallId: result.id,
          toolName: result.name,
          output: outputOf(result),
        })),
      },
    ];
  }
  return [
    {
      role: 'user',
      content: [{ type: 'text', text: turn.text }, ...(turn.media ?? []).map(filePart)],
      ...(mark && MARKED),
    },
  ];
}

function outputOf({ text, isError, image }: ToolResult) {
  if (isError === true) return { type: 'error-text' as const, value: text };
  if (image === undefined) return { type: 'text' as const, value: text };
  const picture = { type: 'file-data' as const, data: image.base64, mediaType: image.mime };
  return { type: 'content' as const, value: [{ type: 'text' as const, text }, picture] };
}

function filePart(media: Media) {
  const data = 'url' in media ? new URL(media.url) : media.base64;
  return { type: 'file' as const, data, mediaType: media.mime, ...(media.kind === 'pdf' && { filename: 'paper.pdf' }) };
}
