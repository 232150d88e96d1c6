import type { NoteLoss } from '../../types/format.ts';
import type { Sampling } from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { JsonObject } from '../../types/json.ts';

/** Sampling that the Messages API has no word for, with the IR's name of each field. */
const FOREIGN = ['seed', 'frequencyPenalty', 'presencePenalty', 'logprobs', 'topLogprobs', 'logitBias'] as const;

/** The API's highest temperature; others go to 2. */
const TEMPERATURE_MAX = 1;
/** Beside thinking, `top_p` may not be lower. */
const THINKING_TOP_P_MIN = 0.95;

type Refusal = string | undefined;

interface Circumstance {
  readonly thinks: boolean;
  readonly hasTemperature: boolean;
}

function refusedTemperature(temperature: number, { thinks }: Circumstance): Refusal {
  return thinks && temperature !== 1 ? 'thinking allows no temperature but 1' : undefined;
}

function refusedTopP(topP: number, { thinks, hasTemperature }: Circumstance): Refusal {
  if (hasTemperature) return 'the API takes temperature or top_p, not both';
  return thinks && topP < THINKING_TOP_P_MIN ? `thinking allows top_p from ${THINKING_TOP_P_MIN} only` : undefined;
}

function refusedTopK(_topK: number, { thinks }: Circumstance): Refusal {
  return thinks ? 'thinking allows no top_k' : undefined;
}

const SETTINGS = [
  { field: 'temperature', key: 'temperature', refusal: refusedTemperature },
  { field: 'topP', key: 'top_p', refusal: refusedTopP },
  { field: 'topK', key: 'top_k', refusal: refusedTopK },
] as const;

/** Sampling as far as this API, this model and thinking allow it; the rest is noted, field by field. */
export function encodeSampling(
  sampling: Sampling,
  target: TargetProfile,
  thinks: boolean,
  noteLoss: NoteLoss,
): JsonObject {
  const drop = (field: string, reason: string): void => noteLoss('anthropic.sampling', `sampling.${field}`, reason);
  for (const field of FOREIGN) {
    if (sampling[field] !== undefined && sampling[field] !== false) drop(field, 'the Messages API has no such setting');
  }
  const wire: JsonObject = {};
  for (const { field, key, refusal } of SETTINGS) {
    const value = sampling[field];
    if (value === undefined) continue;
    const reason = target.sampling
      ? refusal(value, { thinks, hasTemperature: wire['temperature'] !== undefined })
      : 'the model takes no sampling settings';
    if (reason === undefined) wire[key] = value;
    else drop(field, reason);
  }
  if (typeof wire['temperature'] === 'number' && wire['temperature'] > TEMPERATURE_MAX) {
    wire['temperature'] = TEMPERATURE_MAX;
    drop('temperature', `the highest temperature of the Messages API is ${TEMPERATURE_MAX}`);
  }
  return wire;
}
