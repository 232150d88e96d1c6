import { dialectOf, errorAnswer } from './routes/dialect.ts';
import { handleInference, type InferenceDeps } from './routes/inference.ts';
import { listModels } from './routes/models.ts';
import { requestPath } from './routes/path.ts';
import { createRouteTable, type Match } from './routes/route-table.ts';
import { type StatusView, statusPages } from './routes/status.ts';
import { unknownPath } from './routes/unknown-path.ts';
import type { Keyring } from './services/access/index.ts';
import type { DispatchDeps } from './services/dispatch/index.ts';
import { asGatewayError, GatewayError } from './types/errors.ts';
import type { Format } from './types/format.ts';
import type { Snapshot } from './types/gateway.ts';
import type { RequestRecord } from './types/record.ts';
import { describeCause } from './utils/cause.ts';
import type { Logger } from './utils/logger.ts';
import type { ProfileOf } from './utils/make-target.ts';

/** Everything of the world that the gateway uses, handed in. */
export interface AppDeps {
  readonly formats: readonly Format[];
  /** The configuration in force; asked once for each request. */
  readonly snapshot: () => Snapshot;
  readonly keyring: Keyring;
  readonly record: (record: RequestRecord) => void;
  readonly dispatch: DispatchDeps;
  readonly profileOf: ProfileOf;
  readonly log: Logger;
  readonly wallClockMs: () => number;
  readonly newRequestId: () => string;
  readonly version: string;
  readonly problems: () => readonly string[];
}

export interface App {
  handle(request: Request): Response | Promise<Response>;
  /** From now on new requests are refused; those that are open go on. */
  startDraining(): void;
  openRequests(): number;
}

/** The one place that wires rooms together. Opens nothing: the server, the database and the clock come from outside. */
export function createApp(deps: AppDeps): App {
  const table = createRouteTable(deps.formats);
  const formats = new Map(deps.formats.map((format) => [format.id, format]));
  const fallback = deps.formats[0];
  let open = 0;
  let draining = false;

  const status: StatusView = {
    version: deps.version,
    startedAtMs: deps.wallClockMs(),
    openRequests: () => open,
    isDraining: () => draining,
    problems: deps.problems,
  };
  const inference: InferenceDeps = {
    dispatch: deps.dispatch,
    profileOf: deps.profileOf,
    wallClockMs: deps.wallClockMs,
    record: (record) => {
      open -= 1;
      deps.record(record);
    },
    onFault: (error, requestId) => {
      const { code, rule, upstreamStatus, cause } = error;
      const level = rule.source === 'gateway' && error.status >= 500 ? 'error' : 'warn';
      // Providers quote prompts and keys in their errors, so their words go to the caller and never to the log.
      const message = rule.source === 'upstream' ? rule.meaning : error.message;
      deps.log[level]({ requestId, code, upstreamStatus, cause: describeCause(cause) }, message);
    },
  };

  const formatFor = (match: Match | undefined, request: Request, path: string): Format => {
    const door = match?.route.door;
    if (door?.kind === 'inference') return door.format;
    const format = formats.get(dialectOf(request.headers, path)) ?? fallback;
    if (format === undefined) throw new Error('a gateway without formats cannot answer');
    return format;
  };

  const enter = (request: Request, match: Match, query: string): Response | Promise<Response> => {
    const { door } = match.route;
    if (door.kind === 'status') return statusPages[door.page](status);
    const snapshot = deps.snapshot();
    const key = deps.keyring.identify(request, snapshot.keys);
    if (door.kind === 'models') {
      return listModels(door.format ?? formatFor(undefined, request, match.route.path), snapshot, key, match.model);
    }
    if (draining) throw new GatewayError('gateway_draining', 'the gateway is shutting down', { retryAfterMs: 1000 });
    if (open >= snapshot.limits.openRequestsMax) {
      throw new GatewayError('gateway_overloaded', 'the gateway has too many open requests', { retryAfterMs: 1000 });
    }
    open += 1;
    const { format, endpoint } = door;
    const requestId = deps.newRequestId();
    return handleInference(
      { request, requestId, key, snapshot, format, endpoint, pathModel: match.model, query },
      inference,
    );
  };

  const refuseMethod = (request: Request, path: string, methods: string): Response => {
    const error = new GatewayError('request_method', `${request.method} is not allowed here; use ${methods}`);
    const answer = errorAnswer(error, formatFor(undefined, request, path), deps.newRequestId());
    answer.headers.set('allow', methods);
    return answer;
  };

  const handle = (request: Request): Response | Promise<Response> => {
    let match: Match | undefined;
    let path = '/';
    try {
      const parts = requestPath(request.url, request.headers.get('host'));
      path = parts.path;
      const found = table.match(request.method, path);
      if (found === undefined) throw unknownPath(request.method, path);
      if ('allowed' in found) return refuseMethod(request, path, found.allowed.join(', '));
      match = found;
      return enter(request, found, parts.query);
    } catch (thrown) {
      const error = asGatewayError(thrown);
      const requestId = deps.newRequestId();
      if (error.rule.source !== 'client') inference.onFault(error, requestId);
      return errorAnswer(error, formatFor(match, request, path), requestId);
    }
  };
  return {
    handle,
    startDraining: () => {
      draining = true;
    },
    openRequests: () => open,
  };
}
