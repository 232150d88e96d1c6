import type { NoteLoss } from '../../types/format.ts';
import type { Effort, ReasoningWish, UnifiedChatRequest } from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { JsonObject } from '../../types/json.ts';
import { budgetOfEffort, effortOfBudget } from '../effort.ts';

interface Range {
  readonly min: number;
  readonly max: number;
  readonly canStop: boolean;
}

/** Source: https://ai.google.dev/gemini-api/docs/thinking (read 2026-11-10). First row that fits wins. */
const RANGES: readonly (readonly [family: RegExp, range: Range])[] = [
  [/2\.5-pro/, { min: 128, max: 32_768, canStop: false }],
  [/2\.5-flash-lite/, { min: 512, max: 24_576, canStop: true }],
  [/2\.5-flash/, { min: 1, max: 24_576, canStop: true }],
];
const ANY_RANGE: Range = { min: 1, max: 32_768, canStop: true };

const LEVELS: Readonly<Record<Effort, string>> = {
  none: 'MINIMAL',
  minimal: 'MINIMAL',
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  xhigh: 'HIGH',
  max: 'HIGH',
};

/** Levels that a family lacks, with the nearest one it has. */
const LEVEL_GAPS: readonly (readonly [family: RegExp, gaps: Readonly<Record<string, string>>])[] = [
  [/gemini-3-pro/, { MINIMAL: 'LOW', MEDIUM: 'HIGH' }],
  [/gemini-3(\.\d+)?-pro/, { MINIMAL: 'LOW' }],
];

/** May thoughts be shown? As the client said, else as its own API does: Chat clients always get what there is. */
function visibility({ reasoning, ext }: UnifiedChatRequest): boolean | undefined {
  if (reasoning?.visible !== undefined) return reasoning.visible;
  if (ext.format === 'openai-chat') return reasoning?.mode === 'off' ? undefined : true;
  return ext.format === 'anthropic-messages' && reasoning !== undefined && reasoning.mode !== 'off' ? true : undefined;
}

function encodeBudget(wish: ReasoningWish, { family }: TargetProfile, noteLoss: NoteLoss): JsonObject {
  const { min, max, canStop } = RANGES.find(([pattern]) => pattern.test(family))?.[1] ?? ANY_RANGE;
  if (wish.mode === 'off' || wish.effort === 'none') {
    if (canStop) return { thinkingBudget: 0 };
    noteLoss('gemini.thinking-off', 'reasoning', 'this model cannot stop thinking; it was given its smallest budget');
    return { thinkingBudget: min };
  }
  const wanted = wish.budgetTokens ?? (wish.effort === undefined ? undefined : budgetOfEffort(wish.effort));
  if (wanted === undefined) return wish.mode === 'auto' ? { thinkingBudget: -1 } : {};
  const thinkingBudget = Math.min(max, Math.max(min, wanted));
  if (thinkingBudget !== wanted && wish.budgetTokens !== undefined) {
    noteLoss('gemini.thinking-budget', 'reasoning.budgetTokens', `this model thinks with ${min} to ${max} tokens`);
  }
  return { thinkingBudget };
}

function encodeLevel(wish: ReasoningWish, { family }: TargetProfile, noteLoss: NoteLoss): JsonObject {
  const isOff = wish.mode === 'off' || wish.effort === 'none';
  const effort = isOff
    ? 'none'
    : (wish.effort ?? (wish.budgetTokens === undefined ? undefined : effortOfBudget(wish.budgetTokens)));
  if (effort === undefined) return {};
  const level = LEVELS[effort];
  const thinkingLevel = LEVEL_GAPS.find(([pattern]) => pattern.test(family))?.[1][level] ?? level;
  if (isOff)
    noteLoss('gemini.thinking-off', 'reasoning', 'this model cannot stop thinking; it was given its lowest level');
  else if (thinkingLevel !== effort.toUpperCase()) {
    noteLoss(
      'gemini.thinking-level',
      'reasoning.effort',
      `this model has no level ${effort}; ${thinkingLevel} is the nearest`,
    );
  }
  return { thinkingLevel };
}

/** `thinkingConfig` in the form that the model takes, budget or level and never both; absent when there is nothing to say. */
export function encodeThinking(
  request: UnifiedChatRequest,
  target: TargetProfile,
  noteLoss: NoteLoss,
): JsonObject | undefined {
  const wish = request.reasoning;
  if (target.thinking === 'none') {
    if (wish !== undefined && wish.mode === 'on')
      noteLoss('gemini.thinking-none', 'reasoning', 'this model does not think');
    return undefined;
  }
  const visible = visibility(request);
  const config: JsonObject = {
    ...(visible !== undefined && { includeThoughts: visible }),
    ...(wish !== undefined && amount(wish, target, noteLoss)),
  };
  return Object.keys(config).length === 0 ? undefined : config;
}

function amount(wish: ReasoningWish, target: TargetProfile, noteLoss: NoteLoss): JsonObject {
  switch (target.thinking) {
    case 'level':
    case 'effort':
      return encodeLevel(wish, target, noteLoss);
    case 'budget':
    case 'budget-or-adaptive':
      return encodeBudget(wish, target, noteLoss);
    case 'adaptive':
      return wish.mode === 'off' ? { thinkingBudget: 0 } : { thinkingBudget: -1 };
    default:
      // A model that thinks as it likes takes no amount.
      if (wish.mode === 'off') noteLoss('gemini.thinking-off', 'reasoning', 'this model cannot stop thinking');
      return {};
  }
}
