import { deepEqual, equal, ok } from 'node:assert/strict';
import { inputTokensOf } from '../../../src/simulator/conversation.ts';
import { tokensOf } from '../../../src/simulator/ids.ts';
import type { FormatId } from '../../../src/types/format-id.ts';
import type { Cell, Scenario } from '../cell.ts';
import type { End, ToldUsage } from '../contract.ts';
import { wordsOf } from '../script.ts';
import { asking } from './speech.ts';

/** The end that can be known at the gateway, from what each upstream's API says of it. */
type Arrivals = Readonly<Record<FormatId, End>>;
const everywhere = (end: End): Arrivals => ({
  'openai-chat': end,
  'openai-responses': end,
  'anthropic-messages': end,
  gemini: end,
});

const EXPLANATION = 'The request was declined under the usage policy.';

async function ends(cell: Cell, simulated: string, arrivals: Arrivals): Promise<void> {
  const { text, refusal, stop } = await cell.ask(simulated, {
    turns: asking('Go on.'),
    ...(simulated === 'stop-sequence' && { stop: ['three'] }),
  });
  const isSaid = cell.loss === undefined || cell.loss.kind === 'nearest';
  equal(stop, cell.client.stops[isSaid ? arrivals[cell.upstream] : 'end']);
  const words = wordsOf(simulated, { stopSequences: isSaid ? ['three'] : [] });
  // The Messages API tells a refusal beside the text; clients without such a place read it behind the text.
  const explained = cell.upstream === 'anthropic-messages' ? `${words}${EXPLANATION}` : words;
  ok([words, explained].includes(text) || refusal === words, `"${text}" or "${refusal}" should be "${words}"`);
}

const CACHE_READ = 1024;
const CACHE_WRITE = 384;
const CACHE_WRITE_1H = 128;

/** What the simulator stated, in the counting of one SDK. */
function statedUsage({ client, upstream, seen }: Cell): Omit<ToldUsage, 'cacheWrite1h'> {
  const base = inputTokensOf(seen());
  // Gemini has no word for writes, so they count as plain input there.
  const uncached = upstream === 'gemini' ? base + CACHE_WRITE : base;
  return {
    input: client.inputHolds === 'all' ? base + CACHE_READ + CACHE_WRITE : uncached,
    output: tokensOf(wordsOf('usage-cache')),
    cacheRead: CACHE_READ,
    cacheWrite: upstream === 'gemini' || client.format === 'gemini' ? 0 : CACHE_WRITE,
    reasoning: 0,
  };
}

export const ENDINGS: readonly Scenario[] = [
  {
    name: 'end: token limit',
    about: 'An answer that was cut says so.',
    modes: ['unary', 'stream'],
    run: (cell) => ends(cell, 'max-tokens', everywhere('length')),
  },
  {
    name: 'end: stop sequence',
    about: 'The sequence reaches the upstream, and its end is told.',
    modes: ['unary', 'stream'],
    run: (cell) => ends(cell, 'stop-sequence', { ...everywhere('end'), 'anthropic-messages': 'stop-sequence' }),
  },
  {
    name: 'end: refusal',
    about: 'The model declines.',
    modes: ['unary', 'stream'],
    run: (cell) => ends(cell, 'refusal', { ...everywhere('refusal'), gemini: 'filter' }),
  },
  {
    name: 'end: content filter',
    about: 'A filter stops the answer.',
    modes: ['unary', 'stream'],
    run: (cell) => ends(cell, 'filter', { ...everywhere('filter'), 'anthropic-messages': 'refusal' }),
  },
  {
    name: 'end: pause',
    about: 'A long turn pauses.',
    modes: ['unary', 'stream'],
    run: (cell) => ends(cell, 'pause', { ...everywhere('end'), 'anthropic-messages': 'pause' }),
  },
  {
    name: 'usage with a cache',
    about: 'Tokens read from and written to the cache stand in the counting of the client, none of them twice.',
    modes: ['unary', 'stream'],
    run: async (cell) => {
      const { usage } = await cell.ask('usage-cache', { turns: asking('Count.') });
      const { cacheWrite1h, ...counted } = usage;
      const told = { ...counted, cacheWrite: counted.cacheWrite ?? 0, reasoning: counted.reasoning ?? 0 };
      deepEqual(told, statedUsage(cell));
      const tells = (['openai-responses', 'anthropic-messages'] as FormatId[]).includes(cell.upstream);
      if (tells && cacheWrite1h !== undefined) equal(cacheWrite1h, CACHE_WRITE_1H);
    },
  },
];
