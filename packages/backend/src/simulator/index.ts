import type { Logger } from '../utils/logger.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { serve } from './server.ts';
import { createStats, type SimulatorStats } from './stats.ts';

export type { SeenAbort, SeenRequest, SimulatorStats } from './stats.ts';

export interface SimulatorOptions {
  /** 0 picks a free port. */
  readonly port: number;
  readonly hostname?: string;
  readonly log?: Logger;
}

export interface Simulator {
  /** Without a slash at the end, for example "http://127.0.0.1:4010". */
  readonly url: string;
  readonly port: number;
  /** Ends every open answer and frees the port. */
  stop(): Promise<void>;
  stats(): SimulatorStats;
  /** Forgets all counters, those of `flaky` as well. */
  reset(): void;
}

/** Names and one line about each scenario, in listing order. */
export function listScenarios(): { readonly name: string; readonly about: string }[] {
  return SCENARIOS.map(({ name, about }) => ({ name, about }));
}

/**
 * Starts a provider on its own port that speaks all four APIs without calling anyone. The model name of a request
 * picks the scenario; the same request always gets the same answer, but for its time of creation.
 */
export function startSimulator({ port, hostname = '127.0.0.1', log }: SimulatorOptions): Simulator {
  const stats = createStats();
  const stopping = new AbortController();
  const world = { stats, nowMs: Date.now, stopped: stopping.signal, log };
  // Quiet scenarios outlive Bun's idle timeout, so there is none.
  const server = Bun.serve({ port, hostname, idleTimeout: 0, fetch: (request) => serve(request, world) });
  const bound = server.port ?? port;
  log?.info({ port: bound }, 'the simulator listens');
  return {
    url: `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${bound}`,
    port: bound,
    async stop() {
      stopping.abort();
      await server.stop(true);
      log?.info({ port: bound }, 'the simulator has stopped');
    },
    stats: () => stats.read(),
    reset: () => stats.reset(),
  };
}
