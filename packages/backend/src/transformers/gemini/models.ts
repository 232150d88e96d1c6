import type { ModelName } from '../../types/format.ts';
import type { JsonObject } from '../../types/json.ts';

/** Limits are left out: an alias may lead to several models, and a wrong limit is worse than none. */
const modelOf = ({ name }: ModelName): JsonObject => ({
  name: `models/${name}`,
  displayName: name,
  supportedGenerationMethods: ['generateContent', 'countTokens'],
});

/** Google's list of models, or the one that was asked for. */
export function encodeModels(models: readonly ModelName[], only?: ModelName): JsonObject {
  return only === undefined ? { models: models.map(modelOf) } : modelOf(only);
}
