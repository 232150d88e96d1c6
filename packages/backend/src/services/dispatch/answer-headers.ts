import type { Format } from '../../types/format.ts';
import type { Call } from './ports.ts';

/**
 * Headers of every answer: the request's id and who served it. Each header costs every request about a microsecond,
 * so what goes without saying (one attempt, no loss) is not said.
 */
export function answerHeaders(call: Call, contentType: string): Record<string, string> {
  const { track, format } = call;
  const headers: Record<string, string> = {
    'content-type': contentType,
    [format.requestIdHeader]: call.requestId,
  };
  if (track.attempt !== undefined) headers['x-plexus-target'] = track.attempt.target.id;
  if (track.attemptCount > 1) headers['x-plexus-attempts'] = String(track.attemptCount);
  if (track.losses.length > 0) headers['x-plexus-losses'] = String(track.losses.length);
  return headers;
}

/** For streams: no proxy on the way may hold events back. */
export function streamHeaders(call: Call, contentType: string): Record<string, string> {
  return { ...answerHeaders(call, contentType), 'cache-control': 'no-cache', 'x-accel-buffering': 'no' };
}

/** The upstream's own headers that a client of the same format may see. A trailing "*" in the list is a prefix. */
export function copyReturnHeaders(format: Format, from: Headers, to: Record<string, string>): void {
  for (const name of format.returnHeaders) {
    if (!name.endsWith('*')) {
      const value = from.get(name);
      if (value !== null) to[name] ??= value;
      continue;
    }
    const prefix = name.slice(0, -1);
    for (const [key, value] of from) if (key.startsWith(prefix)) to[key] ??= value;
  }
}
