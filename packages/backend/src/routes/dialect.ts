import type { GatewayError } from '../types/errors.ts';
import type { Format } from '../types/format.ts';
import type { FormatId } from '../types/format-id.ts';

/** The format of a caller whose path does not say it: by the headers that only one vendor's SDK sends. */
export function dialectOf(headers: Headers, path: string): FormatId {
  if (path.startsWith('/v1beta/') || headers.has('x-goog-api-key')) return 'gemini';
  if (path.includes('/messages') || headers.has('anthropic-version') || headers.has('x-api-key')) {
    return 'anthropic-messages';
  }
  return path.includes('/responses') ? 'openai-responses' : 'openai-chat';
}

/** An error as the caller's own API would give it, with the request's id. */
export function errorAnswer(error: GatewayError, format: Format, requestId: string): Response {
  const { status, body, headers } = format.encodeError(error, requestId);
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', [format.requestIdHeader]: requestId, ...headers },
  });
}
