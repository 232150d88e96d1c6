import type { FormatId } from '../../types/format-id.ts';
import type { Provider } from '../../types/gateway.ts';
import type { TargetProfile, ThinkingForm } from '../../types/ir/target.ts';
import { type ModelTraits, modelTraits } from './model-traits.ts';

/** The part of a provider that a profile is made from. */
export type ProfiledProvider = Pick<Provider, 'id' | 'type' | 'quirks'>;

/** What an encoder may know of a model when it is asked at `provider` through `format`. Pure; never throws. */
export function profileOf(provider: ProfiledProvider, format: FormatId, model: string): TargetProfile {
  const traits = provider.type === 'simulator' ? simulatorTraits(format, model) : modelTraits(model);
  return {
    format,
    providerId: provider.id,
    model,
    family: traits.family,
    thinking: thinkingAt(format, traits),
    sampling: traits.sampling,
    ...(traits.maxOutputTokens === undefined ? {} : { maxOutputTokens: traits.maxOutputTokens }),
    lateSystem: lateSystemAt(format, traits),
    quirks: provider.quirks,
  };
}

/** A model behind another vendor's API takes its wish in that API's own form. */
function thinkingAt(format: FormatId, { family, thinking }: ModelTraits): ThinkingForm {
  if (thinking === 'none' || thinking === 'always') return thinking;
  if (format === 'anthropic-messages') return family.startsWith('claude') ? thinking : 'budget';
  if (format === 'gemini') return thinking === 'budget' ? 'budget' : 'level';
  return 'effort';
}

/** Chat and Responses take system messages anywhere, Gemini nowhere but in front. */
function lateSystemAt(format: FormatId, { lateSystem }: ModelTraits): boolean {
  if (format === 'anthropic-messages') return lateSystem;
  return format !== 'gemini';
}

const SIMULATED: Readonly<Record<FormatId, ThinkingForm>> = {
  'openai-chat': 'effort',
  'openai-responses': 'effort',
  'anthropic-messages': 'budget',
  gemini: 'level',
};

/** The simulator's `thinking…` models reason in the common form of whichever API they are asked through. */
function simulatorTraits(format: FormatId, model: string): ModelTraits {
  const family = model.replace(/:.*$/, '');
  return {
    family,
    thinking: family.startsWith('thinking') ? SIMULATED[format] : 'none',
    sampling: true,
    lateSystem: false,
  };
}
