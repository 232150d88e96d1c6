import { expect, test } from 'bun:test';
import { profileOf } from './profile.ts';

const vendor = { id: 'acme', type: 'openai-chat', quirks: { noJsonSchema: true } };
const simulator = { id: 'demo', type: 'simulator', quirks: {} };

test('a profile names its provider, model and quirks', () => {
  expect(profileOf(vendor, 'openai-chat', 'acme/llama3.3')).toEqual({
    format: 'openai-chat',
    providerId: 'acme',
    model: 'acme/llama3.3',
    family: 'llama3.3',
    thinking: 'none',
    sampling: true,
    lateSystem: true,
    quirks: { noJsonSchema: true },
  });
});

test.each([
  {
    name: 'Claude keeps its own form at the Messages API',
    provider: vendor,
    format: 'anthropic-messages',
    model: 'claude-opus-4-6',
    thinking: 'budget-or-adaptive',
    lateSystem: false,
  },
  {
    name: 'Claude behind a Chat server takes an effort',
    provider: vendor,
    format: 'openai-chat',
    model: 'anthropic/claude-opus-4.7',
    thinking: 'effort',
    lateSystem: true,
  },
  {
    name: 'another vendor behind the Messages API takes a budget',
    provider: vendor,
    format: 'anthropic-messages',
    model: 'deepseek-v4-pro',
    thinking: 'budget',
    lateSystem: false,
  },
  {
    name: 'Gemini 2.5 takes a budget at its own API',
    provider: vendor,
    format: 'gemini',
    model: 'gemini-2.5-pro',
    thinking: 'budget',
    lateSystem: false,
  },
  {
    name: 'Gemini 3 takes a level at its own API',
    provider: vendor,
    format: 'gemini',
    model: 'gemini-3-pro',
    thinking: 'level',
    lateSystem: false,
  },
  {
    name: 'Gemini behind a Responses server takes an effort',
    provider: vendor,
    format: 'openai-responses',
    model: 'google/gemini-3-pro',
    thinking: 'effort',
    lateSystem: true,
  },
  {
    name: 'a model that always thinks does so everywhere',
    provider: vendor,
    format: 'anthropic-messages',
    model: 'deepseek-reasoner',
    thinking: 'always',
    lateSystem: false,
  },
  {
    name: 'the simulator thinks by budget at Messages',
    provider: simulator,
    format: 'anthropic-messages',
    model: 'thinking',
    thinking: 'budget',
    lateSystem: false,
  },
  {
    name: 'the simulator thinks by level at Gemini',
    provider: simulator,
    format: 'gemini',
    model: 'thinking-redacted',
    thinking: 'level',
    lateSystem: false,
  },
  {
    name: 'the simulator thinks by effort at Chat',
    provider: simulator,
    format: 'openai-chat',
    model: 'thinking:drip=20ms',
    thinking: 'effort',
    lateSystem: true,
  },
  {
    name: 'a plain simulator model does not think',
    provider: simulator,
    format: 'openai-chat',
    model: 'plain',
    thinking: 'none',
    lateSystem: true,
  },
] as const)('$name', ({ provider, format, model, thinking, lateSystem }) => {
  expect(profileOf(provider, format, model)).toMatchObject({ thinking, lateSystem, model });
});
