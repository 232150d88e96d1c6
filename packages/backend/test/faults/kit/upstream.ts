import type { Socket } from 'bun';

/** One call as it arrived, and what became of its connection. */
export interface SeenCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly startedMs: number;
  /** When the other side closed; undefined while it is open, or when this side closed first. */
  closedByPeerMs: number | undefined;
  isOpen: boolean;
}

/** The hand that plays one call. */
export interface Seat {
  readonly call: SeenCall;
  write(text: string): void;
  /** Closes in order. */
  end(): void;
  /** Breaks the connection off. */
  reset(): void;
  /** Status line, headers and a body with its length; then closes. */
  reply(status: number, body: string, headers?: Readonly<Record<string, string>>): void;
  /** The head of an event stream whose body ends with the connection. */
  openStream(): void;
}

export interface Upstream {
  readonly url: string;
  readonly port: number;
  readonly calls: readonly SeenCall[];
  forget(): void;
  stop(): void;
}

interface Connection {
  received: string;
  call: SeenCall | undefined;
  waiting: Buffer;
  isEnding: boolean;
}

/** Head and body once all of it is there. */
function parse(text: string): Omit<SeenCall, 'startedMs' | 'closedByPeerMs' | 'isOpen'> | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [first = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const [method = '', path = ''] = first.split(' ');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const body = text.slice(headEnd + 4);
  return body.length < Number(headers['content-length'] ?? 0) ? undefined : { method, path, headers, body };
}

/** A provider made of bare sockets, so that it can do what no HTTP server does. `play` is called once for each call. */
export function startUpstream(
  play: (seat: Seat) => unknown,
  tls?: { readonly key: string; readonly cert: string },
): Upstream {
  const calls: SeenCall[] = [];
  const open = new Set<Socket<Connection>>();
  const flush = (socket: Socket<Connection>): void => {
    const { data } = socket;
    if (data.waiting.length > 0) {
      const sent = socket.write(data.waiting);
      data.waiting = data.waiting.subarray(Math.max(0, sent));
    }
    if (data.waiting.length === 0 && data.isEnding) socket.end();
  };
  const seatOf = (socket: Socket<Connection>, call: SeenCall): Seat => {
    const write = (text: string): void => {
      socket.data.waiting = Buffer.concat([socket.data.waiting, Buffer.from(text)]);
      flush(socket);
    };
    const end = (): void => {
      call.isOpen = false;
      socket.data.isEnding = true;
      flush(socket);
    };
    return {
      call,
      write,
      end,
      reset: () => {
        call.isOpen = false;
        socket.terminate();
      },
      reply: (status, body, headers = {}) => {
        const lines = Object.entries({ 'content-type': 'application/json', ...headers }).map(
          ([name, value]) => `${name}: ${value}\r\n`,
        );
        const length = Buffer.byteLength(body);
        write(`HTTP/1.1 ${status} X\r\n${lines.join('')}content-length: ${length}\r\nconnection: close\r\n\r\n${body}`);
        end();
      },
      openStream: () => write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n'),
    };
  };
  const server = Bun.listen<Connection>({
    hostname: '127.0.0.1',
    port: 0,
    ...(tls === undefined ? {} : { tls }),
    socket: {
      open: (socket) => {
        socket.data = { received: '', call: undefined, waiting: Buffer.alloc(0), isEnding: false };
        open.add(socket);
      },
      data: (socket, bytes) => {
        const { data } = socket;
        if (data.call !== undefined) return;
        data.received += bytes.toString('latin1');
        const parsed = parse(data.received);
        if (parsed === undefined) return;
        const call: SeenCall = { ...parsed, startedMs: performance.now(), closedByPeerMs: undefined, isOpen: true };
        data.call = call;
        calls.push(call);
        play(seatOf(socket, call));
      },
      drain: flush,
      close: (socket) => {
        open.delete(socket);
        const { call } = socket.data;
        if (call?.isOpen !== true) return;
        call.isOpen = false;
        call.closedByPeerMs = performance.now();
      },
      error: () => undefined,
    },
  });
  return {
    url: `http${tls === undefined ? '' : 's'}://127.0.0.1:${server.port}`,
    port: server.port,
    calls,
    forget: () => {
      calls.length = 0;
    },
    stop: () => {
      for (const socket of open) socket.terminate();
      server.stop(true);
    },
  };
}
