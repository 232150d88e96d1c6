/**
 * The baselines: a relay with no gateway in it. `bytes` forwards unparsed, `parse` reads the JSON, sets the model
 * and writes it again. Usage: bun bench/relay.ts <bytes|parse> <port> <upstream base URL>
 */
const [mode = 'bytes', port = '0', upstream = ''] = process.argv.slice(2);
const parse = mode === 'parse';

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: Number(port),
  idleTimeout: 0,
  maxRequestBodySize: 256 * 1024 * 1024,
  async fetch(request) {
    const path = request.url.slice(request.url.indexOf('/', 8));
    let body: ArrayBuffer | string = await request.arrayBuffer();
    if (parse) {
      const value = JSON.parse(new TextDecoder().decode(body));
      value.model = 'mock-large';
      body = JSON.stringify(value);
    }
    const reply = await fetch(upstream + path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', authorization: 'Bearer upstream-key' },
      signal: request.signal,
    });
    return new Response(reply.body, {
      status: reply.status,
      headers: { 'content-type': reply.headers.get('content-type') ?? 'application/json' },
    });
  },
});
console.log(JSON.stringify({ port: server.port }));
