import type { JsonObject } from '../types/json.ts';
import { isObject } from '../utils/fields.ts';
import type { Logger } from '../utils/logger.ts';
import { anthropicMessages } from './anthropic-messages/index.ts';
import { arrayPieces, brokenUnary, cut, type Piece, pause, pulledBody, ssePieces } from './body.ts';
import { type ApiDefinition, type Arrival, type Ask, type Failure, type Script, VendorRefusal } from './contract.ts';
import { failureOf } from './fold.ts';
import { gemini } from './gemini/index.ts';
import { digest } from './ids.ts';
import { listModels, oneModel } from './models.ts';
import { openaiResponses } from './openai-responses/index.ts';
import { type Door, doorOf } from './routes.ts';
import { chooseScenario } from './scenarios/index.ts';
import type { StatsBook } from './stats.ts';

/** Handed in, so that everything below is a function of the request. */
export interface SimulatorWorld {
  readonly stats: StatsBook;
  readonly nowMs: () => number;
  /** Aborted when the simulator stops. */
  readonly stopped: AbortSignal;
  readonly log?: Logger | undefined;
}

interface Visit {
  readonly world: SimulatorWorld;
  readonly signal: AbortSignal;
  readonly url: URL;
  readonly openedAtMs: number;
  readonly requestId: string;
}

const BODY_BYTES_MAX = 64 * 1024 * 1024;

/** Answers one request as the provider of its address would. Never throws. */
export async function serve(request: Request, world: SimulatorWorld): Promise<Response> {
  const url = new URL(request.url);
  if (url.pathname === '/stats') return Response.json(world.stats.read());
  if (url.pathname === '/stats/reset' && request.method === 'POST') {
    world.stats.reset();
    return new Response(null, { status: 204 });
  }
  if (request.method === 'GET') return readOnly(request, url);
  const text = await request.text().catch(() => undefined);
  // The client left while it was still sending; nobody reads this answer.
  if (text === undefined) return new Response(null, { status: 499 });
  world.stats.arrived(request, url, text);
  const visit: Visit = {
    world,
    signal: AbortSignal.any([request.signal, world.stopped]),
    url,
    openedAtMs: world.nowMs(),
    requestId: `req_${digest(32, url.pathname, text)}`,
  };
  const door = request.method === 'POST' ? doorOf(url.pathname) : undefined;
  if (door === undefined) return unknownPath(request, url, visit.requestId);
  return answer(request, text, door, visit);
}

function readOnly(request: Request, url: URL): Response {
  const [, version, id] = /^\/(v1|v1beta)\/models(?:\/(.+))?$/.exec(url.pathname) ?? [];
  if (version === undefined) return unknownPath(request, url);
  const api = listingApi(request.headers, url, version);
  if (id === undefined) return Response.json(listModels(api.id));
  const name = decodeURIComponent(id);
  const found = oneModel(name, api.id);
  return found === undefined ? refusal(api, { status: 404 }, name, 'req_listing') : Response.json(found);
}

/** Three vendors share `/v1/models`: Google's SDK uses it as well, so the headers tell who asks. */
function listingApi(headers: Headers, url: URL, version: string): ApiDefinition {
  const forGoogle = headers.has('x-goog-api-key') || headers.has('x-goog-api-client') || url.searchParams.has('key');
  if (version === 'v1beta' || forGoogle) return gemini;
  return headers.has('anthropic-version') ? anthropicMessages : openaiResponses;
}

function unknownPath(request: Request, url: URL, requestId = 'req_unknown'): Response {
  const message = `Invalid URL (${request.method} ${url.pathname})`;
  if (url.pathname.startsWith('/v1beta')) return refusal(gemini, { status: 404, message }, '', requestId);
  const api = url.pathname.startsWith('/v1/messages') ? anthropicMessages : openaiResponses;
  return refusal(api, { status: 404, message }, '', requestId);
}

function refusal(api: ApiDefinition, failure: Failure, model: string, requestId: string): Response {
  const { status, body, headers } = api.error(failure, { model, requestId });
  return Response.json(body, { status, headers });
}

async function answer(request: Request, text: string, door: Door, visit: Visit): Promise<Response> {
  let model = door.model ?? '';
  try {
    const body = parse(text, door.api);
    model = door.model ?? modelOf(body, door.api);
    checkCredential(request, visit.url, door.api);
    const chosen = chooseScenario(model);
    if (chosen === undefined) throw new VendorRefusal('', { status: 404 });
    const { scenario, options } = chosen;
    const arrival: Arrival = {
      headers: request.headers,
      url: visit.url,
      model,
      scenario: scenario.name,
      options,
      action: door.action,
    };
    door.api.check(body, arrival);
    const ask = door.api.read(body, arrival);
    if (door.action === 'count')
      return Response.json(door.api.count?.(ask), { headers: door.api.headers(visit.requestId) });
    const script = scenario.play(ask, { options, attempt: visit.world.stats.played(model) });
    return await perform(door.api, ask, script, visit);
  } catch (thrown) {
    const failure: Failure = thrown instanceof VendorRefusal ? thrown.failure : broken(thrown, visit);
    // A refusal without words of its own uses the vendor's usual words for the status.
    const { message, ...rest } = failure;
    return refusal(door.api, message ? failure : rest, model, visit.requestId);
  }
}

/** A fault of the simulator itself, told as such: it must not pass for a scenario. */
function broken(thrown: unknown, { world, url }: Visit): Failure {
  world.log?.error({ path: url.pathname, error: thrown }, 'the simulator failed');
  return { status: 500, message: `The simulator itself failed: ${String(thrown)}` };
}

function parse(text: string, api: ApiDefinition): JsonObject {
  if (text.length > BODY_BYTES_MAX) throw new VendorRefusal('', { status: 413 });
  try {
    const body: unknown = JSON.parse(text);
    if (isObject(body)) return body;
  } catch {
    // Answered below, like a body that is JSON but no object.
  }
  throw new VendorRefusal(api.notJson);
}

function modelOf(body: JsonObject, { id }: ApiDefinition): string {
  if (typeof body['model'] === 'string' && body['model'] !== '') return body['model'];
  if (id === 'anthropic-messages') throw new VendorRefusal('model: Field required');
  if (id === 'openai-chat') throw new VendorRefusal('you must provide a model parameter');
  throw new VendorRefusal("Missing required parameter: 'model'.", {
    param: 'model',
    code: 'missing_required_parameter',
  });
}

/** No credential is fine and any is, but for "bad-key". Google answers a bad API key with 400, a bad token with 401. */
function checkCredential(request: Request, url: URL, { id }: ApiDefinition): void {
  const bearer = request.headers.get('authorization')?.replace(/^Bearer\s+/i, '');
  const google = request.headers.get('x-goog-api-key') ?? url.searchParams.get('key');
  if (id === 'gemini' && google === 'bad-key') {
    throw new VendorRefusal('API key not valid. Please pass a valid API key.', { code: 'API_KEY_INVALID' });
  }
  const given = request.headers.get('x-api-key') ?? bearer;
  if (given === 'bad-key') throw new VendorRefusal('', { status: 401 });
}

async function perform(api: ApiDefinition, ask: Ask, script: Script, visit: Visit): Promise<Response> {
  const tracked = track(ask, visit);
  if (script.headWaitMs !== undefined) await pause(script.headWaitMs, visit.signal);
  if (visit.signal.aborted) return tracked.end('aborted', new Response(null, { status: 499 }));
  if (script.refusal !== undefined) return tracked.end('done', refused(api, ask, script, visit));
  if (script.html !== undefined) return tracked.end('done', page(script.html, 200));
  const createdS = Math.floor(visit.openedAtMs / 1000);
  const { pieces, type, status } = bodyOf(api, ask, script, createdS, visit);
  const apart = script.wire?.cutBytes !== undefined;
  const body = pulledBody(pieces, {
    signal: visit.signal,
    onBytes: tracked.sent,
    onEnd: (end) => tracked.end(end),
    apart,
  });
  return new Response(body, { status, headers: { 'content-type': type, ...api.headers(visit.requestId) } });
}

function refused(api: ApiDefinition, ask: Ask, script: Script, { requestId }: Visit): Response {
  const failure = script.refusal ?? { status: 500 };
  return script.html === undefined ? refusal(api, failure, ask.model, requestId) : page(script.html, failure.status);
}

const page = (html: string, status: number): Response =>
  new Response(html, { status, headers: { 'content-type': 'text/html; charset=UTF-8' } });

interface Performance {
  readonly pieces: Iterator<Piece>;
  readonly type: string;
  readonly status: number;
}

function bodyOf(api: ApiDefinition, ask: Ask, script: Script, createdS: number, visit: Visit): Performance {
  if (!ask.stream) return unaryBody(api, ask, script, createdS, visit);
  const frames = api.stream(ask, script, createdS);
  const wire = script.wire ?? {};
  if (ask.asArray) return { pieces: arrayPieces(frames, wire), type: 'application/json; charset=UTF-8', status: 200 };
  // Google ends its lines with CRLF, the others with LF.
  return {
    pieces: ssePieces(frames, wire, ask.format === 'gemini' ? '\r\n' : '\n'),
    type: 'text/event-stream; charset=utf-8',
    status: 200,
  };
}

/** A unary body. A failure before any content keeps status 200, a later one has the status of the failure. */
function unaryBody(api: ApiDefinition, ask: Ask, script: Script, createdS: number, { requestId }: Visit): Performance {
  const type = 'application/json';
  const encoder = new TextEncoder();
  const failure = failureOf(script);
  if (failure !== undefined) {
    const { body, status } = api.error(failure, { model: ask.model, requestId });
    const first = script.steps[0]?.type === 'fail';
    return { pieces: cut(encoder.encode(JSON.stringify(body))), type, status: first ? 200 : status };
  }
  const text = JSON.stringify(api.answer(ask, script, createdS));
  const at = script.steps.findIndex((step) => step.type === 'wait' || step.type === 'drop' || step.type === 'close');
  const fault = script.steps[at];
  if (fault !== undefined && (fault.type === 'wait' || fault.type === 'drop' || fault.type === 'close')) {
    return { pieces: brokenUnary(text, fault, at > 0), type, status: 200 };
  }
  return { pieces: cut(encoder.encode(text), script.wire?.cutBytes), type, status: 200 };
}

/** Books one performance: open until its end, and as an abort when it was the client who left. */
function track(ask: Ask, { world, signal, url, openedAtMs }: Visit) {
  let bytesSent = 0;
  let over = false;
  world.stats.opened();
  function end(how: 'done' | 'broken' | 'aborted'): undefined;
  function end(how: 'done' | 'broken' | 'aborted', response: Response): Response;
  function end(how: 'done' | 'broken' | 'aborted', response?: Response): Response | undefined {
    if (over) return response;
    over = true;
    world.stats.closed();
    if (how === 'aborted' && !world.stopped.aborted) {
      const seenAtMs = world.nowMs();
      world.stats.aborted({
        model: ask.model,
        path: url.pathname,
        seenAtMs,
        openForMs: seenAtMs - openedAtMs,
        bytesSent,
      });
    }
    return response;
  }
  const sent = (count: number): void => {
    bytesSent += count;
    world.stats.sent(count);
  };
  signal.addEventListener('abort', () => end('aborted'), { once: true });
  return { end, sent };
}
