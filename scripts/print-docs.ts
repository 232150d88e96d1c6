import { dirname, join } from 'node:path';
import { ERROR_RULES, type RetryRule } from '../packages/backend/src/types/errors.ts';

const ROOT = dirname(import.meta.dir);

const RETRY_WORDS: Readonly<Record<RetryRule, string>> = {
  never: 'no',
  'same-target': 'the same target, once',
  'next-target': 'the next target',
};

const FAMILIES: Readonly<Record<string, string>> = {
  request: 'The request itself cannot be served. Sending it again unchanged gives the same answer.',
  key: 'The client key does not open this door.',
  route: 'The request is fine, but no target can take it at this moment.',
  gateway: 'Plexus itself is the reason.',
  upstream: 'A provider is the reason. Plexus has already tried the next target where it may.',
  client: 'The client went away or stopped reading; these stand in records and are never sent.',
  store: 'The database is the reason.',
  config: 'The configuration is the reason.',
};

/** The page of error codes, printed from the table that the gateway answers with. */
export function errorsPage(): string {
  const rows = Object.entries(ERROR_RULES);
  const byFamily = Map.groupBy(rows, ([code]) => code.slice(0, code.indexOf('_')));
  const sections = [...byFamily].map(([family, members]) => {
    const lines = members.map(
      ([code, { status, retry, meaning }]) => `| \`${code}\` | ${status} | ${RETRY_WORDS[retry]} | ${meaning} |`,
    );
    const table = ['| Code | Status | Tried again on | Meaning |', '|---|---|---|---|', ...lines];
    return [`## ${family}`, '', FAMILIES[family] ?? '', '', ...table].join('\n');
  });
  return `# Errors

Every failure has one code. It stands in the answer, in the words of the format that the client speaks, and in the
record of the request. "Tried again on" says what Plexus does by itself before the client has had a byte; after the
first byte nothing is tried again. A target that cannot express a request (\`request_unsupported\`) is passed over while
others are left. Between one API and itself, \`upstream_rejected\`, \`upstream_context_length\`, \`upstream_model_missing\`
and \`upstream_limited\` are told in the provider's own words and with its own status.

This page is printed from the table in [errors.ts](../packages/backend/src/types/errors.ts) by \`bun run docs\`.

${sections.join('\n\n')}
`;
}

/** Each printed page by its path from the root. */
export const PAGES: Readonly<Record<string, () => string>> = { 'docs/errors.md': errorsPage };

if (import.meta.main) {
  for (const [path, print] of Object.entries(PAGES)) {
    await Bun.write(join(ROOT, path), print());
    console.log(`printed ${path}`);
  }
}
