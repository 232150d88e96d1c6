import type { Json } from '../types/json.ts';
import { isObject } from '../utils/fields.ts';
import { type Failure, VendorRefusal } from './contract.ts';

/** Ends a validation in the vendor's words. */
export function refuse(message: string, failure: Partial<Failure> = {}): never {
  throw new VendorRefusal(message, failure);
}

/** A type in the words of OpenAI's messages. */
export function kindOf(value: Json | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (isObject(value)) return 'an object';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal';
  return typeof value === 'boolean' ? 'a boolean' : 'a string';
}
