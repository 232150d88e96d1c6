/** A data URL taken apart: MIME type in lower case without parameters, and standard base64. */
export interface InlineData {
  readonly mime: string;
  readonly data: string;
}

/** URL-safe or padded-wrong base64 to standard base64 with padding. White space is dropped. */
export function standardBase64(text: string): string {
  const plain = /[-_\s]/.test(text) ? text.replace(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/') : text;
  return plain.length % 4 === 0
    ? plain
    : plain.replace(/=+$/, '').padEnd(Math.ceil(plain.replace(/=+$/, '').length / 4) * 4, '=');
}

/** True for standard base64 text that decodes to at least one byte. */
export function isBase64(text: string): boolean {
  return text.length > 0 && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}

/**
 * `data:<mime>[;parameter=value…];base64,<data>` to its parts; absent for any other text. A data URL that is
 * percent-encoded instead of base64 is re-encoded.
 */
export function parseDataUrl(url: string): InlineData | undefined {
  if (!url.startsWith('data:')) return undefined;
  const comma = url.indexOf(',');
  if (comma === -1) return undefined;
  const [mime = '', ...parameters] = url.slice(5, comma).split(';');
  const body = url.slice(comma + 1);
  if (parameters.some((parameter) => parameter.trim().toLowerCase() === 'base64')) {
    return { mime: mime.trim().toLowerCase() || 'text/plain', data: standardBase64(body) };
  }
  try {
    const data = Buffer.from(decodeURIComponent(body), 'utf8').toString('base64');
    return { mime: mime.trim().toLowerCase() || 'text/plain', data };
  } catch {
    // A stray "%" is not a data URL that anyone could read.
    return undefined;
  }
}

export function toDataUrl({ mime, data }: InlineData): string {
  return `data:${mime};base64,${data}`;
}
