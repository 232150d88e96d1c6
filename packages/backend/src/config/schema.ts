import { z } from 'zod';
import type { ProviderDefinition } from '../providers/define.ts';
import { FORMAT_IDS } from '../types/format-id.ts';
import type { Quirks } from '../types/ir/target.ts';
import { parseBytes, parseDuration } from './units.ts';

/** The longest wait that a timer of the runtime can hold, about 24.8 days. */
const TIMER_MAX_MS = 2 ** 31 - 1;

function duration(fallback: string, about: string) {
  return z
    .string()
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== undefined && ms >= 1 && ms <= TIMER_MAX_MS) return ms;
      context.addIssue({
        code: 'custom',
        message: 'a duration with a unit from 1ms to 24d, such as 250ms, 45s or 15m',
      });
      return z.NEVER;
    })
    .prefault(fallback)
    .describe(`${about} Default ${fallback}.`);
}

function bytes(fallback: string, about: string) {
  return z
    .string()
    .transform((text, context) => {
      const size = parseBytes(text);
      if (size !== undefined && size >= 1024 && size <= 1024 ** 3) return size;
      context.addIssue({ code: 'custom', message: 'a size with a unit from 1KiB to 1GiB, such as 64MiB' });
      return z.NEVER;
    })
    .prefault(fallback)
    .describe(`${about} Default ${fallback}.`);
}

function count(fallback: number, max: number, about: string) {
  return z.int().min(1).max(max).default(fallback).describe(`${about} Default ${fallback}.`);
}

const port = z.int().min(0).max(65_535);

const limits = z
  .strictObject({
    body: bytes('64MiB', 'Largest request body.'),
    bodyTimeout: duration('120s', 'Time for a request body to arrive.'),
    firstByteTimeout: duration('60s', 'Time for a provider to send the response headers of a stream.'),
    unaryTimeout: duration('10m', 'The same for an answer that is not streamed: it is made whole first.'),
    firstContentTimeout: duration('60s', 'Time from the headers to the first content.'),
    stallTimeout: duration('45s', 'Longest silence between two events of a stream.'),
    clientStallTimeout: duration('60s', 'Longest time that a client may not read.'),
    attemptTimeout: duration('15m', 'Whole time of one attempt.'),
    requestTimeout: duration('20m', 'Whole time of a request with all its attempts.'),
    attempts: count(3, 20, 'Attempts for one request.'),
    keepAlive: duration('15s', 'Silence after which a stream gets a comment that keeps it open.'),
    openRequests: count(2000, 1_000_000, 'Requests that are open at once; more are answered 503.'),
    reply: bytes('64MiB', 'Largest whole reply that is read from a provider.'),
  })
  .prefault({})
  .describe('Every wait and size of the gateway.');

const account = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'letters, digits, ".", "_" or "-", at most 64'),
  apiKey: z.string().min(1).describe(`"\${VARIABLE}", "file:path/to/file", or plain text (works, with a warning)`),
});

const quirkFields = {
  maxTokensField: z.enum(['max_tokens', 'max_completion_tokens']),
  systemRole: z.enum(['system', 'developer']),
  reasoningField: z.enum(['reasoning_content', 'reasoning']),
  needsReasoningBack: z.boolean(),
  reasoningWish: z.enum(['effort', 'openrouter', 'thinking-type', 'enable-thinking', 'none']),
  noStreamUsage: z.boolean(),
  toolIdRule: z.enum(['mistral']),
  dropFields: z.array(z.string()),
  noJsonSchema: z.boolean(),
  thinkTags: z.boolean(),
  openApiSchema: z.boolean(),
} satisfies { readonly [Name in keyof Required<Quirks>]: z.ZodType<NonNullable<Quirks[Name]>> };

const quirks = z
  .strictObject(quirkFields)
  .partial()
  .describe('How this server differs from its API; added to what its type already says.');

/** Fields that every provider entry may have, whatever its type. */
const providerFields = {
  enabled: z.boolean().default(true),
  accounts: z.array(account).min(1).optional().describe('Several credentials; tried in this order.'),
  headers: z
    .record(z.string(), z.string())
    .optional()
    .describe('Headers sent with every call; values may be secret references.'),
  privateNetwork: z.boolean().optional().describe('Allow plain http and addresses of this machine or network.'),
  firstByteTimeout: z
    .string()
    .optional()
    .describe('Time for response headers where this provider is known to be slow, such as 5m.'),
  formats: z
    .array(z.enum(FORMAT_IDS))
    .min(1)
    .optional()
    .describe('APIs to speak, the preferred one first; a subset of what the type offers.'),
  quirks: quirks.optional(),
};

const targetName = z.string().min(1);
const target = z.union([
  targetName.describe('"<provider>/<model>", or the name of another alias'),
  z.strictObject({
    target: targetName.describe('"<provider>/<model>", or the name of another alias'),
    weight: z.number().positive().max(1_000_000).default(1).describe('Share of the requests under `random`.'),
    enabled: z.boolean().default(true),
    account: z.string().min(1).optional().describe('Only this account of the provider.'),
  }),
]);

const alias = z.union([
  targetName.describe('One target.'),
  z.array(target).min(1).describe('Targets, tried in this order.'),
  z.strictObject({
    selector: z.enum(['in_order', 'random']).default('in_order'),
    targets: z.array(target).min(1),
    enabled: z.boolean().default(true),
  }),
]);

const clientKey = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'letters, digits, ".", "_" or "-", at most 64'),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits')
    .describe('HMAC-SHA-256 of the key under the pepper in the data folder, in hexadecimal.'),
  role: z.enum(['client', 'admin']).default('client'),
  allow: z
    .array(z.string().min(1))
    .default(['*'])
    .describe('Names of aliases or "<provider>/<model>" targets; "*" for all, "prefix*" for a group.'),
  enabled: z.boolean().default(true),
});

type Definitions = ReadonlyMap<string, ProviderDefinition>;
// Building it costs more than using it, and a reload should not hold up requests.
const schemas = new WeakMap<Definitions, ReturnType<typeof buildSchema>>();

/** The schema of the whole file, with one branch for each provider type. */
export function configSchema(definitions: Definitions): ReturnType<typeof buildSchema> {
  const known = schemas.get(definitions);
  if (known !== undefined) return known;
  const schema = buildSchema(definitions);
  schemas.set(definitions, schema);
  return schema;
}

function buildSchema(definitions: Definitions) {
  const entries = [...definitions.values()].map((definition) =>
    z
      .strictObject({ type: z.literal(definition.id), ...definition.options, ...providerFields })
      .describe(`${definition.display.name}. ${definition.display.homepage}`),
  );
  const [first, ...others] = entries;
  if (first === undefined) throw new RangeError('the registry of providers is empty');
  return z.strictObject({
    listen: z
      .strictObject({
        host: z.string().min(1).default('127.0.0.1').describe('Address to listen on. Default 127.0.0.1.'),
        port: port.default(4000).describe('Port to listen on; 0 takes a free one. Default 4000.'),
      })
      .prefault({})
      .describe('Where clients reach the gateway. Read at start.'),
    providers: z
      .record(
        z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, 'lower-case letters, digits, ".", "_" or "-"'),
        z.discriminatedUnion('type', [first, ...others]),
      )
      .default({})
      .describe('Upstream providers by a name of your choice.'),
    models: z
      .record(z.string().min(1), alias)
      .default({})
      .describe('Model names that clients use, and where they lead.'),
    keys: z.array(clientKey).default([]).describe('Keys of clients and admins, by hash.'),
    limits,
    usage: z
      .strictObject({ flushEvery: duration('250ms', 'How often request records are written.') })
      .prefault({})
      .describe('Request records. Read at start.'),
    simulator: z
      .strictObject({
        enabled: z
          .boolean()
          .default(true)
          .describe('False leaves the built-in provider out; --simulator and --no-simulator decide before it.'),
        port: port
          .default(0)
          .describe('Port of the built-in provider on 127.0.0.1; 0 takes a free one, new at each start. Default 0.'),
      })
      .prefault({})
      .describe('The built-in provider that needs no key. Read at start.'),
    log: z
      .strictObject({ level: z.enum(['error', 'warn', 'info', 'debug', 'silly']).default('info') })
      .prefault({})
      .describe('The log on standard error. Read at start.'),
  });
}

/** A file that has passed the schema: defaults filled in, durations in milliseconds, sizes in bytes. */
export type CheckedConfig = z.output<ReturnType<typeof buildSchema>>;
export type ProviderEntry = CheckedConfig['providers'][string];
export type AliasEntry = CheckedConfig['models'][string];
