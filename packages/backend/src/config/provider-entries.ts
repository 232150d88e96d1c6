import { type ProviderDefinition, plainQuirks } from '../providers/define.ts';
import type { FormatId } from '../types/format-id.ts';
import type { Account, AuthScheme, Provider } from '../types/gateway.ts';
import type { Quirks } from '../types/ir/target.ts';
import { addressesFor, appendedFault, checkAddress } from './addresses.ts';
import type { FieldPath, Report } from './problem.ts';
import type { ProviderEntry } from './schema.ts';
import { resolveSecret, type SecretSources } from './secrets.ts';
import { parseDuration } from './units.ts';

export interface ProviderContext extends SecretSources {
  readonly definitions: ReadonlyMap<string, ProviderDefinition>;
  /** Where the built-in provider listens; absent when it is switched off. */
  readonly simulatorUrl: string | undefined;
  readonly reportProblem: Report;
  readonly reportWarning: Report;
}

/** An entry of `providers` as the dispatcher wants it. What is wrong is reported; absent when it cannot be built. */
export function buildProvider(id: string, entry: ProviderEntry, context: ProviderContext): Provider | undefined {
  const definition = context.definitions.get(entry.type);
  if (definition === undefined) return undefined;
  const path: FieldPath = ['providers', id];
  const privateNetwork = entry.privateNetwork ?? definition.privateNetwork;
  const addresses = buildAddresses({ entry, definition, path, privateNetwork, context });
  const accounts = buildAccounts(entry, definition, path, context);
  const firstByteMs = readFirstByte(entry, path, context.reportProblem) ?? definition.firstByteMs;
  const unusable = unusableReason(id, entry, accounts, context);
  return {
    id,
    type: definition.id,
    addresses,
    auth: definition.auth satisfies Readonly<Partial<Record<FormatId, AuthScheme>>>,
    headers: { ...definition.headers, ...buildHeaders(entry.headers ?? {}, path, context) },
    quirks: { ...plainQuirks(definition.quirks), ...definedQuirks(entry.quirks ?? {}) },
    accounts,
    privateNetwork,
    ...(firstByteMs === undefined ? {} : { firstByteMs }),
    ...(unusable === undefined ? {} : { unusable }),
  };
}

function definedQuirks(quirks: Quirks): Quirks {
  return Object.fromEntries(Object.entries(quirks).filter(([, value]) => value !== undefined));
}

interface AddressParts {
  readonly entry: ProviderEntry;
  readonly definition: ProviderDefinition;
  readonly path: FieldPath;
  readonly privateNetwork: boolean;
  readonly context: ProviderContext;
}

function buildAddresses({ entry, definition, path, privateNetwork, context }: AddressParts): Map<FormatId, string> {
  const { reportProblem } = context;
  const simulated = definition.id === 'simulator' ? context.simulatorUrl : undefined;
  const base = entry.baseUrl ?? simulated ?? definition.baseUrl;
  const found = new Map<FormatId, string>();
  if (base === undefined) return found;
  const field = [...path, 'baseUrl'];
  if (typeof base !== 'string') checkFormatNames(Object.keys(base), definition, field, reportProblem);
  for (const [format, raw] of addressesFor(definition, base)) {
    const at = typeof base === 'string' ? field : [...field, format];
    const checked = checkAddress(raw, privateNetwork);
    const fault = 'problem' in checked ? checked : appendedFault(format, checked.base);
    if (fault !== undefined) {
      reportProblem(at, fault.problem, fault.fix);
      return found;
    }
    if ('base' in checked) found.set(format, checked.base);
  }
  if (entry.formats === undefined) return found;
  checkFormatNames(entry.formats, definition, [...path, 'formats'], reportProblem);
  const wanted = entry.formats.flatMap((format): [FormatId, string][] => {
    const address = found.get(format);
    return address === undefined ? [] : [[format, address]];
  });
  if (wanted.length === 0) reportProblem([...path, 'formats'], 'no API is left', 'name one that has an address');
  return new Map(wanted);
}

function checkFormatNames(
  names: readonly string[],
  definition: ProviderDefinition,
  path: FieldPath,
  report: Report,
): void {
  const offered = Object.keys(definition.addresses);
  for (const name of names) {
    if (offered.includes(name)) continue;
    report(path, `the type "${definition.id}" does not speak ${name}`, `use ${offered.join(', ')}, or another type`);
  }
}

function buildAccounts(
  entry: ProviderEntry,
  definition: ProviderDefinition,
  path: FieldPath,
  context: ProviderContext,
): Account[] {
  if (entry.accounts !== undefined) {
    if (entry.apiKey !== undefined) {
      context.reportProblem([...path, 'apiKey'], 'both apiKey and accounts are given', 'keep one of them');
    }
    const seen = new Set<string>();
    return entry.accounts.map((account, place) => {
      const at = [...path, 'accounts', place];
      if (seen.has(account.id))
        context.reportProblem([...at, 'id'], 'this account id stands twice', 'choose another id');
      seen.add(account.id);
      return buildAccount(account.id, account.apiKey, [...at, 'apiKey'], context);
    });
  }
  const reference = entry.apiKey ?? (definition.defaultEnv === undefined ? undefined : `\${${definition.defaultEnv}}`);
  const at = [...path, 'apiKey'];
  if (reference !== undefined) return [buildAccount('default', reference, at, context)];
  if (definition.credential === 'optional') return [{ id: 'default' }];
  const missing = `${at.join('.')} is missing`;
  context.reportWarning(path, 'no apiKey is given, so the provider cannot be used', 'add apiKey');
  return [{ id: 'default', unusable: missing }];
}

function buildAccount(id: string, reference: string, path: FieldPath, context: ProviderContext): Account {
  const resolved = resolveSecret(reference, context);
  if (resolved.kind === 'secret') {
    if (resolved.plain) {
      context.reportWarning(path, 'the secret stands in the file as plain text', `use "\${VARIABLE}" or "file:path"`);
    }
    const { value } = resolved;
    return { id, secret: () => value };
  }
  if (resolved.kind === 'malformed') {
    context.reportProblem(path, resolved.problem, resolved.fix);
    return { id, unusable: resolved.problem };
  }
  context.reportWarning(path, `${resolved.missing}, so the account cannot be used`, resolved.fix);
  return { id, unusable: `${resolved.missing} (${path.join('.')})` };
}

/** Headers that the gateway or the credential decides about. */
const RESERVED_HEADERS = new Set(
  'authorization x-api-key x-goog-api-key api-key host content-length content-type content-encoding connection transfer-encoding accept-encoding cookie'.split(
    ' ',
  ),
);

function buildHeaders(
  headers: Readonly<Record<string, string>>,
  path: FieldPath,
  context: ProviderContext,
): Record<string, string> {
  const built: Record<string, string> = {};
  for (const [name, reference] of Object.entries(headers)) {
    const at = [...path, 'headers', name];
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name))
      context.reportProblem(at, 'this is not a header name', 'use letters, digits and "-"');
    if (RESERVED_HEADERS.has(name.toLowerCase())) {
      context.reportProblem(at, 'the gateway sets this header itself', 'use apiKey for credentials, or leave it out');
    }
    const resolved = resolveSecret(reference, context);
    if (resolved.kind === 'secret') built[name.toLowerCase()] = resolved.value;
    else if (resolved.kind === 'malformed') context.reportProblem(at, resolved.problem, resolved.fix);
    else context.reportWarning(at, `${resolved.missing}, so the header is not sent`, resolved.fix);
  }
  return built;
}

function readFirstByte(entry: ProviderEntry, path: FieldPath, report: Report): number | undefined {
  if (entry.firstByteTimeout === undefined) return undefined;
  const ms = parseDuration(entry.firstByteTimeout);
  if (ms === undefined || ms < 1)
    report([...path, 'firstByteTimeout'], 'this is not a duration', 'write one with a unit, such as 5m');
  return ms;
}

function unusableReason(
  id: string,
  entry: ProviderEntry,
  accounts: readonly Account[],
  context: ProviderContext,
): string | undefined {
  if (!entry.enabled) return `the provider "${id}" is switched off`;
  if (entry.type === 'simulator' && entry.baseUrl === undefined && context.simulatorUrl === undefined) {
    return 'the simulator is switched off';
  }
  return accounts.every(({ unusable }) => unusable !== undefined) ? accounts[0]?.unusable : undefined;
}
