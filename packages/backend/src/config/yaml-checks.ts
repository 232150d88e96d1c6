import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node } from 'yaml';
import { type FieldPath, fieldName } from './problem.ts';

export const ALIASES_MAX = 100;
export const DEPTH_MAX = 32;

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface SourceProblem extends Place {
  readonly path: FieldPath;
  readonly problem: string;
  readonly fix: string;
}

interface Walk {
  readonly problems: SourceProblem[];
  readonly anchors: Set<string>;
  aliases: number;
  readonly at: (offset: number) => Place;
}

/**
 * What YAML allows and a configuration should not hold: deep nesting, many aliases, tags, merge keys, keys that are
 * not plain words, keys that stand twice. Walks the tree once, with the path of each node.
 */
export function checkNodes(document: Document, at: (offset: number) => Place): readonly SourceProblem[] {
  const walk: Walk = { problems: [], anchors: new Set(), aliases: 0, at };
  if (document.contents !== null) visit(walk, document.contents, [], 0);
  return walk.problems;
}

function note(walk: Walk, node: Node, path: FieldPath, words: readonly [problem: string, fix: string]): void {
  const [problem, fix] = words;
  walk.problems.push({ ...walk.at(node.range?.[0] ?? 0), path, problem, fix });
}

function visit(walk: Walk, node: Node, path: FieldPath, depth: number): void {
  if (depth > DEPTH_MAX) {
    note(walk, node, path.slice(0, 3), [`nested deeper than ${DEPTH_MAX} levels`, 'make it flatter']);
    return;
  }
  if (isAlias(node)) {
    visitAlias(walk, node, path);
    return;
  }
  if (node.tag !== undefined) note(walk, node, path, ['tags (!) are not supported', 'remove the tag']);
  if ('anchor' in node && typeof node.anchor === 'string') walk.anchors.add(node.anchor);
  if (isMap(node)) visitPairs(walk, node.items, path, depth);
  if (!isSeq(node)) return;
  for (const [place, item] of node.items.entries()) {
    if (isNode(item)) visit(walk, item, [...path, place], depth + 1);
  }
}

function visitAlias(walk: Walk, alias: Node & { source: string }, path: FieldPath): void {
  walk.aliases += 1;
  if (!walk.anchors.has(alias.source)) {
    note(walk, alias, path, ['this alias (*) has no anchor (&) before it', 'write the value out']);
  }
  if (walk.aliases === ALIASES_MAX + 1) {
    note(walk, alias, path, [`more than ${ALIASES_MAX} aliases (*)`, 'write the values out']);
  }
}

type Pairs = readonly { readonly key: unknown; readonly value: unknown }[];

function visitPairs(walk: Walk, pairs: Pairs, path: FieldPath, depth: number): void {
  const firstLines = new Map<string, number>();
  for (const { key, value } of pairs) {
    if (!isScalar(key)) {
      if (isNode(key)) note(walk, key, path, ['a key is not a plain word', 'write a word, followed by a colon']);
      continue;
    }
    const name = String(key.value);
    checkKey(walk, key, [...path, name], firstLines);
    if (isNode(value)) visit(walk, value, [...path, name], depth + 1);
  }
}

function checkKey(walk: Walk, key: Node, path: FieldPath, firstLines: Map<string, number>): void {
  const name = String(path.at(-1));
  if (name === '<<') note(walk, key, path, ['merge keys are not supported', 'write the fields out']);
  if (name === '__proto__') note(walk, key, path, ['"__proto__" cannot be a key', 'choose another name']);
  const { line } = walk.at(key.range?.[0] ?? 0);
  const firstLine = firstLines.get(name);
  if (firstLine === undefined) {
    firstLines.set(name, line);
    return;
  }
  const problem = `"${fieldName(path)}" stands twice, in line ${firstLine} and in line ${line}`;
  note(walk, key, path, [problem, 'keep one of them']);
}
