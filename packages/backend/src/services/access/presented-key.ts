/** The parts of a request that may carry a key; a `Request` is one. `url` may be absolute or only path and query. */
export interface KeyCarrier {
  readonly headers: Headers;
  readonly url: string;
}

/**
 * The key that a client presents, wherever its SDK puts it; undefined when there is none.
 *
 * Every place is read on every route, because people point one tool's key variable at another tool's API.
 * Order: `x-api-key`, `Authorization: Bearer`, `x-goog-api-key`, `?key=`. The first goes before Bearer since
 * Anthropic's SDK sends both when a login of its own is lying about beside the key that was configured.
 */
export function presentedKey({ headers, url }: KeyCarrier): string | undefined {
  return named(headers, 'x-api-key') ?? bearer(headers) ?? named(headers, 'x-goog-api-key') ?? queryValue(url, 'key');
}

function named(headers: Headers, name: string): string | undefined {
  return headers.get(name)?.trim() || undefined;
}

function bearer(headers: Headers): string | undefined {
  const value = headers.get('authorization');
  if (value === null) return undefined;
  return /^\s*bearer\s+(\S+)\s*$/i.exec(value)?.[1];
}

/** Read by hand, because `new URL` throws on requests whose Host is odd, and costs more than all the rest here. */
function queryValue(url: string, name: string): string | undefined {
  const start = url.indexOf('?');
  if (start < 0) return undefined;
  const end = url.indexOf('#', start);
  const query = url.slice(start + 1, end < 0 ? undefined : end);
  if (!query.includes(`${name}=`)) return undefined;
  return new URLSearchParams(query).get(name)?.trim() || undefined;
}
