import type { Scenario } from '../contract.ts';

/** Every status that the four vendors document, and those their proxies add. */
const FAILURE_STATUSES = [400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 502, 503, 504, 529] as const;

const RETRY_AFTER_S = 2;
const RETRIABLE: ReadonlySet<number> = new Set([429, 503, 529]);

/** `status-<code>`; `retry=<seconds>` sets Retry-After, the word "quota" makes a 429 permanent, "html" a proxy's page. */
export const STATUSES: readonly Scenario[] = FAILURE_STATUSES.map((status) => ({
  name: `status-${status}`,
  about: `Refuses with status ${status} in the words of the API; "retry=<seconds>" sets the wait.`,
  play: (_, { options }) => {
    const given = options.values.get('retry');
    const retryAfterS = given === undefined ? RETRY_AFTER_S : Number(given);
    const html = `<html><head><title>${status}</title></head><body><center><h1>${status}</h1></center><hr></body></html>`;
    return {
      steps: [],
      refusal: {
        status,
        ...(RETRIABLE.has(status) || given !== undefined ? { retryAfterS } : {}),
        ...(options.words.includes('quota') ? { code: 'insufficient_quota' } : {}),
      },
      ...(options.words.includes('html') ? { html } : {}),
    };
  },
}));
