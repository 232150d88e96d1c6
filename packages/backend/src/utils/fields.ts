import { GatewayError } from '../types/errors.ts';
import type { Json, JsonObject } from '../types/json.ts';

/** True for a JSON object, false for null and arrays. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A JSON value in words for an error message: its type, and its text when that is short. */
export function describe(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(value);
  return text.length <= 40 ? text : `a ${typeof value}`;
}

/** The error for a wrong field: names it, says what is there, and what is wanted. */
export function wrongField(field: string, value: Json | undefined, wanted: string): GatewayError {
  return new GatewayError('request_invalid', `${field}: expected ${wanted}, got ${describe(value)}`, { field });
}

/** A non-empty or empty string at `field`. Throws `request_invalid` otherwise. */
export function needString(value: Json | undefined, field: string): string {
  if (typeof value === 'string') return value;
  throw wrongField(field, value, 'a string');
}

export function needObject(value: Json | undefined, field: string): JsonObject {
  if (isObject(value)) return value;
  throw wrongField(field, value, 'an object');
}

export function needArray(value: Json | undefined, field: string): Json[] {
  if (Array.isArray(value)) return value;
  throw wrongField(field, value, 'an array');
}

/** Absent and null both mean "not given"; anything else must be a string. */
export function optionalString(value: Json | undefined, field: string): string | undefined {
  return value === undefined || value === null ? undefined : needString(value, field);
}

/** Absent and null both mean "not given"; anything else must be a finite number. */
export function optionalNumber(value: Json | undefined, field: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw wrongField(field, value, 'a number');
}

/** A whole number of at least `min`, or absent. */
export function optionalInteger(value: Json | undefined, field: string, min = 0): number | undefined {
  const number = optionalNumber(value, field);
  if (number === undefined) return undefined;
  if (Number.isInteger(number) && number >= min) return number;
  throw wrongField(field, value, `a whole number of at least ${min}`);
}

export function optionalBoolean(value: Json | undefined, field: string): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return value;
  throw wrongField(field, value, 'true or false');
}

export function optionalObject(value: Json | undefined, field: string): JsonObject | undefined {
  return value === undefined || value === null ? undefined : needObject(value, field);
}

export function optionalArray(value: Json | undefined, field: string): Json[] | undefined {
  return value === undefined || value === null ? undefined : needArray(value, field);
}

/** For reading replies: the string, or absent when the field holds anything else. Never throws. */
export function softString(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** For reading replies: a count of at least 0, or absent. Never throws, never turns "missing" into 0. */
export function softCount(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** A table's value for a word of the wire. Words such as "constructor", which every object knows, find nothing. */
export function ownValue<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}

/** All fields of `source` except the named ones; absent values are left out. */
export function otherFields(source: JsonObject, known: ReadonlySet<string>): Record<string, Json> {
  const rest: Record<string, Json> = {};
  for (const [key, value] of Object.entries(source)) {
    if (!known.has(key) && value !== undefined && key !== '__proto__') rest[key] = value;
  }
  return rest;
}
