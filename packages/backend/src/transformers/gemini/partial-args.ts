import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';

/** No list of real arguments is longer; a wilder index would only fill memory. */
const INDEX_MAX = 100_000;
const STEP = /\.([^.[\]]+)|\[(\d+)\]|\[\*?'((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y;

/** Arguments that arrive value by value (`partialArgs` of Vertex). */
export interface PartialArgs {
  readonly root: JsonObject;
  /** Path of a text that goes on in the next fragment. */
  openPath: string | undefined;
}

export function createPartialArgs(root: JsonObject = {}): PartialArgs {
  return { root, openPath: undefined };
}

/** `$.a[0]['b c']` to its steps, or absent when it is not such a path. */
function stepsOf(path: string): (string | number)[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const steps: (string | number)[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < path.length) {
    const match = STEP.exec(path);
    if (match === null) return undefined;
    const [, dotted, index, single, double] = match;
    const step = index === undefined ? (dotted ?? (single ?? double ?? '').replace(/\\(.)/g, '$1')) : Number(index);
    if (step === '__proto__' || (typeof step === 'number' && step > INDEX_MAX)) return undefined;
    steps.push(step);
  }
  return steps.length > 0 ? steps : undefined;
}

function givenValue(fragment: JsonObject): Json | undefined {
  const { stringValue, numberValue, boolValue, nullValue } = fragment;
  if (nullValue !== undefined) return null;
  return stringValue ?? numberValue ?? boolValue;
}

type Container = JsonObject | Json[];

function childOf(container: Container, step: string | number): Json | undefined {
  if (Array.isArray(container)) return typeof step === 'number' ? container[step] : undefined;
  return Object.hasOwn(container, step) ? container[step] : undefined;
}

function put(container: Container, step: string | number, value: Json): boolean {
  if (!Array.isArray(container)) container[step] = value;
  else if (typeof step === 'number') {
    while (container.length < step) container.push(null);
    container[step] = value;
  } else return false;
  return true;
}

/** The container that holds the last step, made on the way where it is missing. */
function holderOf(root: JsonObject, steps: readonly (string | number)[]): Container | undefined {
  let holder: Container = root;
  for (const [at, step] of steps.slice(0, -1).entries()) {
    const child = childOf(holder, step);
    const next: Container =
      Array.isArray(child) || isObject(child) ? child : typeof steps[at + 1] === 'number' ? [] : {};
    if (next !== child && !put(holder, step, next)) return undefined;
    holder = next;
  }
  return holder;
}

/** Puts one fragment in its place. False when it is not one. A text that goes on is appended to. */
export function addFragment(partial: PartialArgs, fragment: Json): boolean {
  if (!isObject(fragment)) return false;
  const path = fragment['jsonPath'];
  const value = givenValue(fragment);
  if (typeof path !== 'string' || value === undefined) return false;
  const steps = stepsOf(path);
  const last = steps?.at(-1);
  if (steps === undefined || last === undefined) return false;
  const holder = holderOf(partial.root, steps);
  if (holder === undefined) return false;
  const before = partial.openPath === path ? childOf(holder, last) : undefined;
  partial.openPath = fragment['willContinue'] === true ? path : undefined;
  return put(holder, last, typeof before === 'string' && typeof value === 'string' ? before + value : value);
}
