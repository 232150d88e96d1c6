import type { Effort } from '../types/ir/request.ts';

/** Thinking tokens that an effort stands for, after Google's own table; `max` is left to the model's limit. */
const BUDGET: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 512,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 32_768,
  max: 65_536,
};

export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const satisfies Effort[];

export function budgetOfEffort(effort: Effort): number {
  return BUDGET[effort];
}

export function effortOfBudget(budgetTokens: number): Effort {
  if (budgetTokens <= 0) return 'none';
  if (budgetTokens <= 1024) return 'low';
  if (budgetTokens <= 8192) return 'medium';
  return budgetTokens <= 24_576 ? 'high' : 'xhigh';
}
