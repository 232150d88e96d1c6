import type { z } from 'zod';
import type { Json } from '../types/json.ts';
import { describe } from '../utils/fields.ts';
import { didYouMean } from '../utils/nearest.ts';
import { type FlatIssue, valueAt } from './issues.ts';
import type { FieldPath } from './problem.ts';

/** What is wrong with a field, and what to write instead. */
export interface IssueWords {
  readonly problem: string;
  readonly fix: string;
}

/** A wrong field in words: what is there, what is wanted. Values that could be secrets are not shown. */
export function issueWords({ path, issue }: FlatIssue, root: unknown): IssueWords {
  const value = valueAt(root, path);
  const got = value === undefined ? 'it is missing' : `it is ${safeWords(path, value)}`;
  switch (issue.code) {
    case 'invalid_type':
      return { problem: `${wantedType(issue.expected)} is needed, but ${got}`, fix: fixForType(issue.expected) };
    case 'invalid_value':
      return choiceWords(issue.values.map(String), value, `this value is not known; ${got}.`);
    case 'invalid_union':
      return issue.errors.length === 0 ? providerTypeWords(issue, path, value) : unionWords(issue, got);
    case 'invalid_key':
      return { problem: 'this name cannot be used', fix: `use ${issue.issues[0]?.message ?? 'another name'}` };
    case 'too_small':
      return { problem: `too small, too short or too few: ${got}`, fix: `at least ${issue.minimum}` };
    case 'too_big':
      return { problem: `too large, too long or too many: ${got}`, fix: `at most ${issue.maximum}` };
    default:
      return { problem: `this value cannot be used; ${got}`, fix: `write ${issue.message}` };
  }
}

function choiceWords(options: readonly string[], value: unknown, problem: string): IssueWords {
  const near = typeof value === 'string' ? didYouMean(value, options) : '';
  return { problem: `${problem}${near}`, fix: `write one of: ${options.join(', ')}` };
}

type UnionIssue = Extract<z.core.$ZodIssue, { code: 'invalid_union' }>;

/** The only union that tells its branches apart by a field is that of the provider types. */
function providerTypeWords(issue: UnionIssue, path: FieldPath, value: unknown): IssueWords {
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
  if (value !== undefined) return choiceWords(options, value, 'this provider type is not known.');
  // The name of the entry often is the type that was meant.
  const entry = String(path.at(-2) ?? '');
  const fix = options.includes(entry) ? `add "type: ${entry}"` : `write one of: ${options.join(', ')}`;
  return { problem: 'the provider has no type', fix };
}

function unionWords(issue: UnionIssue, got: string): IssueWords {
  const wanted = new Set<string>();
  for (const branch of issue.errors) {
    for (const inner of branch) if (inner.code === 'invalid_type') wanted.add(wantedType(inner.expected));
  }
  const words = [...wanted].join(' or ');
  return { problem: `${words} is needed, but ${got}`, fix: `write ${words}` };
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
  if (expected === 'object' || expected === 'record')
    return 'write "name: value" lines below it, indented by two blanks';
  return `write ${wantedType(expected)}`;
}

/** Only short plain words are shown, and nothing that stands where a credential may stand. */
function safeWords(path: FieldPath, value: unknown): string {
  const secret = path.some((part) => part === 'apiKey' || part === 'hash' || part === 'headers');
  if (typeof value === 'string' && (secret || !/^[\w. ]{1,24}$/.test(value))) return 'another text';
  return secret ? 'something else' : describe(value as Json);
}
