import type { Logger } from '../utils/logger.ts';
import { arrayPieces, brokenUnary, cut, type Piece, pause, pulledBody, ssePieces } from './body.ts';
import type { ApiDefinition, Ask, Failure, Script } from './contract.ts';
import { failureOf, isFault } from './fold.ts';
import type { StatsBook } from './stats.ts';

/** Handed in, so that everything below is a function of the request. */
export interface SimulatorWorld {
  readonly stats: StatsBook;
  readonly nowMs: () => number;
  /** Aborted when the simulator stops. */
  readonly stopped: AbortSignal;
  readonly log?: Logger | undefined;
}

/** One request on its way through the simulator. */
export interface Visit {
  readonly world: SimulatorWorld;
  readonly signal: AbortSignal;
  readonly url: URL;
  readonly openedAtMs: number;
  readonly requestId: string;
}

/** What is played: one script, in the words of one API. */
export interface Play {
  readonly api: ApiDefinition;
  readonly ask: Ask;
  readonly script: Script;
}

/** A refusal in the words of the API. */
export function refusal(api: ApiDefinition, failure: Failure, model: string, requestId: string): Response {
  const { status, body, headers } = api.error(failure, { model, requestId });
  return Response.json(body, { status, headers });
}

/** Plays a script to the client: waits, refusals and bodies, with all of it in the counters. */
export async function perform({ api, ask, script }: Play, visit: Visit): Promise<Response> {
  const tracked = track(ask, visit);
  if (script.headWaitMs !== undefined) await pause(script.headWaitMs, visit.signal);
  if (visit.signal.aborted) return tracked.end('aborted', new Response(null, { status: 499 }));
  if (script.refusal !== undefined) return tracked.end('done', refused({ api, ask, script }, visit));
  if (script.html !== undefined) return tracked.end('done', page(script.html, 200));
  const { pieces, type, status } = bodyOf({ api, ask, script }, visit);
  const apart = script.wire?.cutBytes !== undefined;
  const body = pulledBody(pieces, {
    signal: visit.signal,
    onBytes: tracked.sent,
    onEnd: (end) => tracked.end(end),
    apart,
  });
  return new Response(body, { status, headers: { 'content-type': type, ...api.headers(visit.requestId) } });
}

function refused({ api, ask, script }: Play, { requestId }: Visit): Response {
  const failure = script.refusal ?? { status: 500 };
  return script.html === undefined ? refusal(api, failure, ask.model, requestId) : page(script.html, failure.status);
}

const page = (html: string, status: number): Response =>
  new Response(html, { status, headers: { 'content-type': 'text/html; charset=UTF-8' } });

const createdS = ({ openedAtMs }: Visit): number => Math.floor(openedAtMs / 1000);

interface Performance {
  readonly pieces: Iterator<Piece>;
  readonly type: string;
  readonly status: number;
}

function bodyOf({ api, ask, script }: Play, visit: Visit): Performance {
  if (!ask.stream) return unaryBody({ api, ask, script }, visit);
  const frames = api.stream(ask, script, createdS(visit));
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
function unaryBody({ api, ask, script }: Play, visit: Visit): Performance {
  const type = 'application/json';
  const encoder = new TextEncoder();
  const failure = failureOf(script);
  if (failure !== undefined) {
    const { body, status } = api.error(failure, { model: ask.model, requestId: visit.requestId });
    const first = script.steps[0]?.type === 'fail';
    return { pieces: cut(encoder.encode(JSON.stringify(body))), type, status: first ? 200 : status };
  }
  const text = JSON.stringify(api.answer(ask, script, createdS(visit)));
  const fault = script.steps.find(isFault);
  if (fault !== undefined) return { pieces: brokenUnary(text, fault, fault !== script.steps[0]), type, status: 200 };
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
