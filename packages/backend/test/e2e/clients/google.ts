import {
  ApiError,
  type Content,
  type GenerateContentConfig,
  type GenerateContentParameters,
  type GenerateContentResponse,
  GoogleGenAI,
  type Part,
} from '@google/genai';
import type { Json } from '../../../src/types/json.ts';
import type { Client, Failure, Media, Told, Turn, Wish } from '../contract.ts';
import type { World } from '../world.ts';
import { listeningFetch } from './listen.ts';

/** The @google/genai package, `models.generateContent` and `generateContentStream`. */
export function googleClient({ url, key }: World): Client {
  return {
    id: 'google genai',
    format: 'gemini',
    inputHolds: 'all',
    stops: {
      end: 'STOP',
      tool: 'STOP',
      length: 'MAX_TOKENS',
      'stop-sequence': 'STOP',
      filter: 'SAFETY',
      refusal: 'SAFETY',
      pause: 'STOP',
    },
    errorKind: () => 'ApiError',
    failureOf,
    ask: async (wish, mode) => {
      const { fetch, headers } = listeningFetch();
      const sdk = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url, fetch } });
      const chunks: GenerateContentResponse[] = [];
      if (mode === 'unary') chunks.push(await sdk.models.generateContent(body(wish)));
      else {
        for await (const chunk of await sdk.models.generateContentStream(body(wish))) {
          chunks.push(chunk);
          const text = textOf([chunk]);
          if (text !== '') wish.onDelta?.(text);
        }
      }
      return told(chunks, headers());
    },
  };
}

function failureOf(thrown: unknown): Failure {
  if (!(thrown instanceof ApiError)) throw thrown;
  const message = /"message":\s*("(?:[^"\\]|\\.)*")/.exec(thrown.message)?.[1];
  return {
    kind: 'ApiError',
    status: thrown.status,
    message: message === undefined ? thrown.message : JSON.parse(message),
    retryAfterS: retryDelay(thrown.message),
  };
}

/** This SDK's message is the whole body; the wait stands in its details. */
function retryDelay(message: string): number | undefined {
  const seconds = /"retryDelay":\s*"([\d.]+)s"/.exec(message)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

function body(wish: Wish): GenerateContentParameters {
  const { tools, schema, system, signal, stop } = wish;
  const config: GenerateContentConfig = {
    ...(system !== undefined && { systemInstruction: system }),
    ...(tools && {
      tools: [
        {
          functionDeclarations: tools.map(({ name, description, schema: parametersJsonSchema }) => ({
            name,
            description,
            parametersJsonSchema,
          })),
        },
      ],
    }),
    ...(schema && { responseMimeType: 'application/json', responseJsonSchema: schema }),
    ...(stop && { stopSequences: [...stop] }),
    ...(wish.thinks === true && { thinkingConfig: { includeThoughts: true } }),
    ...(wish.caches === true && { cachedContent: 'cachedContents/grid' }),
    ...(signal && { abortSignal: signal }),
  };
  return { model: wish.model, contents: wish.turns.flatMap(contentsOf), config };
}

function contentsOf(turn: Turn): Content[] {
  if (turn.who === 'assistant') return turn.echo as Content[];
  if (turn.who === 'tool') {
    const parts = turn.results.map(({ id, name, text, isError, image }) => ({
      functionResponse: {
        ...(id !== '' && { id }),
        name,
        response: isError === true ? { error: text } : { output: text },
        ...(image && { parts: [{ inlineData: { mimeType: image.mime, data: image.base64 } }] }),
      },
    }));
    return [{ role: 'user', parts }];
  }
  return [{ role: 'user', parts: [...(turn.media ?? []).map(mediaPart), { text: turn.text }] }];
}

function mediaPart(media: Media): Part {
  if ('url' in media) return { fileData: { fileUri: media.url, mimeType: media.mime } };
  return { inlineData: { mimeType: media.mime, data: media.base64 } };
}

const partsOf = (chunks: readonly GenerateContentResponse[]): Part[] =>
  chunks.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);

const textOf = (chunks: readonly GenerateContentResponse[]): string =>
  partsOf(chunks)
    .map((part) => (part.thought === true ? '' : (part.text ?? '')))
    .join('');

function told(chunks: readonly GenerateContentResponse[], headers: Headers): Told {
  const usage = chunks.findLast(({ usageMetadata }) => usageMetadata !== undefined)?.usageMetadata;
  const ended = chunks.findLast(({ candidates }) => candidates?.[0]?.finishReason !== undefined);
  return {
    text: textOf(chunks),
    reasoning: partsOf(chunks)
      .map((part) => (part.thought === true ? (part.text ?? '') : ''))
      .join(''),
    refusal: '',
    calls: partsOf(chunks).flatMap(({ functionCall }) =>
      functionCall === undefined
        ? []
        : [{ id: functionCall.id ?? '', name: functionCall.name ?? '', args: (functionCall.args ?? {}) as Json }],
    ),
    stop: String(ended?.candidates?.[0]?.finishReason),
    usage: {
      input: usage?.promptTokenCount,
      output: usage === undefined ? undefined : (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
      cacheRead: usage?.cachedContentTokenCount,
      cacheWrite: undefined,
      reasoning: usage?.thoughtsTokenCount,
    },
    echo: [{ role: 'model', parts: joined(partsOf(chunks)) }],
    headers,
  };
}

/** One answer is one content, and its deltas are one text: as Google's own CLI keeps its history. */
function joined(parts: readonly Part[]): Part[] {
  const isPlain = (part: Part | undefined) => part?.text !== undefined && Object.keys(part).length === 1;
  const kept: Part[] = [];
  for (const part of parts) {
    const last = kept.at(-1);
    if (isPlain(part) && isPlain(last)) kept.splice(-1, 1, { text: `${last?.text}${part.text}` });
    else kept.push(part);
  }
  return kept;
}
