import type { Endpoint, Format } from '../types/format.ts';

/** Who may call a route. The server does not start with a route that says nothing. */
export type AuthClass = 'public' | 'client';

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Exact, or with `{model}` for the rest of a name that may hold "/" and ":". */
  readonly path: string;
  readonly auth: AuthClass;
  readonly door:
    | { readonly kind: 'inference'; readonly format: Format; readonly endpoint: Endpoint }
    | { readonly kind: 'models'; readonly format: Format | undefined }
    | { readonly kind: 'status'; readonly page: 'livez' | 'readyz' | 'health' | 'version' };
}

export interface Match {
  readonly route: Route;
  /** What stood at `{model}`, decoded. */
  readonly model: string | undefined;
}

export interface RouteTable {
  readonly routes: readonly Route[];
  /** The route, or which methods the path has, or undefined for an unknown path. */
  match(method: string, path: string): Match | { readonly allowed: readonly string[] } | undefined;
}

const STATUS_PATHS = {
  '/livez': 'livez',
  '/healthz': 'livez',
  '/health/liveness': 'livez',
  '/readyz': 'readyz',
  '/health/readiness': 'readyz',
  '/health': 'health',
  '/version': 'version',
} as const;

function routesOf(formats: readonly Format[]): Route[] {
  const inference = formats.flatMap((format) =>
    format.endpoints.map((endpoint): Route => {
      const { method, path } = endpoint;
      return { method, path, auth: 'client', door: { kind: 'inference', format, endpoint } };
    }),
  );
  const gemini = formats.find(({ id }) => id === 'gemini');
  const models = [
    { path: '/v1/models', format: undefined },
    { path: '/v1/models/{model}', format: undefined },
    { path: '/v1beta/models', format: gemini },
    { path: '/v1beta/models/{model}', format: gemini },
  ].map(({ path, format }): Route => ({ method: 'GET', path, auth: 'client', door: { kind: 'models', format } }));
  const status = Object.entries(STATUS_PATHS).map(
    ([path, page]): Route => ({ method: 'GET', path, auth: 'public', door: { kind: 'status', page } }),
  );
  return [...inference, ...models, ...status];
}

interface Pattern {
  readonly route: Route;
  readonly prefix: string;
  readonly suffix: string;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray "%" is part of the name as it was written.
    return text;
  }
}

/** Exact paths by map, the few with a model by prefix and suffix, longest suffix first. */
export function createRouteTable(formats: readonly Format[]): RouteTable {
  const routes = routesOf(formats);
  const exact = new Map<string, Route[]>();
  const patterns: Pattern[] = [];
  for (const route of routes) {
    const [prefix = '', suffix] = route.path.split('{model}');
    if (suffix === undefined) exact.set(route.path, [...(exact.get(route.path) ?? []), route]);
    else patterns.push({ route, prefix, suffix });
  }
  patterns.sort((a, b) => b.suffix.length - a.suffix.length);

  const match: RouteTable['match'] = (asked, path) => {
    // The server leaves the body of an answer to HEAD out by itself.
    const method = asked === 'HEAD' ? 'GET' : asked;
    const found = exact.get(path);
    const hit = found?.find((route) => route.method === method);
    if (hit !== undefined) return { route: hit, model: undefined };
    if (found !== undefined) return { allowed: found.map((route) => route.method) };
    return matchPattern(patterns, method, path);
  };
  return { routes, match };
}

function matchPattern(patterns: readonly Pattern[], method: string, path: string): ReturnType<RouteTable['match']> {
  const allowed = new Set<string>();
  for (const { route, prefix, suffix } of patterns) {
    const fits = path.startsWith(prefix) && path.endsWith(suffix) && path.length > prefix.length + suffix.length;
    if (!fits) continue;
    if (route.method === method) {
      return { route, model: decoded(path.slice(prefix.length, path.length - suffix.length)) };
    }
    allowed.add(route.method);
    // A verb such as `:generateContent` is no part of a model's name, so no shorter pattern may take it for one.
    if (suffix !== '') break;
  }
  return allowed.size === 0 ? undefined : { allowed: [...allowed] };
}
