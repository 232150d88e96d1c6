import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { Cell, Scenario } from '../cell.ts';
import type { Told, ToldCall, ToolResult, ToolSpec, Turn } from '../contract.ts';
import { argumentsOf } from '../script.ts';
import { PICTURE, pictureSeen } from './pictures.ts';
import { asking } from './speech.ts';

export const WEATHER: ToolSpec = {
  name: 'get_weather',
  description: 'The weather of a city.',
  schema: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer' } },
    required: ['city', 'days'],
    additionalProperties: false,
  },
};
const CLOCK: ToolSpec = {
  name: 'read_clock',
  description: 'The time in a place.',
  schema: {
    type: 'object',
    properties: { zone: { type: 'string', enum: ['UTC', 'CET'] } },
    required: ['zone'],
    additionalProperties: false,
  },
};
const NOTE: ToolSpec = {
  name: 'write-note',
  description: 'Keeps a note.',
  schema: {
    type: 'object',
    properties: { lines: { type: 'array', items: { type: 'string' } } },
    required: ['lines'],
    additionalProperties: false,
  },
};
const BARE: ToolSpec = { name: 'ping', description: 'Pings.', schema: { type: 'object', properties: {} } };

const TOOLS3 = [WEATHER, CLOCK, NOTE];
const QUESTION = asking('Use the tools.');

function checkCalls({ calls, stop }: Told, cell: Cell, wanted: readonly Omit<ToldCall, 'id'>[]): void {
  deepEqual(
    calls.map(({ name, args }) => ({ name, args })),
    wanted,
  );
  equal(stop, cell.client.stops.tool);
  const ids = calls.map(({ id }) => id);
  // Gemini itself gives calls without ids; what passes untouched stays as it is.
  if (cell.client.id === 'google genai' && cell.upstream === 'gemini') return;
  ok(
    ids.every((id) => id !== ''),
    'every call has an id',
  );
  equal(new Set(ids).size, ids.length, 'ids are unique');
}

const oneCall = (simulated: string, tool: ToolSpec, args: ToldCall['args']) => async (cell: Cell) => {
  const told = await cell.ask(simulated, { turns: QUESTION, tools: [tool] });
  checkCalls(told, cell, [{ name: tool.name, args }]);
};

/** Calls once, answers every call, and gives the last words. */
async function roundTrip(cell: Cell, simulated: string, answer: (call: ToldCall, at: number) => ToolResult) {
  const first = await cell.ask(simulated, { turns: QUESTION, tools: TOOLS3 });
  const results = first.calls.map(answer);
  const turns: Turn[] = [...QUESTION, { who: 'assistant', echo: first.echo }, { who: 'tool', results }];
  return { first, last: await cell.ask(simulated, { turns, tools: TOOLS3 }) };
}

/** The text of a result as the model reads it. */
export const resultText = ({ client }: Cell, result: ToolResult): string => client.resultText?.(result) ?? result.text;

const threeCalls = TOOLS3.map((tool, at) => ({ name: tool.name, args: argumentsOf(tool, at) }));

export const TOOLS: readonly Scenario[] = [
  {
    name: 'one tool',
    about: 'Name and arguments are equal to what the model wrote.',
    modes: ['unary', 'stream'],
    run: oneCall('tool', WEATHER, argumentsOf(WEATHER)),
  },
  {
    name: 'text, then a tool',
    about: 'The words before a call are kept beside it.',
    modes: ['unary', 'stream'],
    run: async (cell) => {
      const told = await cell.ask('tool:say', { turns: QUESTION, tools: [WEATHER] });
      equal(told.text, 'Let me look that up.');
      checkCalls(told, cell, [{ name: WEATHER.name, args: argumentsOf(WEATHER) }]);
    },
  },
  {
    name: 'three parallel tools',
    about: 'Fragments of parallel calls come interleaved and end up in their own calls, in order, with own ids.',
    modes: ['unary', 'stream'],
    run: async (cell) => {
      const told = await cell.ask('tools3', { turns: QUESTION, tools: TOOLS3 });
      checkCalls(told, cell, threeCalls);
    },
  },
  {
    name: 'empty arguments',
    about: 'A call without arguments has an empty object.',
    modes: ['unary', 'stream'],
    run: oneCall('tool-empty', BARE, {}),
  },
  {
    name: 'arguments before id and name',
    about: 'Fragments that come before the call they belong to are not lost.',
    modes: ['unary', 'stream'],
    run: oneCall('tool-late-name', WEATHER, argumentsOf(WEATHER)),
  },
  {
    name: 'call in one chunk',
    about: 'A whole call in one chunk, without index, and the finish "stop", is a call.',
    modes: ['unary', 'stream'],
    run: oneCall('ollama-like', WEATHER, argumentsOf(WEATHER)),
  },
  {
    name: 'tool round trip',
    about: 'Three calls, three results, and a last answer that quotes each result in its place.',
    modes: ['unary', 'stream'],
    run: async (cell) => {
      const results: ToolResult[] = [];
      const { first, last } = await roundTrip(cell, 'tools3', ({ id, name }, at) => {
        const result = { id, name, text: `result ${at} of ${name}` };
        results.push(result);
        return result;
      });
      checkCalls(first, cell, threeCalls);
      equal(last.text, `The tool answered ${results.map((result) => `"${resultText(cell, result)}"`).join(', ')}.`);
      equal(last.stop, cell.client.stops.end);
    },
  },
  {
    name: 'tool error',
    about: 'A failed call says so to the model.',
    modes: ['unary', 'stream'],
    run: async (cell) => {
      const { last } = await roundTrip(cell, 'tool', ({ id, name }) => ({
        id,
        name,
        text: 'no such city',
        isError: true,
      }));
      match(last.text, /^The tool answered ".*no such city.*"\.$/);
    },
  },
  {
    name: 'tool result with a picture',
    about: 'Bytes of a picture inside a tool result reach the model.',
    modes: ['unary', 'stream'],
    run: async (cell) => {
      const { last } = await roundTrip(cell, 'tool', ({ id, name }) => ({
        id,
        name,
        text: 'a picture',
        image: PICTURE,
      }));
      ok(last.text.includes('a picture'), last.text);
      equal(pictureSeen(cell.seen()), cell.loss === undefined);
    },
  },
];
