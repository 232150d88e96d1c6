import Anthropic, { APIError } from '@anthropic-ai/sdk';
import type {
  ContentBlockParam,
  Message,
  MessageCreateParamsNonStreaming,
  MessageParam,
} from '@anthropic-ai/sdk/resources/messages';
import type { Client, Failure, Media, Told, Turn, Wish } from '../contract.ts';
import type { World } from '../world.ts';
import { classOfStatus, listeningFetch, retryAfterOf } from './listen.ts';

const MAX_TOKENS = 4096;
const THINKING_TOKENS = 2048;
const OWN_CLASSES: Readonly<Record<number, string>> = {
  413: 'ContentTooLargeError',
  504: 'GatewayTimeoutError',
  529: 'OverloadedError',
};
const MARK = { cache_control: { type: 'ephemeral' as const } };

/** The @anthropic-ai/sdk package, `messages`. */
export function anthropicClient({ url, key }: World): Client {
  return {
    id: 'anthropic',
    format: 'anthropic-messages',
    inputHolds: 'uncached',
    stops: {
      end: 'end_turn',
      tool: 'tool_use',
      length: 'max_tokens',
      'stop-sequence': 'stop_sequence',
      filter: 'refusal',
      refusal: 'refusal',
      pause: 'pause_turn',
    },
    errorKind: (status) => OWN_CLASSES[status] ?? classOfStatus(status),
    failureOf,
    ask: async (wish, mode) => {
      const { fetch, headers } = listeningFetch();
      const sdk = new Anthropic({ apiKey: key, baseURL: url, maxRetries: 0, fetch });
      const options = { ...(wish.signal && { signal: wish.signal }) };
      if (mode === 'unary') return told(await sdk.messages.create(body(wish), options), headers());
      const stream = sdk.messages.stream(body(wish), options);
      stream.on('text', (text) => wish.onDelta?.(text));
      return told(await stream.finalMessage(), headers());
    },
  };
}

function failureOf(thrown: unknown): Failure {
  if (!(thrown instanceof APIError)) throw thrown;
  return {
    kind: thrown.constructor.name,
    status: thrown.status,
    message: thrown.message,
    retryAfterS: thrown.headers instanceof Headers ? retryAfterOf(thrown.headers) : undefined,
  };
}

function body(wish: Wish): MessageCreateParamsNonStreaming {
  const { tools, schema, system, caches = false } = wish;
  return {
    model: wish.model,
    max_tokens: MAX_TOKENS,
    ...(system !== undefined && { system: [{ type: 'text' as const, text: system, ...(caches && MARK) }] }),
    messages: wish.turns.map((turn) => messageOf(turn, caches)),
    ...(tools && {
      tools: tools.map(({ name, description, schema: given }) => ({
        name,
        description,
        input_schema: { ...given, type: 'object' as const },
      })),
    }),
    ...(schema && { output_config: { format: { type: 'json_schema' as const, schema } } }),
    ...(wish.stop && { stop_sequences: [...wish.stop] }),
    ...(wish.thinks === true && { thinking: { type: 'enabled' as const, budget_tokens: THINKING_TOKENS } }),
  };
}

function messageOf(turn: Turn, caches: boolean): MessageParam {
  if (turn.who === 'assistant') return { role: 'assistant', content: turn.echo as ContentBlockParam[] };
  if (turn.who === 'tool') {
    return {
      role: 'user',
      content: turn.results.map(({ id, text, isError, image }) => ({
        type: 'tool_result' as const,
        tool_use_id: id,
        content: image === undefined ? text : [{ type: 'text' as const, text }, imageBlock(image)],
        ...(isError === true && { is_error: true }),
      })),
    };
  }
  const blocks: ContentBlockParam[] = [
    ...(turn.media ?? []).map(mediaBlock),
    { type: 'text', text: turn.text, ...(caches && MARK) },
  ];
  return { role: 'user', content: blocks };
}

function imageBlock(media: Media) {
  if ('url' in media) return { type: 'image' as const, source: { type: 'url' as const, url: media.url } };
  const source = { type: 'base64' as const, media_type: media.mime as 'image/png', data: media.base64 };
  return { type: 'image' as const, source };
}

function mediaBlock(media: Media): ContentBlockParam {
  if (media.kind === 'image') return imageBlock(media);
  return { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: media.base64 } };
}

function told(message: Message, headers: Headers): Told {
  const { content, usage } = message;
  return {
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    reasoning: content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
    refusal: message.stop_details?.type === 'refusal' ? (message.stop_details.explanation ?? '') : '',
    calls: content.flatMap((block) =>
      block.type === 'tool_use' ? [{ id: block.id, name: block.name, args: block.input as never }] : [],
    ),
    stop: String(message.stop_reason),
    usage: {
      input: usage.input_tokens,
      output: usage.output_tokens,
      cacheRead: usage.cache_read_input_tokens ?? undefined,
      cacheWrite: usage.cache_creation_input_tokens ?? undefined,
      cacheWrite1h: usage.cache_creation?.ephemeral_1h_input_tokens,
      reasoning: usage.output_tokens_details?.thinking_tokens,
    },
    echo: content,
    headers,
  };
}
