import OpenAI, { APIError } from 'openai';
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionContentPart,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { JsonObject } from '../../../src/types/json.ts';
import type { Client, Failure, Media, Told, Turn, Wish } from '../contract.ts';
import type { World } from '../world.ts';
import { classOfStatus, listeningFetch, retryAfterOf } from './listen.ts';

type Message = ChatCompletion['choices'][number]['message'];

/** Fields that no OpenAI model has; servers with the same API send them and clients give them back. */
interface Thoughts {
  reasoning_content?: string | undefined;
  reasoning_details?: JsonObject[] | undefined;
}

/** The openai package, `chat.completions`. */
export function openaiChatClient({ url, key }: World): Client {
  return {
    id: 'openai chat',
    format: 'openai-chat',
    inputHolds: 'all',
    stops: {
      end: 'stop',
      tool: 'tool_calls',
      length: 'length',
      'stop-sequence': 'stop',
      filter: 'content_filter',
      refusal: 'stop',
      pause: 'stop',
    },
    errorKind: classOfStatus,
    failureOf: openaiFailure,
    ask: async (wish, mode) => {
      const { fetch, headers } = listeningFetch();
      const sdk = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0, fetch });
      const completion = mode === 'unary' ? await whole(sdk, wish) : await streamed(sdk, wish);
      return told(completion, headers());
    },
  };
}

/** Errors of the openai package, of either of its APIs. */
export function openaiFailure(thrown: unknown): Failure {
  if (!(thrown instanceof APIError)) throw thrown;
  return {
    kind: thrown.constructor.name,
    status: thrown.status,
    message: thrown.message,
    retryAfterS: thrown.headers instanceof Headers ? retryAfterOf(thrown.headers) : undefined,
  };
}

function whole(sdk: OpenAI, wish: Wish): Promise<ChatCompletion> {
  return sdk.chat.completions.create(body(wish), { ...(wish.signal && { signal: wish.signal }) });
}

async function streamed(sdk: OpenAI, wish: Wish): Promise<ChatCompletion> {
  const stream = sdk.chat.completions.stream(
    { ...body(wish), stream: true, stream_options: { include_usage: true } },
    { ...(wish.signal && { signal: wish.signal }) },
  );
  const thoughts: Thoughts = {};
  stream.on('chunk', (chunk) => collectThoughts(chunk, thoughts));
  stream.on('content', (text) => wish.onDelta?.(text));
  const completion = await stream.finalChatCompletion();
  // The SDK keeps only the last piece of fields that it does not know; its users collect them, as here.
  Object.assign(completion.choices[0]?.message ?? {}, thoughts);
  return completion;
}

function collectThoughts(chunk: ChatCompletionChunk, thoughts: Thoughts): void {
  const delta = (chunk.choices[0]?.delta ?? {}) as Thoughts;
  if (typeof delta.reasoning_content === 'string') {
    thoughts.reasoning_content = (thoughts.reasoning_content ?? '') + delta.reasoning_content;
  }
  if (delta.reasoning_details !== undefined) {
    thoughts.reasoning_details = [...(thoughts.reasoning_details ?? []), ...delta.reasoning_details];
  }
}

function body(wish: Wish): ChatCompletionCreateParamsNonStreaming {
  const { tools, schema } = wish;
  return {
    model: wish.model,
    messages: [
      ...(wish.system === undefined ? [] : [{ role: 'system' as const, content: wish.system }]),
      ...wish.turns.flatMap(messagesOf),
    ],
    ...(tools && {
      tools: tools.map(({ name, description, schema: parameters }) => ({
        type: 'function' as const,
        function: { name, description, parameters },
      })),
    }),
    ...(schema && {
      response_format: { type: 'json_schema' as const, json_schema: { name: 'answer', schema, strict: true } },
    }),
    ...(wish.stop && { stop: [...wish.stop] }),
    ...(wish.thinks === true && { reasoning_effort: 'low' as const }),
    ...(wish.caches === true && { prompt_cache_key: 'grid' }),
  };
}

function messagesOf(turn: Turn): ChatCompletionMessageParam[] {
  if (turn.who === 'assistant') return [turn.echo as ChatCompletionMessageParam];
  if (turn.who === 'tool') {
    return turn.results.map((result) => {
      const parts = [{ type: 'text' as const, text: result.text }, ...(result.image ? [mediaPart(result.image)] : [])];
      // The SDK's type has text only; servers that take pictures here take them in this form.
      const content = (result.image ? parts : result.text) as string;
      return { role: 'tool' as const, tool_call_id: result.id, content };
    });
  }
  if (turn.media === undefined) return [{ role: 'user', content: turn.text }];
  return [{ role: 'user', content: [{ type: 'text', text: turn.text }, ...turn.media.map(mediaPart)] }];
}

function mediaPart(media: Media): ChatCompletionContentPart {
  if ('url' in media) return { type: 'image_url', image_url: { url: media.url } };
  const url = `data:${media.mime};base64,${media.base64}`;
  if (media.kind === 'image') return { type: 'image_url', image_url: { url } };
  return { type: 'file', file: { filename: 'paper.pdf', file_data: url } };
}

function told(completion: ChatCompletion, headers: Headers): Told {
  const choice = completion.choices[0];
  const message = choice?.message as (Message & Thoughts) | undefined;
  const { usage } = completion;
  const input = usage?.prompt_tokens_details as { cached_tokens?: number; cache_write_tokens?: number } | undefined;
  return {
    text: message?.content ?? '',
    reasoning: message?.reasoning_content ?? '',
    refusal: message?.refusal ?? '',
    calls: (message?.tool_calls ?? []).flatMap((call) =>
      call.type === 'function'
        ? [{ id: call.id, name: call.function.name, args: JSON.parse(call.function.arguments || '{}') }]
        : [],
    ),
    stop: String(choice?.finish_reason),
    usage: {
      input: usage?.prompt_tokens,
      output: usage?.completion_tokens,
      cacheRead: input?.cached_tokens,
      cacheWrite: input?.cache_write_tokens,
      reasoning: usage?.completion_tokens_details?.reasoning_tokens,
    },
    echo: withoutParsed(message),
    headers,
  };
}

/** What the streaming helpers add (`parsed`, `parsed_arguments`) is no part of either API. */
export function withoutParsed(answered: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answered, (name, value) => (name === 'parsed' || name === 'parsed_arguments' ? undefined : value)),
  );
}
