import type { Usage } from '../types/ir/usage.ts';

/** Overwrites each field that `next` holds; absent fields keep their earlier value. */
export function mergeUsage(earlier: Usage, next: Usage): Usage {
  const merged: Record<string, number | undefined> = { ...earlier };
  for (const [key, value] of Object.entries(next)) if (value !== undefined) merged[key] = value;
  return merged as Usage;
}
