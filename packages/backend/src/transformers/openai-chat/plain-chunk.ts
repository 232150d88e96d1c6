import type { JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import type { Leaf } from '../shape-memo.ts';
import type { WireChunk } from './wire.ts';

export type ProseKind = 'text' | 'refusal' | 'reasoning';

/** A chunk that says nothing but its words. Given again with other words, it needs no second look. */
export interface PlainChunk {
  readonly chunk: unknown;
  readonly delta: JsonObject;
  readonly key: string;
  readonly kind: ProseKind;
}

const WORDS = ['content', 'reasoning_content', 'reasoning', 'refusal'] as const;

/** The string of a delta that changes from chunk to chunk: words, or the arguments of the only call fragment. */
export function changingWords(root: unknown): Leaf | undefined {
  const choices = isObject(root) ? root['choices'] : undefined;
  const choice = Array.isArray(choices) && choices.length === 1 ? choices[0] : undefined;
  const delta = isObject(choice) ? choice['delta'] : undefined;
  if (!isObject(delta) || delta['reasoning_details'] !== undefined) return undefined;
  const key = WORDS.find((name) => typeof delta[name] === 'string' && delta[name] !== '');
  if (key !== undefined) return { parent: delta, key };
  const calls = delta['tool_calls'];
  const call = Array.isArray(calls) && calls.length === 1 ? calls[0] : undefined;
  const parent = isObject(call) ? call['function'] : undefined;
  return isObject(parent) && typeof parent['arguments'] === 'string' ? { parent, key: 'arguments' } : undefined;
}

const PROSE_KEYS: ReadonlyMap<string, ProseKind> = new Map<string, ProseKind>([
  ['content', 'text'],
  ['reasoning_content', 'reasoning'],
  ['reasoning', 'reasoning'],
]);
const isSaid = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

/** The chunk as a plain one, when words are all that its handlers found in it. */
export function plainChunk(chunk: JsonObject, splitsThinking: boolean): PlainChunk | undefined {
  const leaf = changingWords(chunk);
  const kind = leaf === undefined ? undefined : PROSE_KEYS.get(leaf.key);
  if (leaf === undefined || kind === undefined || (kind === 'text' && splitsThinking)) return undefined;
  const [choice] = (chunk as WireChunk).choices ?? [];
  const { delta, ...rest } = choice ?? {};
  const says = (part: JsonObject): string[] => Object.keys(part).filter((key) => isSaid(part[key]));
  const isAlone =
    says(leaf.parent).every((key) => key === leaf.key || key === 'role') &&
    says(rest as JsonObject).every((key) => key === 'index') &&
    !['usage', 'search_results', 'citations'].some((key) => isSaid(chunk[key]));
  return delta === leaf.parent && isAlone ? { chunk, delta: leaf.parent, key: leaf.key, kind } : undefined;
}
