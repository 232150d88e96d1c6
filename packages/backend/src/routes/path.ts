import { GatewayError } from '../types/errors.ts';

/** A request's path and query, taken apart by one function, so that auth and routing can never see two paths. */
export interface RequestPath {
  readonly path: string;
  /** With the leading "?", or empty. */
  readonly query: string;
}

/**
 * Path and query of a request's URL. The `Host` takes no part: a host with characters that no host has would move
 * the path, so it is refused with `request_invalid`.
 */
export function requestPath(url: string, host: string | null): RequestPath {
  if (host !== null && !/^[A-Za-z0-9._:[\]-]*$/.test(host)) {
    throw new GatewayError('request_invalid', 'the Host header is not a host name');
  }
  const start = url.indexOf('/', url.indexOf('://') + 3);
  if (start === -1) return { path: '/', query: '' };
  const mark = url.indexOf('?', start);
  return mark === -1 ? { path: url.slice(start), query: '' } : { path: url.slice(start, mark), query: url.slice(mark) };
}

/** The query without the client's key, so that it never reaches an upstream or a log. */
export function withoutKey(query: string): string {
  if (!query.includes('key=')) return query;
  const fields = new URLSearchParams(query);
  fields.delete('key');
  const rest = fields.toString();
  return rest === '' ? '' : `?${rest}`;
}
