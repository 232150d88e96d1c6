import { deepEqual, equal, ok } from 'node:assert/strict';
import { exampleOf } from '../../../src/simulator/example.ts';
import type { JsonObject } from '../../../src/types/json.ts';
import type { Cell, Scenario } from '../cell.ts';
import type { Turn } from '../contract.ts';
import { wordsOf } from '../script.ts';

export const asking = (text: string): Turn[] => [{ who: 'user', text }];

const SCHEMA: JsonObject = {
  type: 'object',
  properties: {
    city: { type: 'string' },
    degrees: { type: 'number' },
    wind: {
      type: 'object',
      properties: { from: { type: 'string', enum: ['north', 'south'] } },
      required: ['from'],
      additionalProperties: false,
    },
  },
  required: ['city', 'degrees', 'wind'],
  additionalProperties: false,
};

async function sameText(cell: Cell, simulated: string): Promise<void> {
  const { text, stop, calls } = await cell.ask(simulated, { turns: asking('Hello') });
  equal(text, wordsOf(simulated));
  equal(stop, cell.client.stops.end);
  deepEqual(calls, []);
}

export const SPEECH: readonly Scenario[] = [
  {
    name: 'text',
    about: 'A system prompt and a question arrive whole, and so does the answer.',
    modes: ['unary', 'stream'],
    run: async (cell) => {
      const question = 'Grüße! What is 2 + 2?\n\n"four", \\ and a tab:\t.';
      const { text, stop } = await cell.ask('echo', { system: 'Answer in French.', turns: asking(question) });
      equal(text, question);
      equal(stop, cell.client.stops.end);
      ok(JSON.stringify(cell.seen()).includes('Answer in French.'), 'the system prompt reaches the upstream');
    },
  },
  {
    name: 'several turns',
    about: 'An answer goes back as history, and the next answer comes.',
    modes: ['unary', 'stream'],
    run: async (cell) => {
      const first = await cell.ask('echo', { turns: asking('First words.') });
      const turns: Turn[] = [
        ...asking('First words.'),
        { who: 'assistant', echo: first.echo },
        { who: 'user', text: 'Second words.' },
      ];
      equal((await cell.ask('echo', { turns })).text, 'Second words.');
      equal(JSON.stringify(cell.seen()).split('First words.').length - 1, 2, 'both sides of the history arrive');
    },
  },
  {
    name: 'first token before the end',
    about: 'Deltas reach the client while the upstream is still speaking.',
    modes: ['stream'],
    run: async (cell) => {
      const deltas: { text: string; open: number }[] = [];
      const { text } = await cell.ask('drip:5ms', {
        turns: asking('Hello'),
        onDelta: (delta) => deltas.push({ text: delta, open: cell.world.simulator.stats().openRequests }),
      });
      equal(deltas.map((delta) => delta.text).join(''), text);
      ok(deltas.length >= 3, `${deltas.length} deltas`);
      equal(deltas[0]?.open, 1, 'the upstream still speaks when the first delta is there');
    },
  },
  {
    name: 'unicode',
    about: 'Multi-byte graphemes, cut into network chunks of three bytes.',
    modes: ['unary', 'stream'],
    run: (cell) => sameText(cell, 'unicode'),
  },
  {
    name: 'long text',
    about: 'One mebibyte of text.',
    modes: ['unary', 'stream'],
    run: (cell) => sameText(cell, 'long-1mb'),
  },
  {
    name: 'many deltas',
    about: 'Text in 200 events.',
    modes: ['stream'],
    run: (cell) => sameText(cell, 'long'),
  },
  {
    name: 'odd line ends',
    about: 'CRLF, comments and no space after "data:" in the stream of the provider.',
    modes: ['stream'],
    run: (cell) => sameText(cell, 'crlf'),
  },
  {
    name: 'structured output',
    about: 'The schema reaches the upstream, and the answer fits it.',
    modes: ['unary', 'stream'],
    run: async (cell) => {
      const { text } = await cell.ask('json', { turns: asking('The weather as JSON'), schema: SCHEMA });
      deepEqual(JSON.parse(text), exampleOf(SCHEMA));
    },
  },
  {
    name: 'cache markers',
    about: 'What the client says about caching the prefix reaches an upstream that knows it, and no other.',
    modes: ['unary', 'stream'],
    run: async (cell) => {
      const { text } = await cell.ask('echo', { system: 'Be brief.', turns: asking('Cached?'), caches: true });
      equal(text, 'Cached?');
      const said = JSON.stringify(cell.seen());
      const words: readonly string[] = ['cache_control', 'prompt_cache_key', 'cachedContent'];
      const [arrived] = words.filter((word) => said.includes(word));
      const own = {
        'anthropic-messages': words[0],
        'openai-chat': words[1],
        'openai-responses': words[1],
        gemini: words[2],
      };
      equal(arrived, cell.loss === undefined ? own[cell.upstream] : undefined);
    },
  },
];
