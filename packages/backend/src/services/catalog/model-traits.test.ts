import { describe, expect, test } from 'bun:test';
import { modelFamily, modelTraits } from './model-traits.ts';

describe('family', () => {
  test.each([
    ['claude-sonnet-4-5-20250929', 'claude-sonnet-4-5'],
    ['anthropic/claude-sonnet-4.5', 'claude-sonnet-4-5'],
    ['anthropic/claude-sonnet-4.5:beta', 'claude-sonnet-4-5'],
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5'],
    ['claude-opus-4-1@20250805', 'claude-opus-4-1'],
    ['claude-3-7-sonnet-latest', 'claude-3-7-sonnet'],
    ['gpt-5-2025-08-07', 'gpt-5'],
    ['openai/gpt-5.1-codex', 'gpt-5.1-codex'],
    ['gemini-3-pro-preview', 'gemini-3-pro'],
    ['gemini-2.5-flash-preview-09-2025', 'gemini-2.5-flash'],
    ['models/gemini-2.5-pro', 'gemini-2.5-pro'],
    ['accounts/fireworks/models/deepseek-r1', 'deepseek-r1'],
    ['qwen3:8b', 'qwen3'],
    ['deepseek/deepseek-chat:free', 'deepseek-chat'],
    ['mixtral-8x7b', 'mixtral-8x7b'],
    [':odd', ':odd'],
  ])('%s is %s', (model, family) => {
    expect(modelFamily(model)).toBe(family);
  });
});

describe('thinking and sampling', () => {
  test.each([
    ['claude-3-haiku-20240307', 'none', true],
    ['claude-3-5-sonnet-20241022', 'none', true],
    ['claude-3-7-sonnet-20250219', 'budget', true],
    ['claude-sonnet-4-20250514', 'budget', true],
    ['claude-opus-4-1-20250805', 'budget', true],
    ['claude-haiku-4-5', 'budget', true],
    ['claude-opus-4-6', 'budget-or-adaptive', true],
    ['anthropic/claude-sonnet-4.6', 'budget-or-adaptive', true],
    ['claude-opus-4-7', 'adaptive', false],
    ['claude-opus-4-8', 'adaptive', false],
    ['claude-sonnet-5', 'adaptive', false],
    ['claude-opus-5-1', 'adaptive', false],
    ['claude-opus-latest', 'adaptive', false],
    ['gpt-5', 'effort', false],
    ['gpt-5-mini-2025-08-07', 'effort', false],
    ['openai/gpt-5.2', 'effort', false],
    ['gpt-5-chat-latest', 'none', true],
    ['o1', 'effort', false],
    ['o1-mini', 'always', false],
    ['o3-pro', 'effort', false],
    ['o4-mini', 'effort', false],
    ['gpt-4o', 'none', true],
    ['gpt-4.1-mini', 'none', true],
    ['openai/gpt-oss-120b', 'effort', true],
    ['gemini-2.5-flash', 'budget', true],
    ['gemini-2.5-flash-image', 'none', true],
    ['gemini-2.0-flash', 'none', true],
    ['gemini-3-pro-preview', 'level', true],
    ['gemini-3.1-flash-lite', 'level', true],
    ['gemini-flash-latest', 'level', true],
    ['deepseek-chat', 'none', true],
    ['deepseek-reasoner', 'always', true],
    ['deepseek-v4-pro', 'effort', true],
    ['kimi-k2-thinking', 'always', true],
    ['kimi-k2.5', 'effort', true],
    ['glm-4.6', 'effort', true],
    ['grok-4', 'always', true],
    ['grok-4-fast-non-reasoning', 'none', true],
    ['grok-4.20-reasoning', 'always', true],
    ['grok-4.3', 'effort', true],
    ['grok-latest', 'effort', true],
    ['claude-haiku-5-5', 'adaptive', false],
    ['qwen3-235b-a22b-instruct-2507', 'none', true],
    ['qwen3:8b', 'effort', true],
    ['llama3.3', 'none', true],
  ] as const)('%s thinks by %s, sampling %p', (model, thinking, sampling) => {
    expect(modelTraits(model)).toMatchObject({ thinking, sampling });
  });
});

describe('output limits and late system messages', () => {
  test.each([
    ['claude-3-haiku-20240307', 4096, false],
    ['claude-3-5-haiku-latest', 8192, false],
    ['claude-opus-4-1', 32_000, false],
    ['claude-opus-4-5', 64_000, false],
    ['claude-opus-4-6', 128_000, false],
    ['claude-opus-4-8', 128_000, true],
    ['claude-sonnet-4-6', 64_000, false],
    ['claude-sonnet-5', 64_000, true],
    ['gpt-5', 128_000, false],
    ['gemini-2.5-pro', 65_536, false],
    ['llama3.3', undefined, false],
  ] as const)('%s writes at most %p tokens; late system %p', (model, maxOutputTokens, lateSystem) => {
    const traits = modelTraits(model);
    expect(traits.maxOutputTokens).toBe(maxOutputTokens);
    expect(traits.lateSystem).toBe(lateSystem);
  });
});
