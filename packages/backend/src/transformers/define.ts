import type { Format } from '../types/format.ts';

/** A format's definition, checked by its type. One folder, one definition, one line in the registry. */
export function defineFormat(format: Format): Format {
  return format;
}
