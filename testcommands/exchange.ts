import { createSseParser } from '../packages/backend/src/utils/sse.ts';

/** How a client of each format asks. Plexus takes a bearer token on each of them, and so do we; SDKs send their own. */
export const FORMATS = {
  'openai-chat': { path: () => '/v1/chat/completions', streamKey: 'stream' },
  'openai-responses': { path: () => '/v1/responses', streamKey: 'stream' },
  'anthropic-messages': { path: () => '/v1/messages', streamKey: 'stream' },
  gemini: {
    path: (model: string, stream: boolean) =>
      `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    streamKey: undefined,
  },
} as const;

export type FormatName = keyof typeof FORMATS;

export const isFormat = (name: string): name is FormatName => Object.hasOwn(FORMATS, name);

export interface Question {
  readonly format: FormatName;
  readonly model: string;
  readonly stream: boolean;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The call as the official client of the format would make it: model and stream flag where that API wants them. */
export function requestOf({ format, model, stream, payload }: Question): { path: string; body: string } {
  const { path, streamKey } = FORMATS[format];
  const named = streamKey === undefined ? {} : { model, [streamKey]: stream };
  return { path: path(model, stream), body: JSON.stringify({ ...payload, ...named }) };
}

/** One line for a streamed event: when it came, its name, and its JSON cut to `width` characters. */
export function eventLine(elapsedMs: number, name: string | undefined, data: string, width: number): string {
  const line = `${elapsedMs.toFixed(0).padStart(6)} ms  ${name === undefined ? '' : `${name}  `}${data}`;
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}

/** Gives each event of a streamed answer to `show`, with the milliseconds since `startedMs`. */
export async function showEvents(
  body: ReadableStream<Uint8Array>,
  startedMs: number,
  show: (elapsedMs: number, name: string | undefined, data: string) => void,
): Promise<void> {
  const parser = createSseParser();
  const tell = ({ event, data }: { event?: string | undefined; data: string }): void =>
    show(performance.now() - startedMs, event, data);
  for await (const bytes of body) parser.push(bytes, tell);
  parser.end(tell);
}
