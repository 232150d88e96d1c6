import { FORMAT_IDS, type FormatId } from '../../src/types/format-id.ts';
import type { CellResult } from './cell.ts';
import type { HonestLoss } from './honest-losses.ts';

const NAMES: Readonly<Record<FormatId, string>> = {
  'openai-chat': 'OpenAI Chat',
  'openai-responses': 'OpenAI Responses',
  'anthropic-messages': 'Anthropic Messages',
  gemini: 'Gemini',
};

/** Rows of the table of losses that the page has met, in the order of their numbers. */
interface Notes {
  readonly losses: HonestLoss[];
  readonly clients: Map<string, Set<string>>;
}

const keyOf = ({ kind, reason }: HonestLoss): string => `${kind} ${reason}`;

function numberOf(loss: HonestLoss, notes: Notes): number {
  const at = notes.losses.findIndex((one) => keyOf(one) === keyOf(loss));
  return at === -1 ? notes.losses.push(loss) : at + 1;
}

/** One square of the page: all clients of one format, unary and streamed, to one upstream. */
function mark(cells: readonly CellResult[], notes: Notes): string {
  if (cells.some(({ failure }) => failure !== undefined)) return '**failed**';
  const losses = cells.flatMap(({ loss }) => loss ?? []);
  for (const { loss, client } of cells) {
    if (loss === undefined) continue;
    const clients = notes.clients.get(keyOf(loss)) ?? new Set();
    notes.clients.set(keyOf(loss), clients.add(client));
  }
  const distinct = [...new Map(losses.map((loss) => [keyOf(loss), loss])).values()];
  const words: string[] = [...new Set(distinct.map(({ kind }) => kind))];
  if (losses.length < cells.length) words.unshift('kept');
  const numbers = distinct.map((loss) => numberOf(loss, notes)).sort((a, b) => a - b);
  return numbers.length === 0 ? 'kept' : `${words.join(', ')} (${numbers.join(', ')})`;
}

function table(format: FormatId, results: readonly CellResult[], notes: Notes): string {
  const own = results.filter(({ clientFormat }) => clientFormat === format);
  const rows = [...Map.groupBy(own, ({ scenario }) => scenario)].map(([scenario, cells]) => {
    const marks = FORMAT_IDS.map((upstream) =>
      mark(
        cells.filter((cell) => cell.upstream === upstream),
        notes,
      ),
    );
    return `| ${scenario} | ${marks.join(' | ')} |`;
  });
  const clients = [...new Set(own.map(({ client }) => client))].join(', ');
  const head = `| Scenario | ${FORMAT_IDS.map((upstream) => `to ${NAMES[upstream]}`).join(' | ')} |`;
  return [`## From ${NAMES[format]}`, '', `Clients: ${clients}.`, '', head, '|---|---|---|---|---|', ...rows].join(
    '\n',
  );
}

function noteLines(notes: Notes): string[] {
  return notes.losses.map((loss, at) => {
    const clients = [...(notes.clients.get(keyOf(loss)) ?? [])].join(', ');
    return `${at + 1}. *${loss.kind}*: ${loss.reason}. Clients: ${clients}.`;
  });
}

/** The page that says what survives each translation, from the results of a run. */
export function fidelityPage(results: readonly CellResult[]): string {
  const notes: Notes = { losses: [], clients: new Map() };
  const tables = FORMAT_IDS.map((format) => table(format, results, notes));
  const passed = results.filter(({ failure }) => failure === undefined).length;
  return `# Fidelity

Official SDKs ask the gateway, whose provider is the built-in simulator spoken to in one API at a time. The simulator
refuses what the real APIs refuse. Each cell is judged by the values that the SDK gives and by what the simulator saw:
texts, names and arguments of tools, ids, ends, token counts, error classes. One run has ${results.length} cells; ${passed} of them
passed.

- **kept**: everything arrived on both sides.
- **told**: the target's API has no place for a part of the request; the answer's header \`x-plexus-losses\` says so.
- **refused**: the request is answered with a 400 that names the part, and no provider is asked.
- **nearest**: the client's API lacks a word of the answer, so its nearest word stands there.
- **passed**: between one API and itself nothing is altered, so the SDK fails as it does without a gateway.
- **unsaid**: the client's API has no words for it, or its SDK does not send them.

Numbers lead to the reasons at the end. This page is printed by \`npm run fidelity\`; a test fails when it is stale.

${tables.join('\n\n')}

## Reasons

${noteLines(notes).join('\n')}
`;
}
