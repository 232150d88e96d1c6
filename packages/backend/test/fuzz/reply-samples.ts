import { startSimulator } from '../../src/simulator/index.ts';
import { FORMAT_IDS, type FormatId } from '../../src/types/format-id.ts';
import type { Json } from '../../src/types/json.ts';
import { formatOf } from '../recorded/lane.ts';
import { recordedFiles } from '../recorded/replies.ts';
import { sortRecorded } from '../recorded/wires.ts';

/** Valid replies of each format, from which damage reaches every rule of the reply decoders. */
export interface ReplySamples {
  readonly streams: readonly Buffer[];
  readonly wholes: readonly Json[];
}

const SCENARIOS = ['plain', 'thinking', 'tool', 'parallel-tools', 'thinking-tools', 'refusal', 'length'];
/** Events kept of each end and of the middle, so that one case stays cheap. */
const EVENTS_KEPT = 8;

function shortened<T>(events: readonly T[]): readonly T[] {
  if (events.length <= 3 * EVENTS_KEPT) return events;
  const middle = Math.floor(events.length / 2);
  return [
    ...events.slice(0, EVENTS_KEPT),
    ...events.slice(middle, middle + EVENTS_KEPT),
    ...events.slice(-EVENTS_KEPT),
  ];
}

const BODY: Readonly<Record<FormatId, object>> = {
  'openai-chat': { messages: [{ role: 'user', content: 'hi' }], stream_options: { include_usage: true } },
  'openai-responses': { input: 'hi' },
  'anthropic-messages': { max_tokens: 4096, messages: [{ role: 'user', content: 'hi' }] },
  gemini: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
};
const TOOL = { type: 'object', properties: { city: { type: 'string' } } };
const TOOLS: Readonly<Record<FormatId, object>> = {
  'openai-chat': { tools: [{ type: 'function', function: { name: 'weather', parameters: TOOL } }] },
  'openai-responses': { tools: [{ type: 'function', name: 'weather', parameters: TOOL }] },
  'anthropic-messages': { tools: [{ name: 'weather', input_schema: TOOL }] },
  gemini: { tools: [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: TOOL }] }] },
};

async function simulated(url: string, format: FormatId): Promise<ReplySamples> {
  const base = format.startsWith('openai') ? `${url}/v1` : url;
  const ask = async (model: string, stream: boolean): Promise<string | undefined> => {
    const body = { ...BODY[format], ...TOOLS[format], ...(format !== 'gemini' && { model, stream }) };
    if (!stream) Reflect.deleteProperty(body, 'stream_options');
    const answer = await fetch(base + formatOf(format).upstreamPath('generate', model, stream), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    return answer.ok ? text : undefined;
  };
  const streams: Buffer[] = [];
  const wholes: Json[] = [];
  for (const model of SCENARIOS) {
    const [stream, whole] = [await ask(model, true), await ask(model, false)];
    if (stream !== undefined) streams.push(Buffer.from(shortened(stream.split(/(?<=\n\n|\r\n\r\n)/)).join('')));
    if (whole !== undefined) wholes.push(JSON.parse(whole) as Json);
  }
  return { streams, wholes };
}

function recorded(format: FormatId): ReplySamples {
  const replies = sortRecorded(recordedFiles()).replies.filter((reply) => reply.format === format);
  const named = format === 'anthropic-messages' || format === 'openai-responses';
  const streams = replies.filter(({ isStream }) => isStream);
  return {
    streams: streams.map(({ wire }) => {
      const texts = shortened(wire).map(
        (event) => `${named ? `event: ${event['type']}\n` : ''}data: ${JSON.stringify(event)}\n\n`,
      );
      return Buffer.from(texts.join('') + (format === 'openai-chat' ? 'data: [DONE]\n\n' : ''));
    }),
    wholes: replies.filter(({ isStream }) => !isStream).map(({ wire }) => wire[0] ?? null),
  };
}

const small = (bytes: { readonly length: number }): boolean => bytes.length < 12_000;

/** The simulator's replies, and those of real providers where they are there; long ones are left out or shortened. */
export async function loadReplySamples(): Promise<Readonly<Record<FormatId, ReplySamples>>> {
  const simulator = startSimulator({ port: 0 });
  try {
    const samples: Partial<Record<FormatId, ReplySamples>> = {};
    for (const format of FORMAT_IDS) {
      const [own, real] = [await simulated(simulator.url, format), recorded(format)];
      samples[format] = {
        streams: [...own.streams, ...real.streams].filter(small),
        wholes: [...own.wholes, ...real.wholes].filter((whole) => small(JSON.stringify(whole))),
      };
    }
    return samples as Record<FormatId, ReplySamples>;
  } finally {
    await simulator.stop();
  }
}
