import OpenAI from 'openai';
import type {
  Response as OpenAIResponse,
  ResponseCreateParamsNonStreaming,
  ResponseInputContent,
  ResponseInputItem,
} from 'openai/resources/responses/responses';
import type { Client, Media, Told, Turn, Wish } from '../contract.ts';
import type { World } from '../world.ts';
import { classOfStatus, listeningFetch } from './listen.ts';
import { openaiFailure, withoutParsed } from './openai-chat.ts';

/** The openai package, `responses`, without stored state. */
export function openaiResponsesClient({ url, key }: World): Client {
  return {
    id: 'openai responses',
    format: 'openai-responses',
    inputHolds: 'all',
    stops: {
      end: 'completed',
      tool: 'completed',
      length: 'incomplete max_output_tokens',
      'stop-sequence': 'completed',
      filter: 'incomplete content_filter',
      refusal: 'completed',
      pause: 'completed',
    },
    errorKind: classOfStatus,
    failureOf: openaiFailure,
    ask: async (wish, mode) => {
      const { fetch, headers } = listeningFetch();
      const sdk = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0, fetch });
      const options = { ...(wish.signal && { signal: wish.signal }) };
      if (mode === 'unary') return told(checked(await sdk.responses.create(body(wish), options)), headers());
      const stream = sdk.responses.stream({ ...body(wish), stream: true }, options);
      stream.on('response.output_text.delta', ({ delta }) => wish.onDelta?.(delta));
      return told(checked(await stream.finalResponse()), headers());
    },
  };
}

/** A failed response is an answer to this SDK, whose users look at the status. */
function checked(response: OpenAIResponse): OpenAIResponse {
  if (response.status !== 'failed') return response;
  throw new OpenAI.APIError(undefined, response.error ?? {}, response.error?.message, undefined);
}

function body(wish: Wish): ResponseCreateParamsNonStreaming {
  const { tools, schema } = wish;
  return {
    model: wish.model,
    store: false,
    ...(wish.system !== undefined && { instructions: wish.system }),
    input: wish.turns.flatMap(itemsOf),
    ...(tools && {
      tools: tools.map(({ name, description, schema: parameters }) => ({
        type: 'function' as const,
        name,
        description,
        parameters,
        strict: false,
      })),
    }),
    ...(schema && { text: { format: { type: 'json_schema' as const, name: 'answer', schema, strict: true } } }),
    ...(wish.thinks === true && {
      reasoning: { effort: 'low' as const, summary: 'auto' as const },
      include: ['reasoning.encrypted_content' as const],
    }),
    ...(wish.caches === true && { prompt_cache_key: 'grid' }),
  };
}

function itemsOf(turn: Turn): ResponseInputItem[] {
  if (turn.who === 'assistant') return turn.echo as ResponseInputItem[];
  if (turn.who === 'tool') {
    return turn.results.map(({ id, text, image }) => ({
      type: 'function_call_output' as const,
      call_id: id,
      output: image === undefined ? text : [{ type: 'input_text' as const, text }, imagePart(image)],
    }));
  }
  if (turn.media === undefined) return [{ role: 'user', content: turn.text }];
  return [{ role: 'user', content: [{ type: 'input_text', text: turn.text }, ...turn.media.map(mediaPart)] }];
}

function imagePart(media: Media) {
  const url = 'url' in media ? media.url : `data:${media.mime};base64,${media.base64}`;
  return { type: 'input_image' as const, detail: 'auto' as const, image_url: url };
}

function mediaPart(media: Media): ResponseInputContent {
  if (media.kind === 'image') return imagePart(media);
  return { type: 'input_file', filename: 'paper.pdf', file_data: `data:${media.mime};base64,${media.base64}` };
}

function told(response: OpenAIResponse, headers: Headers): Told {
  const { output, usage } = response;
  const parts = output.flatMap((item) => (item.type === 'message' ? item.content : []));
  const input = usage?.input_tokens_details as
    | { cached_tokens?: number; cache_write_tokens?: number; cache_write_tokens_details?: { ttl_12h?: number } }
    | undefined;
  const reason = response.incomplete_details?.reason;
  return {
    text: parts.map((part) => (part.type === 'output_text' ? part.text : '')).join(''),
    reasoning: output
      .flatMap((item) => (item.type === 'reasoning' ? item.summary : []))
      .map(({ text }) => text)
      .join(''),
    refusal: parts.map((part) => (part.type === 'refusal' ? part.refusal : '')).join(''),
    calls: output.flatMap((item) =>
      item.type === 'function_call'
        ? [{ id: item.call_id, name: item.name, args: JSON.parse(item.arguments || '{}') }]
        : [],
    ),
    stop: reason ? `${response.status} ${reason}` : String(response.status),
    usage: {
      input: usage?.input_tokens,
      output: usage?.output_tokens,
      cacheRead: input?.cached_tokens,
      cacheWrite: input?.cache_write_tokens,
      cacheWrite1h: input?.cache_write_tokens_details?.ttl_12h,
      reasoning: usage?.output_tokens_details?.reasoning_tokens,
    },
    echo: withoutParsed(output),
    headers,
  };
}
