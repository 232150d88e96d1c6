import { z } from 'zod';
import type { ProviderDefinition } from '../providers/define.ts';
import type { JsonObject } from '../types/json.ts';
import { configSchema } from './schema.ts';

/** JSON Schema (draft 2020-12) of the configuration file, for editors; made from the schema that checks the file. */
export function configJsonSchema(definitions: ReadonlyMap<string, ProviderDefinition>): JsonObject {
  const schema = z.toJSONSchema(configSchema(definitions), { io: 'input', target: 'draft-2020-12' });
  return { ...(schema as JsonObject), title: 'Plexus configuration' };
}
