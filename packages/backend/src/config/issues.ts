import type { z } from 'zod';
import type { JsonObject } from '../types/json.ts';
import { isObject } from '../utils/fields.ts';
import type { FieldPath } from './problem.ts';

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

/** What stands at a path of the parsed file; absent when nothing does. */
export function valueAt(root: unknown, path: FieldPath): unknown {
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
  const next =
    typeof part === 'number'
      ? schema['items']
      : isObject(properties)
        ? properties[part]
        : schema['additionalProperties'];
  return isObject(next) ? [next] : [];
}

/** Tells the branches of the provider types apart. */
function fitsType(schema: JsonObject, holder: unknown): boolean {
  const properties = schema['properties'];
  const type = isObject(properties) ? properties['type'] : undefined;
  if (!isObject(type) || !isObject(holder)) return true;
  return type['const'] === undefined || type['const'] === holder['type'];
}
