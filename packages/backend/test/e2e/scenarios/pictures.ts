import type { JsonObject } from '../../../src/types/json.ts';

/** One red pixel. */
export const PICTURE = {
  kind: 'image' as const,
  mime: 'image/png',
  base64: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==',
};

/** The smallest document that calls itself a PDF. */
export const PAPER = {
  kind: 'pdf' as const,
  mime: 'application/pdf',
  base64: Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n').toString('base64'),
};

/** The picture's bytes stand in the body as a picture's data, not inside some text. */
export function pictureSeen(body: JsonObject): boolean {
  return new RegExp(`"(data:image/png;base64,)?${RegExp.escape(PICTURE.base64)}"`).test(JSON.stringify(body));
}
