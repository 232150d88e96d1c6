import type { Ask, Scenario, Script } from '../contract.ts';
import { callOf } from './tools.ts';
import { end, quoted, say, think } from './words.ts';

/** Call turns before the last word of a loop; with the last word that makes three turns. */
const CALL_ROUNDS = 2;

function loop(ask: Ask, hidden: boolean): Script {
  const thought = ask.reasoningOff
    ? []
    : [think(`Turn ${ask.rounds + 1}: the caller wants "${ask.lastUserText.slice(0, 40)}".`, hidden)];
  if (ask.tools.length > 0 && ask.rounds < CALL_ROUNDS) {
    return {
      steps: [...thought, { type: 'call', calls: [callOf(ask, ask.rounds)], manner: 'fragments' }, end('tool')],
    };
  }
  const heard = ask.results.length > 0 ? ` The tool answered ${quoted(ask)}; proofs received: ${ask.proofs}.` : '';
  return { steps: [...thought, say(`I have thought about it.${heard}`), end()] };
}

export const THINKING: readonly Scenario[] = [
  {
    name: 'thinking',
    about:
      'Reasoning with a proof, then text or a call; the proof must come back unaltered. "strict" demands it always, "lenient" never (Chat, Gemini).',
    play: (ask) => loop(ask, false),
  },
  {
    name: 'thinking-redacted',
    about: 'The same with reasoning that nobody can read.',
    play: (ask) => loop(ask, true),
  },
];
