import type { ProviderDefinition } from '../providers/define.ts';
import type { FormatId } from '../types/format-id.ts';

/** What is wrong with an address, and what to write. */
export interface AddressFault {
  readonly problem: string;
  readonly fix: string;
}

/** The path that a format appends by itself, which people like to paste along. */
const APPENDED: Readonly<Record<FormatId, RegExp>> = {
  'openai-chat': /\/chat\/completions$/,
  'openai-responses': /\/responses$/,
  'anthropic-messages': /\/v1(?:\/messages)?$/,
  gemini: /\/v1(?:beta)?(?:\/models.*)?$/,
};

/**
 * Checks a base address: http(s), no credentials, query or fragment; plain http and private addresses only where
 * `privateNetwork` says so; link-local and metadata addresses never. Names that resolve to private addresses are
 * caught when the call is made. Gives the address without trailing slashes.
 */
export function checkAddress(raw: string, privateNetwork: boolean): { base: string } | AddressFault {
  let url: URL;
  try {
    url = new URL(raw);
  } catch {
    return { problem: 'this is not an address', fix: 'write it in full, such as https://llm.example.com/v1' };
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return { problem: `the scheme "${url.protocol}" is not supported`, fix: 'begin with https://' };
  }
  if (url.username !== '' || url.password !== '') {
    return { problem: 'the address holds a user name or password', fix: 'remove it, and use apiKey or headers' };
  }
  if (url.search !== '' || url.hash !== '') {
    return { problem: 'the address holds a query or a fragment', fix: 'end it before "?" or "#"' };
  }
  const host = url.hostname.toLowerCase();
  if (isMetadata(host))
    return { problem: 'link-local and metadata addresses are never called', fix: 'use another address' };
  if (!privateNetwork && url.protocol === 'http:') {
    return { problem: 'plain http needs a private network', fix: 'use https, or add "privateNetwork: true"' };
  }
  if (!privateNetwork && isPrivate(host)) {
    return {
      problem: 'this is an address of this machine or network',
      fix: 'add "privateNetwork: true" when it is meant',
    };
  }
  return { base: `${url.origin}${url.pathname}`.replace(/\/+$/, '') };
}

function isMetadata(host: string): boolean {
  return (
    /^169\.254\./.test(host) ||
    /^\[fe[89ab]/.test(host) ||
    host === 'metadata.google.internal' ||
    host === '[fd00:ec2::254]'
  );
}

function isPrivate(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    /^(?:0|10|127)\./.test(host) ||
    /^192\.168\./.test(host) ||
    /^172\.(?:1[6-9]|2\d|3[01])\./.test(host) ||
    /^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(host) ||
    /^\[(?:::1?|f[cd]|::ffff:)/.test(host)
  );
}

/**
 * The base addresses of an entry, one for each API. A single `baseUrl` moves every API of the type: the type's own
 * paths are hung on it, and one that the operator wrote along is not doubled.
 */
export function addressesFor(
  definition: Pick<ProviderDefinition, 'addresses'>,
  baseUrl: string | Readonly<Partial<Record<FormatId, string>>>,
): [FormatId, string][] {
  const formats = Object.keys(definition.addresses) as FormatId[];
  if (typeof baseUrl !== 'string') {
    const named = formats.filter((format) => baseUrl[format] !== undefined);
    return named.map((format) => [format, baseUrl[format] ?? '']);
  }
  const trimmed = baseUrl.replace(/\/+$/, '');
  const paths = Object.values(definition.addresses).toSorted((a, b) => b.length - a.length);
  const written = paths.find((path) => path !== '' && trimmed.endsWith(path)) ?? '';
  const root = trimmed.slice(0, trimmed.length - written.length);
  return formats.map((format) => [format, `${root}${definition.addresses[format] ?? ''}`]);
}

/** A pasted endpoint in place of a base, which would be called with its path doubled. */
export function appendedFault(format: FormatId, base: string): AddressFault | undefined {
  const extra = APPENDED[format].exec(base)?.[0];
  if (extra === undefined) return undefined;
  return { problem: `the address ends in "${extra}", which is appended for ${format}`, fix: `leave "${extra}" out` };
}
