/** A `fetch` for an SDK, and the headers of the last answer that passed through it. */
export function listeningFetch(): { fetch: typeof fetch; headers(): Headers } {
  let last = new Headers();
  const listening = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const answer = await fetch(input, init);
    last = answer.headers;
    return answer;
  };
  // Bun's `fetch` has a `preconnect` that no SDK calls.
  return { fetch: listening as typeof fetch, headers: () => last };
}

/** Whole seconds of a Retry-After header. */
export function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get('retry-after');
  return value === null ? undefined : Number(value);
}

/** Error classes that OpenAI's and Anthropic's SDKs share, by status. */
export function classOfStatus(status: number): string {
  const named: Readonly<Record<number, string>> = {
    400: 'BadRequestError',
    401: 'AuthenticationError',
    403: 'PermissionDeniedError',
    404: 'NotFoundError',
    409: 'ConflictError',
    422: 'UnprocessableEntityError',
    429: 'RateLimitError',
  };
  return named[status] ?? (status >= 500 ? 'InternalServerError' : 'APIError');
}
