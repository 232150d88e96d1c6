import type { App } from './app.ts';
import { GatewayError } from './types/errors.ts';
import type { Logger } from './utils/logger.ts';

/** A listening socket. */
export interface Listener {
  readonly url: string;
  /** No new connections; open ones go on. Resolves when all are closed. */
  close(): Promise<void>;
  /** Cuts what is still open. */
  cut(): void;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly log: Logger;
}

/** Bodies are counted and refused by the gateway itself, in the caller's own dialect, so the server's limit is off. */
const SERVER_BODY_BYTES_MAX = Number.MAX_SAFE_INTEGER;

/** Listens, or throws `config_invalid` with the reason and the fix. */
export function listen(app: App, { host, port, log }: ListenOptions): Listener {
  try {
    const server = Bun.serve({
      hostname: host,
      port,
      // Error pages for developers have no place in a gateway.
      development: false,
      // Bun's own idle time would cut quiet streams; waits are bounded by the gateway's own named limits.
      idleTimeout: 0,
      maxRequestBodySize: SERVER_BODY_BYTES_MAX,
      fetch: (request) => app.handle(request),
      error: (thrown) => {
        log.error({ error: `${thrown.name}: ${thrown.message}` }, 'an answer failed outside of its handler');
        return new Response('{"error":{"message":"the gateway failed","type":"server_error"}}', {
          status: 500,
          headers: { 'content-type': 'application/json' },
        });
      },
    });
    const shown = host.includes(':') ? `[${host}]` : host;
    return {
      url: `http://${shown}:${server.port}`,
      close: () => server.stop(false),
      cut: () => {
        void server.stop(true);
      },
    };
  } catch (cause) {
    throw listenError(cause, { host, port, portSetting: '--port' });
  }
}

/** Where it could not listen, and how an operator chooses another port there. */
interface Place {
  readonly host: string;
  readonly port: number;
  readonly portSetting: string;
}

/** What the failure of a server to listen means: `config_invalid` with the reason and the fix. */
export function listenError(cause: unknown, { host, port, portSetting }: Place): GatewayError {
  const code = String((cause as { code?: unknown }).code ?? '');
  const where = `${host}:${port}`;
  const text: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} on ${host} is in use; stop the program that uses it, or choose another with ${portSetting}`,
    EACCES: `this user may not listen on ${where}; choose a port above 1023 with ${portSetting}`,
    EADDRNOTAVAIL: `${host} is not an address of this machine; set listen.host`,
  };
  return new GatewayError('config_invalid', text[code] ?? `cannot listen on ${where}`, { cause });
}
