import { GatewayError } from '../../types/errors.ts';
import type { NoteLoss } from '../../types/format.ts';
import type { Effort, ReasoningWish, UnifiedChatRequest } from '../../types/ir/request.ts';
import type { TargetProfile, ThinkingForm } from '../../types/ir/target.ts';
import type { JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import { budgetOfEffort, effortOfBudget } from '../effort.ts';
import type { WireMessage } from './encode-turns.ts';
import { FORMAT } from './wire.ts';

/** Output limit where neither client nor catalogue names one. */
const DEFAULT_OUTPUT_TOKENS = 8192;
/** The API's least thinking budget. */
const BUDGET_TOKENS_MIN = 1024;

export interface ThinkingPlan {
  readonly maxTokens: number;
  readonly thinking?: JsonObject | undefined;
  readonly effort?: string | undefined;
  readonly isOn: boolean;
}

/** All that decides how thinking is asked for. */
export interface ThinkingQuestion {
  readonly request: UnifiedChatRequest;
  readonly target: TargetProfile;
  readonly messages: readonly WireMessage[];
  /** The tool choice forces a call, which the API refuses beside thinking. */
  readonly forced: boolean;
  readonly noteLoss: NoteLoss;
}

function outputLimit({ request, target, noteLoss }: ThinkingQuestion): number {
  const asked = request.maxOutputTokens ?? target.maxOutputTokens ?? DEFAULT_OUTPUT_TOKENS;
  const limit = target.maxOutputTokens;
  if (limit === undefined || asked <= limit) return asked;
  noteLoss('anthropic.max-tokens', 'maxOutputTokens', `the model writes at most ${limit} tokens`);
  return limit;
}

function blocksOf(message: WireMessage | undefined): JsonObject[] {
  return message === undefined || typeof message.content === 'string' ? [] : message.content;
}

/** The running tool loop: its last assistant turn must begin with thinking when thinking has a budget. */
function loopLacksThinking(messages: readonly WireMessage[]): boolean {
  const turns = messages.filter(({ role }) => role !== 'system');
  if (blocksOf(turns.at(-1))[0]?.['type'] !== 'tool_result') return false;
  const first = blocksOf(turns.at(-2))[0]?.['type'];
  return first !== 'thinking' && first !== 'redacted_thinking';
}

/** The last turn is text of the assistant that the model is to continue. */
function endsInPrefill(messages: readonly WireMessage[]): boolean {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') return false;
  return typeof last.content === 'string' || last.content.every(({ type }) => type === 'text' || type === 'thinking');
}

function displayOf({ visible }: ReasoningWish, { request }: ThinkingQuestion): JsonObject {
  if (visible === false) return { display: 'omitted' };
  // A Chat client has no field to ask for thinking text and always gets it.
  return visible === true || request.ext.format === 'openai-chat' ? { display: 'summarized' } : {};
}

function wordOf(effort: Effort, form: ThinkingForm, noteLoss: NoteLoss): string {
  if (effort === 'minimal') return 'low';
  if (effort !== 'xhigh' || form === 'adaptive') return effort;
  noteLoss('anthropic.effort', 'reasoning.effort', 'the model knows no "xhigh"; "high" was sent');
  return 'high';
}

function adaptive(wish: ReasoningWish, maxTokens: number, question: ThinkingQuestion): ThinkingPlan {
  const { target, request, noteLoss } = question;
  const said = wish.effort ?? (wish.budgetTokens === undefined ? undefined : effortOfBudget(wish.budgetTokens));
  const effort = said === undefined ? undefined : wordOf(said, target.thinking, noteLoss);
  // An own client that gave an effort alone did not ask for thinking.
  if (wish.mode === 'auto' && request.ext.format === FORMAT) return { maxTokens, effort, isOn: false };
  return { maxTokens, thinking: { type: 'adaptive', ...displayOf(wish, question) }, effort, isOn: true };
}

/** Budget and output limit that fit each other; absent when the model's limit leaves no room for thinking. */
function repaired(
  budget: number,
  maxTokens: number,
  question: ThinkingQuestion,
): { budget: number; maxTokens: number } | undefined {
  if (budget < maxTokens) return { budget, maxTokens };
  const { request, target, noteLoss } = question;
  const room = Math.max(1, Math.min(request.maxOutputTokens ?? DEFAULT_OUTPUT_TOKENS, maxTokens));
  const raised = Math.min(budget + room, target.maxOutputTokens ?? Number.POSITIVE_INFINITY);
  if (raised > budget) return { budget, maxTokens: raised };
  const lowered = raised - Math.min(room, Math.floor(raised / 2));
  noteLoss(
    'anthropic.budget',
    'reasoning.budgetTokens',
    `the model's output limit of ${raised} tokens holds thinking too`,
  );
  return lowered < BUDGET_TOKENS_MIN ? undefined : { budget: lowered, maxTokens: raised };
}

function budgeted(wish: ReasoningWish, maxTokens: number, question: ThinkingQuestion): ThinkingPlan {
  const { messages, noteLoss } = question;
  const off: ThinkingPlan = { maxTokens, thinking: { type: 'disabled' }, isOn: false };
  if (loopLacksThinking(messages)) {
    noteLoss('anthropic.thinking-loop', 'reasoning', 'the tool loop has no signed thinking to go on with');
    return off;
  }
  const wanted = Math.max(BUDGET_TOKENS_MIN, wish.budgetTokens ?? budgetOfEffort(wish.effort ?? 'medium'));
  const fit = repaired(wanted, maxTokens, question);
  if (fit === undefined) return off;
  const thinking = {
    type: 'enabled',
    budget_tokens: fit.budget,
    ...(wish.visible === undefined ? {} : displayOf(wish, question)),
  };
  return { maxTokens: fit.maxTokens, thinking, isOn: true };
}

function expand(wish: ReasoningWish, maxTokens: number, question: ThinkingQuestion): ThinkingPlan {
  switch (question.target.thinking) {
    case 'adaptive':
      return adaptive(wish, maxTokens, question);
    case 'budget-or-adaptive':
      return wish.budgetTokens === undefined
        ? adaptive(wish, maxTokens, question)
        : budgeted(wish, maxTokens, question);
    case 'budget':
      return budgeted(wish, maxTokens, question);
    case 'effort':
      return { maxTokens, effort: wish.effort, isOn: true };
    default:
      question.noteLoss('anthropic.thinking', 'reasoning', 'the model takes no wish about its thinking');
      return { maxTokens, isOn: false };
  }
}

const canSwitch = (form: ThinkingForm): boolean =>
  form === 'budget' || form === 'adaptive' || form === 'budget-or-adaptive';

function switchedOff(wish: ReasoningWish, maxTokens: number, { target, noteLoss }: ThinkingQuestion): ThinkingPlan {
  if (!canSwitch(target.thinking)) return { maxTokens, isOn: false };
  const effort =
    wish.effort === undefined || wish.effort === 'none' || target.thinking === 'budget'
      ? undefined
      : wordOf(wish.effort, target.thinking, noteLoss);
  return { maxTokens, thinking: { type: 'disabled' }, effort, isOn: false };
}

/**
 * Expands the client's reasoning wish for the target's form of thinking, together with the output limit that it
 * shares. Throws `request_unsupported` for a prefilled answer beside thinking, which the API refuses.
 */
export function planThinking(question: ThinkingQuestion): ThinkingPlan {
  const { request, noteLoss, forced, target } = question;
  const maxTokens = outputLimit(question);
  const { reasoning: wish, ext } = request;
  const unknown = ext.format === FORMAT ? ext.fields['thinking'] : undefined;
  if (isObject(unknown) && canSwitch(target.thinking)) {
    const effort = wish?.effort === undefined ? undefined : wordOf(wish.effort, target.thinking, noteLoss);
    return { maxTokens, thinking: unknown, effort, isOn: true };
  }
  if (wish === undefined) return { maxTokens, isOn: false };
  if (wish.mode === 'off' || wish.effort === 'none' || wish.budgetTokens === 0)
    return switchedOff(wish, maxTokens, question);
  const plan = expand(wish, maxTokens, question);
  if (!plan.isOn || !canSwitch(target.thinking)) return plan;
  if (forced) {
    noteLoss('anthropic.thinking-forced', 'reasoning', 'the API refuses thinking beside a forced tool choice');
    return { maxTokens, thinking: { type: 'disabled' }, isOn: false };
  }
  if (endsInPrefill(question.messages)) {
    const field = 'messages';
    throw new GatewayError(
      'request_unsupported',
      `${field}: the last turn is the assistant's, which the model cannot continue while it thinks`,
      { field },
    );
  }
  return plan;
}
