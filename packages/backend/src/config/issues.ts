import type { z } from 'zod';
import type { Json, JsonObject } from '../types/json.ts';
import { describe, isObject } from '../utils/fields.ts';
import { didYouMean } from '../utils/nearest.ts';
import type { FieldPath, Report } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** A wrong field, or a key that the schema does not know. */
export interface FlatIssue {
  readonly path: FieldPath;
  readonly issue: Issue;
}

/**
 * The issues of a parse, with each union reduced to the branch that the value was meant for, and `unknownKeys` apart:
 * those only deserve a warning.
 */
export function flattenIssues(issues: readonly Issue[]): { wrong: FlatIssue[]; unknownKeys: FlatIssue[] } {
  const flat = issues.flatMap((issue) => flatten(issue, []));
  return {
    wrong: flat.filter(({ issue }) => issue.code !== 'unrecognized_keys'),
    unknownKeys: flat.filter(({ issue }) => issue.code === 'unrecognized_keys'),
  };
}

function flatten(issue: Issue, base: FieldPath): FlatIssue[] {
  const path = [...base, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  if (issue.code !== 'invalid_union') return [{ path, issue }];
  const meant = issue.errors.find((branch) => !branch.some(isRootMismatch));
  return meant === undefined ? [{ path, issue }] : meant.flatMap((inner) => flatten(inner, path));
}

/** The branch wants another kind of value altogether. */
function isRootMismatch(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_union');
}

/** Reports a wrong field in words: what is there, what is wanted. Values that could be secrets are not shown. */
export function reportIssue({ path, issue }: FlatIssue, root: unknown, report: Report): void {
  const value = valueAt(root, path);
  const got = value === undefined ? 'it is missing' : `it is ${safeWords(path, value)}`;
  switch (issue.code) {
    case 'invalid_type':
      return report(path, `${wantedType(issue.expected)} is needed, but ${got}`, fixForType(issue.expected));
    case 'invalid_value': {
      const options = issue.values.map(String);
      const hint = typeof value === 'string' ? didYouMean(value, options) : '';
      return report(path, `this value is not known; ${got}.${hint}`, `write one of: ${options.join(', ')}`);
    }
    case 'invalid_union':
      return reportUnion({ path, issue }, value, report);
    case 'invalid_key':
      return report(path, 'this name cannot be used', `use ${issue.issues[0]?.message ?? 'another name'}`);
    case 'too_small':
      return report(path, `too small or too short: ${got}`, `at least ${issue.minimum}`);
    case 'too_big':
      return report(path, `too large or too long: ${got}`, `at most ${issue.maximum}`);
    default:
      return report(path, `this value cannot be used; ${got}`, `write ${issue.message}`);
  }
}

function reportUnion({ path, issue }: FlatIssue, value: unknown, report: Report): void {
  if (issue.code !== 'invalid_union') return;
  if (issue.errors.length === 0 && 'options' in issue && Array.isArray(issue.options)) {
    const options = issue.options.map(String);
    const near = typeof value === 'string' ? didYouMean(value, options) : '';
    // The name of the entry often is the type that was meant.
    const entry = String(path.at(-2) ?? '');
    const guess = value === undefined && options.includes(entry) ? `add "type: ${entry}"` : undefined;
    const problem = value === undefined ? 'the provider has no type' : `this provider type is not known.${near}`;
    return report(path, problem, guess ?? `write one of: ${options.join(', ')}`);
  }
  const wanted = issue.errors.flatMap((branch) => branch.flatMap((inner) => (inner.code === 'invalid_type' ? [wantedType(inner.expected)] : [])));
  const words = [...new Set(wanted)].join(' or ');
  const got = value === undefined ? 'it is missing' : `it is ${safeWords(path, value)}`;
  return report(path, `${words} is needed, but ${got}`, `write ${words}`);
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a set of fields',
  record: 'a set of named entries',
  array: 'a list',
};

function wantedType(expected: string): string {
  return TYPES[expected] ?? `a value of type ${expected}`;
}

function fixForType(expected: string): string {
  if (expected === 'array') return 'write a list: each entry on a line that begins with "- "';
  if (expected === 'string') return 'write a text; put it in quotes when it looks like a number';
  if (expected === 'object' || expected === 'record') return 'write "name: value" lines below it, indented by two blanks';
  return `write ${wantedType(expected)}`;
}

/** Only short plain words are shown, and nothing that stands where a credential may stand. */
function safeWords(path: FieldPath, value: unknown): string {
  const secret = path.some((part) => part === 'apiKey' || part === 'hash' || part === 'headers');
  if (typeof value === 'string' && (secret || !/^[\w. ]{1,24}$/.test(value))) return 'another text';
  return secret ? 'something else' : describe(value as Json);
}

function valueAt(root: unknown, path: FieldPath): unknown {
  let value: unknown = root;
  for (const part of path) {
    if (Array.isArray(value)) value = value[Number(part)];
    else if (isObject(value)) value = Object.hasOwn(value, part) ? value[part] : undefined;
    else return undefined;
  }
  return value;
}

/** A copy of the value without the unknown keys, so that the rest can be checked. */
export function withoutUnknownKeys(root: unknown, unknownKeys: readonly FlatIssue[]): unknown {
  const copy: unknown = structuredClone(root);
  for (const { path, issue } of unknownKeys) {
    const holder = valueAt(copy, path);
    if (issue.code !== 'unrecognized_keys' || !isObject(holder)) continue;
    for (const key of issue.keys) delete holder[key];
  }
  return copy;
}

/** Names that the schema knows at a path, read from the JSON Schema of the file. */
export function knownKeysAt(schema: JsonObject, root: unknown, path: FieldPath): string[] {
  let branches: JsonObject[] = [schema];
  for (const [depth, part] of path.entries()) {
    const holder = valueAt(root, path.slice(0, depth));
    branches = branches.flatMap(alternatives).flatMap((branch) => step(branch, part, holder));
  }
  const holder = valueAt(root, path);
  return branches
    .flatMap(alternatives)
    .filter((branch) => fitsType(branch, holder))
    .flatMap((branch) => (isObject(branch['properties']) ? Object.keys(branch['properties']) : []));
}

function alternatives(schema: JsonObject): JsonObject[] {
  const list = schema['anyOf'] ?? schema['oneOf'];
  return Array.isArray(list) ? list.filter(isObject).flatMap(alternatives) : [schema];
}

function step(schema: JsonObject, part: string | number, holder: unknown): JsonObject[] {
  if (!fitsType(schema, holder)) return [];
  const properties = schema['properties'];
  const next = typeof part === 'number' ? schema['items'] : isObject(properties) ? properties[part] : schema['additionalProperties'];
  return isObject(next) ? [next] : [];
}

/** Tells the branches of the provider types apart. */
function fitsType(schema: JsonObject, holder: unknown): boolean {
  const properties = schema['properties'];
  const type = isObject(properties) ? properties['type'] : undefined;
  if (!isObject(type) || !isObject(holder)) return true;
  return type['const'] === undefined || type['const'] === holder['type'];
}
