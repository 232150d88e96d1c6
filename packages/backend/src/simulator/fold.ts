import type { Ask, Block, Failure, Fault, PlannedCall, Script, SimulatedUsage, Step } from './contract.ts';
import { tokensOf } from './ids.ts';

/** A script as one finished message, for unary answers. */
export interface Folded {
  readonly blocks: readonly Block[];
  readonly end: Extract<Step, { type: 'end' }>;
  readonly usage: SimulatedUsage | undefined;
}

/** All that a unary answer shows; waits, cuts and failures are the server's affair. */
export function foldScript(ask: Ask, script: Script): Folded {
  const blocks = script.steps.filter((step): step is Block => BLOCKS.has(step.type));
  const end = script.steps.find((step) => step.type === 'end') ?? { type: 'end' as const, reason: 'end' as const };
  return { blocks, end, usage: usageOf(ask, script) };
}

const BLOCKS: ReadonlySet<string> = new Set(['think', 'say', 'call', 'refuse']);

/** Counts of the whole script: a rule of four characters to a token, so the same request always costs the same. */
export function usageOf(ask: Ask, script: Script): SimulatedUsage | undefined {
  if (script.usage === 'none') return undefined;
  const cache = script.usage ?? { cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
  let output = 0;
  let reasoning = 0;
  for (const step of script.steps) {
    const tokens = tokensOf(textOf(step));
    output += tokens;
    if (step.type === 'think') reasoning += tokens;
  }
  const cached = cache.cacheRead + cache.cacheWrite5m + cache.cacheWrite1h;
  return { input: ask.inputTokens + cached, output, reasoning, ...cache };
}

function textOf(step: Step): string {
  if (step.type === 'think' || step.type === 'say') return step.pieces.join('');
  if (step.type === 'refuse') return step.text;
  if (step.type === 'call') return step.calls.map((call: PlannedCall) => call.name + call.args).join('');
  return '';
}

/** The failure that a script runs into, if any; it decides the status of a unary answer. */
export function failureOf(script: Script): Failure | undefined {
  return script.steps.find((step) => step.type === 'fail')?.failure;
}

export function isFault(step: Step): step is Fault {
  return step.type === 'wait' || step.type === 'drop' || step.type === 'close';
}

/** True when the connection or the provider fails right behind step `at`, so that its block never closes. */
export function breaksAfter(script: Script, at: number): boolean {
  const next = script.steps[at + 1];
  return next !== undefined && (isFault(next) || next.type === 'fail');
}
