import { GatewayError } from '../types/errors.ts';

interface Advice {
  readonly when: (path: string) => boolean;
  readonly say: string;
}

/** What a wrong path usually means: a base URL with one `/v1` too many or too few. */
const ADVICE: readonly Advice[] = [
  {
    when: (path) => path.startsWith('/v1/v1/messages'),
    say: 'the path has /v1 twice: remove /v1 from the end of ANTHROPIC_BASE_URL (the SDK adds it)',
  },
  {
    when: (path) => path.startsWith('/v1/v1beta/') || path.startsWith('/v1beta/v1beta/'),
    say: 'the path has a version twice: remove /v1 or /v1beta from the end of GOOGLE_GEMINI_BASE_URL (the SDK adds it)',
  },
  {
    when: (path) => path.startsWith('/v1/v1/'),
    say: 'the path has /v1 twice: OPENAI_BASE_URL must end with one /v1, so remove the second',
  },
  {
    when: (path) => path === '/messages' || path.startsWith('/messages/'),
    say: 'the path lacks /v1: set ANTHROPIC_BASE_URL to the address without a path (the SDK adds /v1)',
  },
  {
    when: (path) => /^\/(chat\/completions|responses|models|embeddings|completions)(\/|$)/.test(path),
    say: 'the path lacks /v1: add /v1 to the end of OPENAI_BASE_URL',
  },
];

/** The 404 for a path that is no endpoint; it names the variable to mend when the mistake is a common one. */
export function unknownPath(method: string, path: string): GatewayError {
  const advice = ADVICE.find(({ when }) => when(path));
  const shown = path.length <= 100 ? path : `${path.slice(0, 97)}...`;
  return new GatewayError(
    'request_path_unknown',
    `${method} ${shown} is not an endpoint${advice ? `: ${advice.say}` : ''}`,
  );
}
