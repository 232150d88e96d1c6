import type { Ask } from '../../src/simulator/contract.ts';
import { exampleOf } from '../../src/simulator/example.ts';
import { chooseScenario } from '../../src/simulator/scenarios/index.ts';
import type { Json } from '../../src/types/json.ts';
import type { ToolSpec } from './contract.ts';

/** A request that asks for nothing in particular; scenarios that only speak look at no more than this. */
const ASK = {
  format: 'openai-chat',
  model: '',
  stream: false,
  seed: '',
  lastUserText: '',
  results: [],
  rounds: 0,
  proofs: 0,
  tools: [],
  parallel: true,
  forcedTool: undefined,
  schema: undefined,
  media: [],
  stopSequences: [],
  inputTokens: 0,
  wantsUsage: true,
  reasoningOff: false,
  reasoningVisible: true,
  wantsEncrypted: true,
  asArray: false,
} as unknown as Ask;

/** The words that a simulated model says, straight from its script. */
export function wordsOf(simulated: string, ask: Partial<Ask> = {}): string {
  const chosen = chooseScenario(simulated);
  if (chosen === undefined) throw new RangeError(`no simulated model is called ${simulated}`);
  const { steps } = chosen.scenario.play({ ...ASK, ...ask }, { options: chosen.options, attempt: 1 });
  return steps
    .map((step) => (step.type === 'say' ? step.pieces.join('') : step.type === 'refuse' ? step.text : ''))
    .join('');
}

/** The arguments that a simulated model writes for call number `at` of a turn. */
export function argumentsOf({ schema }: ToolSpec, at = 0): Json {
  return exampleOf(schema, at === 0 ? 'example' : `example ${at + 1}`);
}
