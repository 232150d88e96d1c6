import { equal, ok } from 'node:assert/strict';
import type { Cell, Scenario } from '../cell.ts';
import type { Turn } from '../contract.ts';
import { asking } from './speech.ts';
import { resultText, WEATHER } from './tools.ts';

const TURNS = 3;

/** Two calls and a last word, each with reasoning before it; what the SDK gave goes back each time. */
async function loop(cell: Cell, simulated: string, check: (reasoning: string, turn: number) => void): Promise<string> {
  const turns: Turn[] = asking('Plan a trip.');
  for (let turn = 1; turn < TURNS; turn += 1) {
    const told = await cell.ask(simulated, { turns, tools: [WEATHER], thinks: true });
    check(told.reasoning, turn);
    equal(told.calls.length, 1, `turn ${turn} calls the tool`);
    const results = told.calls.map(({ id, name }) => ({ id, name, text: `sunny ${turn}` }));
    turns.push({ who: 'assistant', echo: told.echo }, { who: 'tool', results });
  }
  const last = await cell.ask(simulated, { turns, tools: [WEATHER], thinks: true });
  const heard = resultText(cell, { id: '', name: WEATHER.name, text: `sunny ${TURNS - 1}` });
  ok(last.text.startsWith(`I have thought about it. The tool answered "${heard}"`), last.text);
  return last.text;
}

const forgets = ({ loss }: Cell): boolean => loss !== undefined;

export const THINKING: readonly Scenario[] = [
  {
    name: 'thinking loop',
    about: 'Reasoning is shown, and its proofs come back unaltered through three turns with tools.',
    modes: ['unary', 'stream'],
    run: async (cell) => {
      const text = await loop(cell, forgets(cell) ? 'thinking' : 'thinking:strict', (reasoning, turn) => {
        if (!forgets(cell)) equal(reasoning, `Turn ${turn}: the caller wants "Plan a trip.".`);
      });
      if (!forgets(cell)) ok(text.endsWith('proofs received: 2.'), text);
    },
  },
  {
    name: 'hidden thinking',
    about: 'Reasoning that nobody can read shows nothing, and its proofs come back unaltered.',
    modes: ['unary', 'stream'],
    run: async (cell) => {
      const text = await loop(cell, forgets(cell) ? 'thinking-redacted' : 'thinking-redacted:strict', (reasoning) =>
        equal(reasoning.trim(), ''),
      );
      if (!forgets(cell)) ok(text.endsWith('proofs received: 2.'), text);
    },
  },
];
