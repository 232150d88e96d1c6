import type { ThinkingForm } from '../../types/ir/target.ts';

/** What a model's name says about the model, whoever serves it. */
export interface ModelTraits {
  /** Vendor prefix, date and channel taken off; proofs are bound to it. */
  readonly family: string;
  /** How the model takes a reasoning wish at its own vendor's API. */
  readonly thinking: ThinkingForm;
  /** False when the model refuses temperature and its kin. */
  readonly sampling: boolean;
  readonly maxOutputTokens?: number | undefined;
  /** A system message may stand between turns at the Messages API. */
  readonly lateSystem: boolean;
}

/**
 * Traits of a model by its name. Never throws; a name that no row knows is a plain model that takes sampling
 * fields, does not think on request and has no known output limit.
 *
 * Sources: the vendors' model pages, https://platform.claude.com/docs/en/about-claude/models,
 * https://developers.openai.com/api/docs/models, https://ai.google.dev/gemini-api/docs/thinking.
 */
export function modelTraits(model: string): ModelTraits {
  const family = modelFamily(model);
  if (family.startsWith('claude')) return claudeTraits(family);
  const row = ROWS.find(({ pattern }) => pattern.test(family));
  return {
    family,
    thinking: row?.thinking ?? 'none',
    sampling: row?.sampling ?? true,
    lateSystem: false,
    ...(row?.maxOutputTokens === undefined ? {} : { maxOutputTokens: row.maxOutputTokens }),
  };
}

/**
 * The bare model name: "anthropic/claude-sonnet-4.5:beta", "us.anthropic.claude-sonnet-4-5-20250929-v1:0" and
 * "claude-sonnet-4-5" are one family. Proofs pass between names of one family only, so when in doubt two names
 * stay two families.
 */
export function modelFamily(model: string): string {
  const lower = model.toLowerCase();
  const bare = lower.slice(lower.lastIndexOf('/') + 1).replace(/^(?:[a-z]{2,6}\.)?(?:anthropic|amazon|meta)\./, '');
  const untagged = bare.replace(/:.*$/, '');
  const undated = untagged
    .replace(/-v\d+$/, '')
    .replace(/[-@](?:20\d{6}|20\d\d-\d\d-\d\d)$/, '')
    .replace(/-preview(?:-\d\d-\d{2,4})?$/, '')
    .replace(/-latest$/, '');
  const family = undated.startsWith('claude') ? undated.replaceAll('.', '-') : undated;
  return family === '' ? lower : family;
}

interface Row {
  readonly pattern: RegExp;
  readonly thinking: ThinkingForm;
  readonly sampling?: boolean;
  readonly maxOutputTokens?: number;
}

/** First match wins. Claude has rules of its own below. */
const ROWS: readonly Row[] = [
  { pattern: /^gpt-5(?:\.\d+)?-chat/, thinking: 'none', maxOutputTokens: 16_384 },
  { pattern: /^(?:gpt-[5-9]|codex-)/, thinking: 'effort', sampling: false, maxOutputTokens: 128_000 },
  { pattern: /^o1-(?:mini|preview)/, thinking: 'always', sampling: false, maxOutputTokens: 32_768 },
  { pattern: /^o[1-9](?:$|-)/, thinking: 'effort', sampling: false, maxOutputTokens: 100_000 },
  { pattern: /^gpt-oss/, thinking: 'effort' },
  { pattern: /^gpt-4\.1/, thinking: 'none', maxOutputTokens: 32_768 },
  { pattern: /^(?:chat)?gpt-4o/, thinking: 'none', maxOutputTokens: 16_384 },
  { pattern: /^gemini-.*image/, thinking: 'none', maxOutputTokens: 32_768 },
  { pattern: /^gemini-2\.5/, thinking: 'budget', maxOutputTokens: 65_536 },
  { pattern: /^gemini-(?:1|2)/, thinking: 'none', maxOutputTokens: 8192 },
  // "gemini-flash-latest" and the like follow the newest generation.
  { pattern: /^gemini-(?:[3-9]|pro|flash)/, thinking: 'level', maxOutputTokens: 65_536 },
  { pattern: /^deepseek-(?:reasoner|r\d)/, thinking: 'always' },
  { pattern: /^deepseek-(?:v[4-9]|flash|pro)/, thinking: 'effort' },
  { pattern: /^kimi-.*thinking/, thinking: 'always' },
  { pattern: /^kimi-(?:k2\.[5-9]|k[3-9])/, thinking: 'effort' },
  { pattern: /^glm-(?:4\.[5-9]|[5-9])/, thinking: 'effort' },
  { pattern: /^grok-3-mini/, thinking: 'effort' },
  { pattern: /^grok-.*non-reasoning/, thinking: 'none' },
  { pattern: /^grok(?:$|-4\.[3-9](?:$|-)|-[5-9])/, thinking: 'effort' },
  // Grok 4 up to 4.20 always thinks and answers 400 to an effort.
  { pattern: /^grok-(?:4|code)/, thinking: 'always' },
  { pattern: /^(?:qwq|qwen.*thinking)/, thinking: 'always' },
  { pattern: /^qwen-?3.*instruct/, thinking: 'none' },
  { pattern: /^qwen-?3/, thinking: 'effort' },
  { pattern: /^(?:magistral|minimax-m|sonar-.*reasoning|phi-4.*reasoning)/, thinking: 'always' },
];

/**
 * Claude up to 3.5 does not think; 3.7 to 4.5 take a budget; 4.6 takes a budget or adapts; from 4.7 on only adaptive
 * thinking is accepted and sampling fields are refused. A name without a version is taken for the newest kind.
 */
function claudeTraits(family: string): ModelTraits {
  const version = claudeVersion(family);
  return {
    family,
    thinking: claudeThinking(version),
    sampling: version < 4.7,
    maxOutputTokens: claudeOutput(family, version),
    lateSystem: version >= 5 || (version >= 4.8 && family.includes('opus')),
  };
}

function claudeThinking(version: number): ThinkingForm {
  if (version < 3.7) return 'none';
  if (version < 4.6) return 'budget';
  return version < 4.7 ? 'budget-or-adaptive' : 'adaptive';
}

/** The lower figure where the vendor gives a higher one only under a beta header. */
function claudeOutput(family: string, version: number): number {
  if (version < 3.5) return 4096;
  if (version < 3.7) return 8192;
  if (family.includes('opus')) return version < 4.5 ? 32_000 : version < 4.6 ? 64_000 : 128_000;
  return 64_000;
}

/** 4.5 of "claude-sonnet-4-5", 3.7 of "claude-3-7-sonnet", 4 of "claude-opus-4". */
function claudeVersion(family: string): number {
  const match = /-(\d)(?:-(\d{1,2}))?(?:-|$)/.exec(family);
  if (match === null) return family === 'claude-instant' ? 1 : Number.POSITIVE_INFINITY;
  return Number(`${match[1]}.${match[2] ?? '0'}`);
}
