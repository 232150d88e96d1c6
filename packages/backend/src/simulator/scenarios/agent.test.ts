import { describe, expect, test } from 'bun:test';
import type { JsonObject } from '../../types/json.ts';
import type { Ask, DeclaredTool, PlannedCall, Script } from '../contract.ts';
import { HARD_LINE } from './agent.ts';
import { chooseScenario } from './index.ts';

const FILE = '/home/me/work/notes.txt';
const FOLDER = '/home/me/work';
const VIEWING = `Look at /tmp/a.png, then read ${FILE}.`;
const WRITING = `Create /tmp/new.txt saying «Hello you», then read ${FILE}.`;

function tool(name: string, properties: Record<string, JsonObject>, required = Object.keys(properties)): DeclaredTool {
  return { name, schema: { type: 'object', properties, required } };
}
const text = { type: 'string' };
const READ = tool('Read', { file_path: text, limit: { type: 'number' } }, ['file_path']);
const GLOB = tool('glob', { pattern: text, path: text }, ['pattern']);
const BASH = tool('Bash', { command: text, description: text });

const quiet: Ask = {
  format: 'openai-chat',
  model: 'agent',
  stream: true,
  seed: 's',
  lastUserText: '',
  userTexts: [`Please read ${FILE} and tell me the word.`],
  results: [],
  rounds: 0,
  proofs: 0,
  tools: [READ, GLOB, BASH],
  parallel: true,
  forcedTool: undefined,
  schema: undefined,
  media: [],
  stopSequences: [],
  inputTokens: 1,
  wantsUsage: true,
  reasoningOff: false,
  reasoningVisible: true,
  wantsEncrypted: false,
  asArray: false,
};

function play(fields: Partial<Ask>, name = 'agent'): Script {
  const chosen = chooseScenario(name);
  if (chosen === undefined) throw new Error(`no scenario ${name}`);
  return chosen.scenario.play({ ...quiet, ...fields }, { options: chosen.options, attempt: 1 });
}
const callsOf = ({ steps }: Script): { name: string; args: unknown }[] =>
  steps
    .flatMap((step): readonly PlannedCall[] => (step.type === 'call' ? step.calls : []))
    .map(({ name, args }) => ({ name, args: JSON.parse(args) }));
const saidBy = ({ steps }: Script): string =>
  steps.flatMap((step) => (step.type === 'say' ? step.pieces : [])).join('');

describe('a model that works like a coding agent', () => {
  const cases: { name: string; given: Partial<Ask>; calls: unknown[] }[] = [
    { name: 'looks around first', given: {}, calls: [{ name: 'glob', args: { pattern: '*', path: FOLDER } }] },
    {
      name: 'then reads, with a command beside it, and fills only what a tool requires',
      given: { rounds: 1 },
      calls: [
        { name: 'Read', args: { file_path: FILE } },
        { name: 'Bash', args: { command: `wc -c ${FILE}`, description: 'example' } },
      ],
    },
    {
      name: 'makes one call at a time where the caller wants it so',
      given: { rounds: 1, parallel: false },
      calls: [{ name: 'Read', args: { file_path: FILE } }],
    },
    {
      name: 'does with a shell what has no tool of its own',
      given: { rounds: 1, tools: [tool('exec_command', { cmd: text })] },
      calls: [
        { name: 'exec_command', args: { cmd: `cat ${FILE}` } },
        { name: 'exec_command', args: { cmd: `wc -c ${FILE}` } },
      ],
    },
    {
      name: 'gives a command as a list where the schema has one',
      given: { tools: [tool('shell', { command: { type: 'array', items: text } })] },
      calls: [{ name: 'shell', args: { command: ['ls', FOLDER] } }],
    },
    {
      name: 'knows the file although reminders stand around what the user asked',
      given: { userTexts: ['<note>read nothing</note>', `read ${FILE}`, '<note>Tokens left: 1.5</note>'] },
      calls: [{ name: 'glob', args: { pattern: '*', path: FOLDER } }],
    },
    {
      name: 'writes before it reads what was to be written',
      given: { rounds: 1, userTexts: [WRITING], tools: [READ, tool('write_file', { file_path: text, content: text })] },
      calls: [{ name: 'write_file', args: { file_path: '/tmp/new.txt', content: `Hello you\n${HARD_LINE}\n` } }],
    },
    {
      name: 'writes by a patch where there is no other way',
      given: { rounds: 1, userTexts: [WRITING], tools: [BASH, tool('apply_patch', { input: text })] },
      calls: [
        {
          name: 'apply_patch',
          args: {
            input: `*** Begin Patch\n*** Add File: /tmp/new.txt\n+Hello you\n+${HARD_LINE}\n*** End Patch\n`,
          },
        },
      ],
    },
    {
      name: 'views a picture with the tool made for it',
      given: { rounds: 1, userTexts: [VIEWING], tools: [READ, tool('view_image', { path: text })] },
      calls: [{ name: 'view_image', args: { path: '/tmp/a.png' } }],
    },
    {
      name: 'views a picture by reading it elsewhere',
      given: { rounds: 1, userTexts: [VIEWING] },
      calls: [{ name: 'Read', args: { file_path: '/tmp/a.png' } }],
    },
    { name: 'calls nothing when no file was asked for', given: { userTexts: ['Hello'] }, calls: [] },
    { name: 'calls nothing that it does not know', given: { tools: [tool('pay', { sum: text })] }, calls: [] },
  ];
  test.each(cases)('$name', ({ given, calls }) => {
    expect(callsOf(play(given))).toEqual(calls as ReturnType<typeof callsOf>);
  });

  test('ends with what its tools answered', () => {
    const script = play({ rounds: 2, results: [{ name: 'Read', text: 'The word is dawn.' }] });
    expect(callsOf(script)).toEqual([]);
    expect(saidBy(script)).toContain('The word is dawn.');
  });

  test('answers a question on the side in the shape that is wanted', () => {
    const schema = { type: 'object', properties: { title: text }, required: ['title'] };
    expect(JSON.parse(saidBy(play({ tools: [], schema })))).toEqual({ title: 'example' });
  });

  test('thinks before each turn under its other name, unless thinking is off', () => {
    expect(play({}, 'thinking-agent').steps[0]?.type).toBe('think');
    expect(play({ rounds: 2 }, 'thinking-agent').steps[0]?.type).toBe('think');
    expect(play({ reasoningOff: true }, 'thinking-agent').steps[0]?.type).toBe('say');
  });
});
