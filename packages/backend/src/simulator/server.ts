import type { JsonObject } from '../types/json.ts';
import { isObject } from '../utils/fields.ts';
import { anthropicMessages } from './anthropic-messages/index.ts';
import { type ApiDefinition, type Arrival, type Failure, VendorRefusal } from './contract.ts';
import { gemini } from './gemini/index.ts';
import { digest } from './ids.ts';
import { listModels, oneModel } from './models.ts';
import { openaiResponses } from './openai-responses/index.ts';
import { perform, refusal, type SimulatorWorld, type Visit } from './perform.ts';
import { type Door, doorOf } from './routes.ts';
import { chooseScenario } from './scenarios/index.ts';

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
    return await perform({ api: door.api, ask, script }, visit);
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
