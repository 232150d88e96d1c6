const MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** Milliseconds of "250ms", "45s", "15m", "2h" or "1d"; absent when the text is anything else. */
export function parseDuration(text: string): number | undefined {
  return parseQuantity(text, MS);
}

/** Bytes of "512B", "64KiB", "20MB" and the like; absent when the text is anything else. */
export function parseBytes(text: string): number | undefined {
  return parseQuantity(text, BYTES);
}

function parseQuantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,6})?) ?([A-Za-z]{1,3})$/.exec(text);
  const factor = units[match?.[2] ?? ''];
  if (match === null || factor === undefined || !Object.hasOwn(units, match[2] ?? '')) return undefined;
  const amount = Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(amount) ? amount : undefined;
}
