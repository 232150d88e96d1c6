import type { Ask, CallManner, PlannedCall, Scenario, Script } from '../contract.ts';
import { exampleOf } from '../example.ts';
import { end, quoted, say } from './words.ts';

/** A call of the forced tool, or of the declared tool number `at`, with arguments that fit its schema. */
export function callOf(ask: Ask, at = 0): PlannedCall {
  const forced = ask.tools.find(({ name }) => name === ask.forcedTool);
  const tool = forced ?? ask.tools[at % Math.max(1, ask.tools.length)];
  if (tool === undefined) return { name: 'undeclared_tool', args: '{}' };
  // Calls of one tool differ, so that results which change places can be told apart.
  const word = at === 0 ? 'example' : `example ${at + 1}`;
  return { name: tool.name, args: JSON.stringify(exampleOf(tool.schema, word)) };
}

/** Calls when tools are declared and no result has come yet; text that quotes the results afterwards. */
function calling(count: number, manner: CallManner, change?: (call: PlannedCall, at: number) => PlannedCall) {
  return (ask: Ask): Script => {
    if (ask.results.length > 0) return { steps: [say(`The tool answered ${quoted(ask)}.`), end()] };
    if (ask.tools.length === 0) return { steps: [say('No tool was declared, so there is nothing to call.'), end()] };
    const calls = Array.from({ length: ask.parallel ? count : 1 }, (_, at) => callOf(ask, at));
    return { steps: [{ type: 'call', calls: change ? calls.map(change) : calls, manner }, end('tool')] };
  };
}

export const TOOLS: readonly Scenario[] = [
  {
    name: 'tool',
    about: 'One call of the first declared tool; then text that quotes its result. "say" speaks before the call.',
    play: (ask, { options }) => {
      const script = calling(1, 'fragments')(ask);
      const speaks = options.words.includes('say') && ask.results.length === 0;
      return speaks ? { steps: [say('Let me look that up.'), ...script.steps] } : script;
    },
  },
  {
    name: 'tools3',
    about: 'Three parallel calls, interleaved where the API allows it.',
    play: calling(3, 'fragments'),
  },
  {
    name: 'tool-empty',
    about: 'A call with empty arguments.',
    play: calling(1, 'fragments', ({ name }) => ({ name, args: '' })),
  },
  {
    name: 'tool-late-name',
    about: 'Chat: argument fragments before id and name; elsewhere a plain call.',
    play: calling(1, 'late-name'),
  },
  {
    name: 'ollama-like',
    about: 'Chat: the whole call in one chunk, without index, and the finish "stop".',
    play: calling(1, 'whole'),
  },
];
