import type { FormatId } from '../../src/types/format-id.ts';
import type { Client, Mode } from './contract.ts';

/**
 * `told`: left out upstream, and `x-plexus-losses` says that something is missing.
 * `refused`: a 400 that names it, and no provider is asked.
 * `nearest`: the answer's words do not exist in the client's API, so the nearest ones stand there.
 * `passed`: between one API and itself nothing is altered, so the SDK fails as it does without a gateway.
 * `unsaid`: the client's own API has no words for it, or its SDK does not send them.
 */
export type LossKind = 'told' | 'refused' | 'nearest' | 'passed' | 'unsaid';

/** A cell of the grid that its wire cannot keep. Absent fields stand for any. */
export interface HonestLoss {
  readonly scenario: string;
  /** The client's format, or the name of one client. */
  readonly client?: FormatId | string;
  readonly upstream?: FormatId;
  /** Between one API and itself nothing is translated. */
  readonly foreignOnly?: boolean;
  readonly mode?: Mode;
  readonly kind: LossKind;
  readonly reason: string;
  /** Words of the refusal. */
  readonly says?: RegExp;
}

export const HONEST_LOSSES: readonly HonestLoss[] = [
  {
    scenario: 'structured output',
    client: 'ai-sdk anthropic',
    upstream: 'gemini',
    kind: 'told',
    reason: 'the SDK asks for one call at a time, and Gemini decides itself how many it makes',
  },
  ...(['openai-chat', 'openai-responses'] as const).flatMap((client): HonestLoss[] => [
    ...(['anthropic-messages', 'gemini'] as const).map(
      (upstream): HonestLoss => ({
        scenario: 'cache markers',
        client,
        upstream,
        kind: 'told',
        reason: 'the target has no cache key',
      }),
    ),
  ]),
  {
    scenario: 'cache markers',
    client: 'anthropic-messages',
    foreignOnly: true,
    kind: 'told',
    reason: 'the target caches prefixes by itself and takes no marks',
  },
  {
    scenario: 'cache markers',
    client: 'gemini',
    foreignOnly: true,
    kind: 'refused',
    reason: 'content that is cached at Google cannot be read elsewhere, and leaving it out would change the question',
    says: /cachedContent/,
  },
  {
    scenario: 'arguments before id and name',
    client: 'ai-sdk openai chat',
    upstream: 'openai-chat',
    mode: 'stream',
    kind: 'passed',
    reason: 'this SDK wants the name in the first fragment',
  },
  {
    scenario: 'call in one chunk',
    client: 'openai-chat',
    upstream: 'openai-chat',
    kind: 'passed',
    reason: 'the finish "stop" beside a call, and a call without an index, are seen as the provider sent them',
  },
  {
    scenario: 'tool result with a picture',
    client: 'openai chat',
    upstream: 'openai-chat',
    kind: 'passed',
    reason: 'a tool message holds text only, and the provider says so',
  },
  {
    scenario: 'tool result with a picture',
    client: 'ai-sdk openai chat',
    kind: 'unsaid',
    reason: 'the SDK writes the picture into the text of the tool message',
  },
  {
    scenario: 'picture by address',
    client: 'ai-sdk google',
    kind: 'unsaid',
    reason: 'the SDK fetches the picture itself and sends its bytes',
  },
  ...['PDF', 'picture and PDF'].flatMap((scenario): HonestLoss[] =>
    ['openai-chat', 'openai-responses', 'ai-sdk anthropic'].map((client) => ({
      scenario,
      client,
      upstream: 'gemini' as const,
      kind: 'told' as const,
      reason: 'the document arrives; Gemini takes no file name beside it',
    })),
  ),
  ...['thinking loop', 'hidden thinking'].flatMap((scenario): HonestLoss[] => [
    {
      scenario,
      client: 'ai-sdk openai chat',
      upstream: 'openai-chat',
      kind: 'passed',
      reason: 'the SDK reads no reasoning in this API and brings none back, and the provider insists on it',
    },
    {
      scenario,
      client: 'ai-sdk openai chat',
      kind: 'unsaid',
      reason: 'the SDK reads no reasoning in this API, so none comes back; the loop still ends well',
    },
  ]),
  {
    scenario: 'end: stop sequence',
    client: 'openai-responses',
    kind: 'unsaid',
    reason: 'the Responses API has no stop sequences',
  },
  {
    scenario: 'end: stop sequence',
    upstream: 'openai-responses',
    kind: 'told',
    reason: 'the Responses API has no stop sequences',
  },
  {
    scenario: 'end: stop sequence',
    upstream: 'anthropic-messages',
    foreignOnly: true,
    kind: 'nearest',
    reason: 'only the Messages API tells which stop sequence ended an answer; elsewhere it is a plain end',
  },
  {
    scenario: 'end: pause',
    upstream: 'anthropic-messages',
    foreignOnly: true,
    kind: 'nearest',
    reason: 'only the Messages API can pause a turn; elsewhere it is a plain end',
  },
  {
    scenario: 'end: refusal',
    client: 'gemini',
    foreignOnly: true,
    kind: 'nearest',
    reason: 'Gemini has no place for a refusal: its words are text, and the finish is SAFETY',
  },
  {
    scenario: 'end: content filter',
    client: 'anthropic-messages',
    foreignOnly: true,
    kind: 'nearest',
    reason: 'the Messages API has one word, refusal, for a filter and for a model that declines',
  },
  {
    scenario: 'usage with a cache',
    client: 'gemini',
    foreignOnly: true,
    kind: 'nearest',
    reason: 'Gemini counts no cache writes; they are part of the prompt there',
  },
];

/** The row for one cell; the first that fits holds. */
export function lossOf(scenario: string, client: Pick<Client, 'id' | 'format'>, upstream: FormatId, mode: Mode) {
  return HONEST_LOSSES.find(
    (row) =>
      row.scenario === scenario &&
      (row.client === undefined || row.client === client.id || row.client === client.format) &&
      (row.upstream === undefined || row.upstream === upstream) &&
      (row.mode === undefined || row.mode === mode) &&
      !(row.foreignOnly === true && client.format === upstream),
  );
}
