import type { JsonObject } from '../types/json.ts';
import { SCENARIOS } from './scenarios/index.ts';

/** The catalogue was written on this day; listings have no clock of their own. */
const CREATED_S = 1_795_305_600;
const CREATED_ISO = '2026-11-22T00:00:00Z';
const CONTEXT_TOKENS = 1_048_576;
const OUTPUT_TOKENS = 65_536;

const openai = (id: string): JsonObject => ({ id, object: 'model', created: CREATED_S, owned_by: 'simulator' });
const anthropic = (id: string): JsonObject => ({ type: 'model', id, display_name: `Simulator ${id}`, created_at: CREATED_ISO });
const google = (id: string, about: string): JsonObject => ({
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

/** `GET /v1/models`: OpenAI's list, or Anthropic's for a caller that names its API version. */
export function listModels(forAnthropic: boolean): JsonObject {
  if (!forAnthropic) return { object: 'list', data: SCENARIOS.map(({ name }) => openai(name)) };
  const names = SCENARIOS.map(({ name }) => name);
  return { data: names.map(anthropic), has_more: false, first_id: names[0] ?? null, last_id: names.at(-1) ?? null };
}

/** `GET /v1/models/{id}`; absent for an unknown name. */
export function oneModel(id: string, forAnthropic: boolean): JsonObject | undefined {
  if (!SCENARIOS.some(({ name }) => name === id.split(':')[0])) return undefined;
  return forAnthropic ? anthropic(id) : openai(id);
}

/** `GET /v1beta/models`. */
export function listGeminiModels(): JsonObject {
  return { models: SCENARIOS.map(({ name, about }) => google(name, about)) };
}

/** `GET /v1beta/models/{id}`; absent for an unknown name. */
export function oneGeminiModel(id: string): JsonObject | undefined {
  const scenario = SCENARIOS.find(({ name }) => name === id.split(':')[0]);
  return scenario && google(id, scenario.about);
}
