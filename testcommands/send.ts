import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { eventLine, FORMATS, type FormatName, isFormat, requestOf, showEvents } from './exchange.ts';

const HELP = `Sends one request to a running gateway and shows the answer, event by event when it streams.

  PLEXUS_KEY=plx_… bun testcommands/send.ts --format anthropic-messages --model demo --payload text --stream

  --format   ${Object.keys(FORMATS).join(', ')}
  --model    an alias, or direct/<provider>/<model>      (default: demo)
  --payload  a name in payloads/<format>, or a JSON file (default: text)
  --stream   ask for a stream
  --full     do not cut long events
  --url      address of the gateway                      (default: PLEXUS_URL, or http://127.0.0.1:4000)
  --list     print the payloads of the format

The client key is read from PLEXUS_KEY.`;

function stop(message: string): never {
  console.error(message);
  process.exit(2);
}

const { values } = parseArgs({
  options: {
    format: { type: 'string', default: 'openai-chat' },
    model: { type: 'string', default: 'demo' },
    payload: { type: 'string', default: 'text' },
    stream: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    url: { type: 'string', default: process.env['PLEXUS_URL'] ?? 'http://127.0.0.1:4000' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function payloadFile(format: FormatName, name: string): string {
  const own = join(import.meta.dir, 'payloads', format, `${name}.json`);
  const found = [own, name, join(import.meta.dir, name)].find((path) => existsSync(path));
  return found ?? stop(`there is no payload "${name}" for ${format}; --list prints those that are there`);
}

async function send(format: FormatName): Promise<void> {
  const key = process.env['PLEXUS_KEY'] ?? stop('PLEXUS_KEY has to hold a client key; "npm start" printed one');
  const payload: Record<string, unknown> = await Bun.file(payloadFile(format, values.payload)).json();
  const { path, body } = requestOf({ format, model: values.model, stream: values.stream, payload });
  const startedMs = performance.now();
  const response = await fetch(`${values.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body,
  });
  console.error(`POST ${path}\n${response.status} after ${(performance.now() - startedMs).toFixed(0)} ms`);
  for (const [name, value] of response.headers) if (name.startsWith('x-')) console.error(`${name}: ${value}`);
  const width = values.full ? Number.POSITIVE_INFINITY : (process.stdout.columns ?? 160);
  const streams = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (streams && response.body !== null) {
    await showEvents(response.body, startedMs, (at, name, data) => console.log(eventLine(at, name, data, width)));
  } else {
    const text = await response.text();
    console.log(
      response.headers.get('content-type')?.includes('json') ? JSON.stringify(JSON.parse(text), null, 2) : text,
    );
  }
  process.exitCode = response.ok ? 0 : 1;
}

const { format } = values;
if (values.help) console.log(HELP);
else if (!isFormat(format)) stop(`"${format}" is not a format; choose one of ${Object.keys(FORMATS).join(', ')}`);
else if (values.list) {
  const folder = join(import.meta.dir, 'payloads', format);
  for (const name of readdirSync(folder).sort()) console.log(name.replace(/\.json$/, ''));
} else await send(format);
