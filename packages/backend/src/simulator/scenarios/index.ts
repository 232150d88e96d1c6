import type { Scenario, ScenarioOptions } from '../contract.ts';
import { AGENT } from './agent.ts';
import { FAULTS } from './faults.ts';
import { SPEECH } from './speech.ts';
import { STATUSES } from './statuses.ts';
import { THINKING } from './thinking.ts';
import { TOOLS } from './tools.ts';

/** All scenarios in the order in which they are listed; the model name of a request picks one. */
export const SCENARIOS: readonly Scenario[] = [...SPEECH, ...TOOLS, ...THINKING, ...AGENT, ...FAULTS, ...STATUSES];

const BY_NAME = new Map(SCENARIOS.map((scenario) => [scenario.name, scenario]));

export interface ChosenScenario {
  readonly scenario: Scenario;
  readonly options: ScenarioOptions;
}

/** Reads `name[:option[,option…]]`; absent when no scenario has the name. */
export function chooseScenario(model: string): ChosenScenario | undefined {
  const at = model.indexOf(':');
  const scenario = BY_NAME.get(at === -1 ? model : model.slice(0, at));
  if (scenario === undefined) return undefined;
  const words: string[] = [];
  const values = new Map<string, string>();
  for (const option of at === -1 ? [] : model.slice(at + 1).split(',')) {
    const [key = '', value] = option.split('=', 2);
    if (value === undefined) words.push(key);
    else values.set(key, value);
  }
  return { scenario, options: { words, values } };
}
