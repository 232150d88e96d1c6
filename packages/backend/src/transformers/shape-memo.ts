import type { EventShape } from '../types/format.ts';
import type { JsonObject } from '../types/json.ts';

/** The one string of an event that changes from event to event: the object that holds it, and its key there. */
export interface Leaf {
  readonly parent: JsonObject;
  readonly key: string;
}

export interface ShapeMemo {
  /** False once the stream has proved to have no repetition. */
  readonly isActive: boolean;
  /** Shape of the event that was parsed last; undefined when nothing in it is known to change alone. */
  shape(): EventShape | undefined;
  /** The last event with other words in it. Only after `shape` gave one. */
  withWords(words: string): unknown;
  /** What `JSON.parse` gives. The object may be the one of the call before, with one string changed. */
  parse(text: string): unknown;
}

interface Shape extends EventShape {
  readonly root: unknown;
  readonly leaf: Leaf;
}

/** After so many events in a row that were no repetition, a stream is taken to be one that has none. */
const MISSES_MAX = 16;

/**
 * Parses the events of one stream. Most of them differ from the one before in a single string, the next words of
 * the answer; when all text before and after that string is the same, the earlier object is given again with the
 * new string in it, which costs a fifth of parsing.
 *
 * `leafOf` finds that string in a parsed event; it must name only strings that the decoder copies, never an object
 * that it keeps. Throws what `JSON.parse` throws.
 */
export function createShapeMemo(leafOf: (root: unknown) => Leaf | undefined): ShapeMemo {
  let shape: Shape | undefined;
  let misses = 0;
  return {
    get isActive() {
      return misses <= MISSES_MAX;
    },
    shape: () => shape,
    withWords: (words) => {
      if (shape === undefined) throw new RangeError('no event was parsed that could be given again');
      shape.leaf.parent[shape.leaf.key] = words;
      return shape.root;
    },
    parse: (text) => {
      if (misses > MISSES_MAX) {
        shape = undefined;
        return JSON.parse(text);
      }
      const words = shape === undefined ? undefined : wordsOf(text, shape);
      if (shape !== undefined && words !== undefined) {
        misses = 0;
        shape.leaf.parent[shape.leaf.key] = words;
        return shape.root;
      }
      misses += 1;
      const root: unknown = JSON.parse(text);
      shape = learn(text, root, leafOf(root));
      return root;
    },
  };
}

/** The changing string of an event of this shape; undefined when the event has another. */
function wordsOf(text: string, { prefix, suffix }: Shape): string | undefined {
  const chars = text.length - prefix.length - suffix.length;
  if (chars < 0 || !text.endsWith(suffix) || !text.startsWith(prefix)) return undefined;
  const raw = text.slice(prefix.length, prefix.length + chars);
  if (!raw.includes('"') && !raw.includes('\\')) return raw;
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    // A quote that is not escaped: the string ends earlier, so this is another shape.
    return undefined;
  }
}

function learn(text: string, root: unknown, leaf: Leaf | undefined): Shape | undefined {
  const words = leaf?.parent[leaf.key];
  if (leaf === undefined || typeof words !== 'string') return undefined;
  const found = `"${leaf.key}":${JSON.stringify(words)}`;
  const at = text.indexOf(found);
  if (at === -1 || text.indexOf(found, at + 1) !== -1) return undefined;
  const start = at + leaf.key.length + 4;
  return { root, leaf, prefix: text.slice(0, start), suffix: text.slice(at + found.length - 1) };
}
