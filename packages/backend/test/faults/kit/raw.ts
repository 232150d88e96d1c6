import { within } from './wait.ts';

/** One HTTP/1.1 exchange over a bare socket: what no well-behaved client would send. Ends when the answer is whole. */
export async function rawExchange(
  url: string,
  lines: readonly string[],
): Promise<{ readonly head: string; readonly body: string }> {
  const { hostname, port } = new URL(url);
  const over = Promise.withResolvers<string>();
  let text = '';
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data: (_socket, bytes) => {
        text += bytes.toString('utf8');
        if (isWhole(text)) over.resolve(text);
      },
      close: () => over.resolve(text),
      error: (_socket, reason) => over.reject(reason),
    },
  });
  socket.write(lines.join('\r\n'));
  try {
    const answer = await within('a raw answer', over.promise);
    const [head = '', ...rest] = answer.split('\r\n\r\n');
    return { head, body: rest.join('\r\n\r\n') };
  } finally {
    socket.terminate();
  }
}

function isWhole(text: string): boolean {
  const [head = '', body] = text.split('\r\n\r\n');
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  return body !== undefined && length !== undefined && Buffer.byteLength(body) >= Number(length);
}
