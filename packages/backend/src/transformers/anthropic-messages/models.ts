import type { ModelName } from '../../types/format.ts';
import type { JsonObject } from '../../types/json.ts';

const modelOf = ({ name, createdAtMs }: ModelName): JsonObject => ({
  type: 'model',
  id: name,
  display_name: name,
  created_at: new Date(createdAtMs).toISOString(),
});

/** Anthropic's list of models (one page holds them all), or the one that was asked for. */
export function encodeModels(models: readonly ModelName[], only?: ModelName): JsonObject {
  if (only !== undefined) return modelOf(only);
  return {
    data: models.map(modelOf),
    has_more: false,
    first_id: models[0]?.name ?? null,
    last_id: models.at(-1)?.name ?? null,
  };
}
