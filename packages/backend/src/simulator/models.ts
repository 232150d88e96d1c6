import type { FormatId } from '../types/format-id.ts';
import type { JsonObject } from '../types/json.ts';
import type { Scenario } from './contract.ts';
import { chooseScenario, SCENARIOS } from './scenarios/index.ts';

/** The catalogue was written on this day; listings have no clock of their own. */
const CREATED_S = 1_795_305_600;
const CREATED_ISO = '2026-11-22T00:00:00Z';
const CONTEXT_TOKENS = 1_048_576;
const OUTPUT_TOKENS = 65_536;

const openai = (id: string): JsonObject => ({ id, object: 'model', created: CREATED_S, owned_by: 'simulator' });
const anthropic = (id: string): JsonObject => ({
  type: 'model',
  id,
  display_name: `Simulator ${id}`,
  created_at: CREATED_ISO,
});
const google = ({ name: id, about }: Pick<Scenario, 'name' | 'about'>): JsonObject => ({
  name: `models/${id}`,
  baseModelId: id,
  version: '001',
  displayName: `Simulator ${id}`,
  description: about,
  inputTokenLimit: CONTEXT_TOKENS,
  outputTokenLimit: OUTPUT_TOKENS,
  supportedGenerationMethods: ['generateContent', 'countTokens'],
  temperature: 1,
  maxTemperature: 2,
});

/** `GET /v1/models` and `/v1beta/models` in the shape of the API that the caller speaks. */
export function listModels(format: FormatId): JsonObject {
  if (format === 'gemini') return { models: SCENARIOS.map(google) };
  const names = SCENARIOS.map(({ name }) => name);
  if (format !== 'anthropic-messages') return { object: 'list', data: names.map(openai) };
  return { data: names.map(anthropic), has_more: false, first_id: names[0] ?? null, last_id: names.at(-1) ?? null };
}

/** One model by its name, options included; absent for an unknown one. */
export function oneModel(id: string, format: FormatId): JsonObject | undefined {
  const scenario = chooseScenario(id)?.scenario;
  if (scenario === undefined) return undefined;
  if (format === 'gemini') return google({ ...scenario, name: id });
  return format === 'anthropic-messages' ? anthropic(id) : openai(id);
}
