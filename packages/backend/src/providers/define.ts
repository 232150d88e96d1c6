import { z } from 'zod';
import type { FormatId } from '../types/format-id.ts';
import { FORMAT_IDS } from '../types/format-id.ts';
import type { AuthScheme } from '../types/gateway.ts';
import type { Quirks } from '../types/ir/target.ts';

/** A deviation from the original API, together with the reason for believing in it. */
export type ReasonedQuirks = {
  readonly [Name in keyof Quirks]?: { readonly value: Quirks[Name]; readonly because: string };
};

/** One upstream vendor or server, as data: where it is, which APIs it speaks, how it differs from them. */
export interface ProviderDefinition {
  /** Value of `type` in the configuration; also the file's name. */
  readonly id: string;
  readonly display: { readonly name: string; readonly homepage: string };
  /** Address that `addresses` hang on, without a trailing slash. Absent: the operator must give `baseUrl`. */
  readonly baseUrl?: string | undefined;
  /**
   * Path below the base address for each API, the preferred API first. The API's own path is appended to it:
   * `/chat/completions`, `/responses`, `/v1/messages`, `/v1beta/models/…`.
   */
  readonly addresses: Readonly<Partial<Record<FormatId, string>>>;
  readonly auth: Readonly<Partial<Record<FormatId, AuthScheme>>>;
  /** `required`: unusable without a credential; `optional`: one is sent when configured. */
  readonly credential: 'required' | 'optional';
  /** Environment variable that is read when the configuration names no credential. */
  readonly defaultEnv?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly quirks: ReasonedQuirks;
  /** Servers that people run on their own machine: plain http and private addresses are expected. */
  readonly privateNetwork: boolean;
  /** Deadline for response headers where the vendor is known to be slow. */
  readonly firstByteMs?: number | undefined;
  /** Fields of the provider's entry in the configuration that depend on the type. */
  readonly options: ProviderOptions;
}

/** Checks a definition by its type. One file, one definition, one line in the registry. */
export function defineProvider(definition: ProviderDefinition): ProviderDefinition {
  return definition;
}

/** The quirks alone, without their reasons, as format encoders want them. */
export function plainQuirks(reasoned: ReasonedQuirks): Quirks {
  return Object.fromEntries(Object.entries(reasoned).map(([name, quirk]) => [name, quirk.value]));
}

const secretText = z.string().min(1, 'must not be empty');

/** A secret reference: `${VARIABLE}`, `file:path`, or plain text (works, and warns). */
function secret(label: string): z.ZodOptional<z.ZodString> {
  return secretText
    .describe(`${label}: "\${VARIABLE}", "file:path/to/file", or plain text (works, with a warning)`)
    .optional();
}

const addressText = z.string().min(1, 'must not be empty');
const baseUrl = z.union([
  addressText.describe('Base address. Each API appends its own path to it.'),
  z.partialRecord(z.enum(FORMAT_IDS), addressText).describe('Base address for each API.'),
]);

/** Shape of the type-dependent fields: the credential and the address. */
export type ProviderOptions = {
  readonly apiKey: z.ZodOptional<z.ZodString>;
  readonly baseUrl: typeof baseUrl | z.ZodOptional<typeof baseUrl>;
};

/** Options of a vendor with a fixed address; `baseUrl` replaces it (a proxy, a region). */
export function vendorOptions(): ProviderOptions {
  return { apiKey: secret('API key'), baseUrl: baseUrl.optional() };
}

/** Options of a server whose address only the operator knows. */
export function addressedOptions(): ProviderOptions {
  return { apiKey: secret('API key, when the server wants one'), baseUrl };
}
