/**
 * The upstream of the benchmark: pre-serialised answers, nothing computed per request but the choice.
 * Usage: bun bench/mock.ts <port>
 */
import { answers } from './payloads.ts';

const encoder = new TextEncoder();
const bytes = (texts: readonly string[]) => texts.map((text) => encoder.encode(text));
const streams = {
  chatStream: bytes(answers.chatStream),
  chatMixed: bytes(answers.chatMixed),
  messagesMixed: bytes(answers.messagesMixed),
};
const counts = { requests: 0, bytes: 0 };
const json = { 'content-type': 'application/json', 'x-request-id': 'req_mock' };
const sse = { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': 'req_mock' };

function streamOf(chunks: readonly Uint8Array[]): Response {
  let at = 0;
  return new Response(
    new ReadableStream({
      pull(controller) {
        const chunk = chunks[at++];
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
    }),
    { headers: sse },
  );
}

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.argv[2] ?? 0),
  idleTimeout: 0,
  maxRequestBodySize: 256 * 1024 * 1024,
  async fetch(request) {
    const url = request.url;
    if (url.endsWith('/stats')) return Response.json(counts);
    const body = Buffer.from(await request.arrayBuffer());
    counts.requests += 1;
    counts.bytes += body.length;
    if (url.includes('/v1/messages')) return streamOf(streams.messagesMixed);
    const head = body.subarray(0, 200).toString('latin1') + body.subarray(-200).toString('latin1');
    if (head.includes('"stream":true') || body.includes('"stream":true')) {
      return streamOf(body.includes('mock-mixed') ? streams.chatMixed : streams.chatStream);
    }
    return new Response(body.includes('"tools":') ? answers.chatTool : answers.chatShort, { headers: json });
  },
});
console.log(JSON.stringify({ port: server.port }));
