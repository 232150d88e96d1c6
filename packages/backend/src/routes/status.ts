import type { HealthAnswer, VersionAnswer } from '@plexus/contracts';

/** What the status pages tell. None of them calls a provider. */
export interface StatusView {
  readonly version: string;
  readonly startedAtMs: number;
  readonly openRequests: () => number;
  readonly isDraining: () => boolean;
  /** One sentence for each thing that needs an operator. */
  readonly problems: () => readonly string[];
}

type Page = (view: StatusView) => Response;

const health: Page = (view) => {
  const problems = view.problems();
  const answer: HealthAnswer = {
    status: view.isDraining() ? 'draining' : problems.length > 0 ? 'degraded' : 'ok',
    version: view.version,
    startedAt: new Date(view.startedAtMs).toISOString(),
    openRequests: view.openRequests(),
    problems,
  };
  return Response.json(answer, { status: view.isDraining() ? 503 : 200 });
};

const version: Page = (view) => {
  const answer: VersionAnswer = { version: view.version, runtime: `Bun ${Bun.version}` };
  return Response.json(answer);
};

const text = (words: string, status: number): Response =>
  new Response(`${words}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });

export const statusPages = {
  livez: () => text('alive', 200),
  readyz: (view) => (view.isDraining() ? text('draining', 503) : text('ready', 200)),
  health,
  version,
} as const satisfies Record<string, Page>;
