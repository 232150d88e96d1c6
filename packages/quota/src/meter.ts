/** What a number counts. `dollars` are US dollars; any other money is `currency` with its code beside it. */
export type MeterUnit = 'percentage' | 'requests' | 'tokens' | 'dollars' | 'credits' | 'currency';

/** A share from 0 (unused) upwards, where 1 is full. `unknown`: no denominator was read. `n/a`: the meter has none. */
export type Utilisation = number | 'unknown' | 'n/a';

/** How an allowance comes back. Windows are told apart by their length, never by the slot a provider puts them in. */
export type Cycle =
  | { readonly kind: 'rolling'; readonly periodSeconds: number }
  | { readonly kind: 'fixed'; readonly periodSeconds: number; readonly anchorAtMs?: number | undefined }
  | { readonly kind: 'none' };

/**
 * One limit of one account. An account has many at the same time, and all of them must have room.
 *
 * Amounts are in `unit`; an absent amount is unknown and is never zero. Times are epoch milliseconds.
 */
export interface Meter {
  readonly id: MeterId;
  readonly provider: string;
  readonly account: string;
  /** Models that the limit counts; absent when it counts all of the account's. */
  readonly modelScope?: readonly string[] | undefined;
  readonly label: string;
  /** `allowance`: used of a limit. `balance`: what is left of something bought. */
  readonly kind: 'allowance' | 'balance';
  readonly unit: MeterUnit;
  /** ISO 4217 code, present when `unit` is `currency`. */
  readonly currency?: string | undefined;
  readonly limit?: number | undefined;
  readonly used?: number | undefined;
  readonly remaining?: number | undefined;
  readonly utilisation: Utilisation;
  readonly cycle: Cycle;
  /** When the use counts from zero again. */
  readonly resetsAtMs?: number | undefined;
  /** When what is left is lost. */
  readonly expiresAtMs?: number | undefined;
  /** The provider itself said that nothing more is served, whatever the numbers say. */
  readonly blocked?: boolean | undefined;
}

/** "<provider>/<account>/<meter>"; made by `meterId` only. */
export type MeterId = string & { readonly __brand: 'MeterId' };

/**
 * Names a meter. Provider and account keep their own spelling; the meter's name is put in lower case, and every run of
 * other characters than letters, digits, "." and "_" becomes one "-", so that "5 hours" and "5-Hours" are one meter.
 * A "/" or "%" inside a part is percent-encoded, so two different triples never share an id.
 *
 * Throws `RangeError` when a part is empty.
 */
export function meterId(provider: string, account: string, meter: string): MeterId {
  const name = meter
    .toLowerCase()
    .replace(/[^\p{L}\p{N}._]+/gu, '-')
    .replace(/^-+|-+$/g, '');
  const parts = [provider, account, name].map((part) => part.replace(/[/%]/g, encodeURIComponent));
  if (parts.includes('')) {
    throw new RangeError(
      `a meter needs a provider, an account and a name; given "${provider}", "${account}", "${meter}"`,
    );
  }
  return parts.join('/') as MeterId;
}
