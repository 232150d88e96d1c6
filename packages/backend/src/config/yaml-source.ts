import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { FieldPath } from './problem.ts';
import { ALIASES_MAX, checkNodes, DEPTH_MAX, type Place, type SourceProblem } from './yaml-checks.ts';

const TEXT_BYTES_MAX = 1024 * 1024;
const SYNTAX_PROBLEMS_MAX = 5;
const OPEN_BRACKETS_MAX = 1000;

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
  if (text.trim() === '')
    return fileProblem('is empty', 'restore it, or delete it to get a fresh one at the next start');
  if (opensTooManyBrackets(text)) return tooDeep();
  const lines = new LineCounter();
  let document: Document;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, merge: false });
  } catch {
    return tooDeep();
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

function tooDeep(): YamlSource {
  return fileProblem('is nested too deeply to be read', `keep it below ${DEPTH_MAX} levels`);
}

/** A cheap look before the parser, which needs seconds for very deep brackets. Brackets in texts count along. */
function opensTooManyBrackets(text: string): boolean {
  let open = 0;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === '[' || letter === '{') open += 1;
    else if ((letter === ']' || letter === '}') && open > 0) open -= 1;
    if (open > OPEN_BRACKETS_MAX) return true;
  }
  return false;
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

/** The key of the last field that exists on the path; for a list's entry the entry itself. */
function placeOf(document: Document, path: FieldPath, at: (offset: number) => Place): Place {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const part of path) {
    const found = childOf(isAlias(node) ? node.resolve(document) : node, part);
    if (found === undefined) break;
    offset = found.offset ?? offset;
    node = found.value;
  }
  return at(offset);
}

function childOf(node: unknown, part: string | number): { offset: number | undefined; value: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
    return pair && { offset: isNode(pair.key) ? pair.key.range?.[0] : undefined, value: pair.value };
  }
  const item = isSeq(node) && typeof part === 'number' ? node.items[part] : undefined;
  return isNode(item) ? { offset: item.range?.[0], value: item } : undefined;
}
