import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { type FieldPath, fieldName } from './problem.ts';

const TEXT_BYTES_MAX = 1024 * 1024;
const ALIASES_MAX = 100;
const DEPTH_MAX = 32;
const SYNTAX_PROBLEMS_MAX = 5;

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface SourceProblem extends Place {
  readonly path: FieldPath;
  readonly problem: string;
  readonly fix: string;
}

/** A YAML text as a plain value, and where each of its fields stands. */
export type YamlSource =
  | { readonly ok: true; readonly value: unknown; readonly placeOf: (path: FieldPath) => Place }
  | { readonly ok: false; readonly problems: readonly SourceProblem[] };

/**
 * Reads one YAML 1.2 document. Refused are: more than 1 MiB, more than 32 levels, more than 100 aliases, tags, merge
 * keys, keys that are not plain words, and keys that stand twice. Messages never quote the file's values.
 */
export function readYaml(text: string): YamlSource {
  if (Buffer.byteLength(text) > TEXT_BYTES_MAX) return fileProblem('is larger than 1 MiB', 'make it smaller');
  if (text.trim() === '') return fileProblem('is empty', 'restore it, or delete it to get a fresh one at the next start');
  const lines = new LineCounter();
  let document: Document;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, merge: false });
  } catch {
    return fileProblem('is nested too deeply to be read', `keep it below ${DEPTH_MAX} levels`);
  }
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (document.errors.length > 0) {
    // The parser may stumble several times over one place; the first time says enough.
    const byPlace = new Map<number, SourceProblem>();
    for (const { code, pos } of document.errors) {
      if (!byPlace.has(pos[0])) byPlace.set(pos[0], { ...at(pos[0]), path: [], ...syntaxWords(code) });
    }
    return { ok: false, problems: [...byPlace.values()].slice(0, SYNTAX_PROBLEMS_MAX) };
  }
  const problems = checkNodes(document, at);
  if (problems.length > 0) return { ok: false, problems };
  try {
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
    return { ok: true, value, placeOf: (path) => placeOf(document, path, at) };
  } catch {
    return fileProblem('uses aliases that expand too far', 'write the repeated parts out');
  }
}

function fileProblem(problem: string, fix: string): YamlSource {
  return { ok: false, problems: [{ line: 1, column: 1, path: [], problem: `the file ${problem}`, fix }] };
}

const SYNTAX: Readonly<Record<string, readonly [problem: string, fix: string]>> = {
  TAB_AS_INDENT: ['a tab is used as indentation', 'indent with blanks'],
  BAD_INDENT: [
    'the indentation does not fit the lines above, or a bracket is not closed',
    'give all keys of one level the same number of blanks, and close every bracket',
  ],
  MISSING_CHAR: ['a character is missing, mostly a quote, a bracket or a colon', 'complete the line'],
  UNEXPECTED_TOKEN: ['this text is not expected here', 'check quotes, brackets and indentation of this line'],
  MULTILINE_IMPLICIT_KEY: ['a key runs over several lines', 'put a colon behind the key, on the same line'],
  BLOCK_AS_IMPLICIT_KEY: ['nested keys stand on one line', 'put the inner key on a line of its own'],
  MULTIPLE_DOCS: ['the file holds more than one document', 'remove the line "---" and what does not belong'],
  BAD_DQ_ESCAPE: ['a backslash in double quotes is not a known escape', 'use single quotes, or double the backslash'],
};

function syntaxWords(code: string): { problem: string; fix: string } {
  const [problem, fix] = SYNTAX[code] ?? ['this is not valid YAML', 'check quotes, brackets and indentation here'];
  return { problem, fix };
}

/** What YAML allows and a configuration should not hold. Walks the tree once, with the path of each node. */
function checkNodes(document: Document, at: (offset: number) => Place): SourceProblem[] {
  const problems: SourceProblem[] = [];
  const anchors = new Set<string>();
  let aliases = 0;
  const note = (node: Node, path: FieldPath, problem: string, fix: string) =>
    problems.push({ ...at(node.range?.[0] ?? 0), path, problem, fix });

  const visitMap = (pairs: readonly { key: unknown; value: unknown }[], path: FieldPath, depth: number) => {
    const seen = new Map<string, Node>();
    for (const { key, value } of pairs) {
      if (!isScalar(key)) {
        if (isNode(key)) note(key, path, 'a key is not a plain word', 'write the key as a word, followed by a colon');
        continue;
      }
      const name = String(key.value);
      const keyPath = [...path, name];
      const first = seen.get(name);
      if (name === '<<') note(key, keyPath, 'merge keys are not supported', 'write the fields out');
      if (name === '__proto__') note(key, path, '"__proto__" cannot be a key', 'choose another name');
      if (first !== undefined) {
        const line = at(first.range?.[0] ?? 0).line;
        const here = at(key.range?.[0] ?? 0).line;
        const problem = `"${fieldName(keyPath)}" stands twice, in line ${line} and in line ${here}`;
        note(key, keyPath, problem, 'keep one of them');
      }
      seen.set(name, key);
      if (isNode(value)) visit(value, keyPath, depth + 1);
    }
  };
  const visit = (node: Node, path: FieldPath, depth: number): void => {
    if (depth > DEPTH_MAX) {
      note(node, path.slice(0, 3), `nested deeper than ${DEPTH_MAX} levels`, 'make it flatter');
      return;
    }
    if (isAlias(node)) {
      aliases += 1;
      if (!anchors.has(node.source)) note(node, path, 'this alias (*) has no anchor (&) before it', 'write the value out');
      if (aliases === ALIASES_MAX + 1) note(node, path, `more than ${ALIASES_MAX} aliases (*)`, 'write the values out');
      return;
    }
    if (node.tag !== undefined) note(node, path, 'tags (!) are not supported', 'remove the tag');
    if ('anchor' in node && typeof node.anchor === 'string') anchors.add(node.anchor);
    if (isMap(node)) visitMap(node.items, path, depth);
    else if (isSeq(node)) for (const [place, item] of node.items.entries()) if (isNode(item)) visit(item, [...path, place], depth + 1);
  };
  if (document.contents !== null) visit(document.contents, [], 0);
  return problems;
}

/** The key of the last field that exists on the path; for a list's entry the entry itself. */
function placeOf(document: Document, path: FieldPath, at: (offset: number) => Place): Place {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined) break;
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      const item = node.items[part];
      if (!isNode(item)) break;
      offset = item.range?.[0] ?? offset;
      node = item;
    } else break;
  }
  return at(offset);
}
