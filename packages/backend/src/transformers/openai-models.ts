import type { ModelName } from '../types/format.ts';
import type { JsonObject } from '../types/json.ts';

const modelOf = ({ name, createdAtMs }: ModelName): JsonObject => ({
  id: name,
  object: 'model',
  created: Math.floor(createdAtMs / 1000),
  owned_by: 'plexus',
});

/** OpenAI's list of models, or the one that was asked for; both of its APIs share it. */
export function encodeModels(models: readonly ModelName[], only?: ModelName): JsonObject {
  return only === undefined ? { object: 'list', data: models.map(modelOf) } : modelOf(only);
}
