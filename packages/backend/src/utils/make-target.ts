import type { FormatId } from '../types/format-id.ts';
import type { Account, Provider, Target } from '../types/gateway.ts';
import type { TargetProfile } from '../types/ir/target.ts';

export type ProfileOf = (provider: Provider, format: FormatId, model: string) => TargetProfile;

/** A target with one profile for each API of its provider. */
export function makeTarget(parts: {
  readonly provider: Provider;
  readonly account: Account;
  readonly model: string;
  readonly weight: number;
  readonly profileOf: ProfileOf;
}): Target {
  const { provider, account, model, weight, profileOf } = parts;
  const formats = [...provider.addresses.keys()];
  return {
    id: `${provider.id}/${model}`,
    provider,
    account,
    model,
    profiles: new Map(formats.map((format) => [format, profileOf(provider, format, model)])),
    weight,
    unusable: provider.unusable ?? account.unusable,
  };
}
