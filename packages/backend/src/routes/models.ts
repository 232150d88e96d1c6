import { visibleNames } from '../services/routing/index.ts';
import { GatewayError } from '../types/errors.ts';
import type { Format } from '../types/format.ts';
import type { ClientKey, Snapshot } from '../types/gateway.ts';

/** The models that this key may use, in the words of the API that asks; with `name` only that one. */
export function listModels(format: Format, snapshot: Snapshot, key: ClientKey, name: string | undefined): Response {
  const createdAtMs = snapshot.loadedAtMs;
  const models = visibleNames(snapshot, key).map((visible) => ({ name: visible, createdAtMs }));
  if (name === undefined) return Response.json(format.encodeModels(models));
  const wanted = name.replace(/^models\//, '');
  const only = models.find((model) => model.name === wanted);
  if (only !== undefined) return Response.json(format.encodeModels(models, only));
  throw new GatewayError('request_model_unknown', `no model is called "${wanted.slice(0, 80)}"`, { field: 'model' });
}
