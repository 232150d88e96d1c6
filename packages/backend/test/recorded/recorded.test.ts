import { afterAll, describe, expect, test } from 'bun:test';
import { mediaText } from '../../src/transformers/anthropic-messages/encode-blocks.ts';
import { foldReply } from '../../src/transformers/fold.ts';
import { FORMAT_IDS, type FormatId } from '../../src/types/format-id.ts';
import type { Reply } from '../../src/types/ir/reply.ts';
import type { StopReason, StreamEvent } from '../../src/types/ir/stream-event.ts';
import { hear } from './clients.ts';
import { decodeStream, decodeWhole, encodeFor, formatOf } from './lane.ts';
import { DECLARED, isDeclared, opaqueType } from './losses.ts';
import { NOT_CHAT, notChat } from './not-chat.ts';
import { readRecorded, recordedFiles } from './replies.ts';
import { statedBy } from './stated.ts';
import { type RecordedReply, SPLICED, sortRecorded } from './wires.ts';

const files = recordedFiles();
const { replies, errors, rest } = sortRecorded(files);
const good = replies.filter(({ file }) => file !== SPLICED);
const counts = { decoded: 0, heardWhole: 0, heardStreamed: 0, lost: 0 };

function eventsOf({ format, isStream, wire }: RecordedReply): StreamEvent[] {
  if (isStream)
    return decodeStream(
      format,
      wire.map((event) => ({ data: JSON.stringify(event) })),
    );
  return decodeWhole(format, wire[0] ?? null);
}

function folded(events: readonly StreamEvent[]): Reply {
  const reply = foldReply(events);
  if (reply instanceof Error) throw reply;
  return reply;
}

/** The neutral reason for each provider's word, where no function was called. */
const REASONS: Readonly<Record<string, StopReason>> = {
  stop: 'stop',
  end_turn: 'stop',
  completed: 'stop',
  STOP: 'stop',
  tool_calls: 'tool',
  tool_use: 'tool',
  refusal: 'refusal',
};

/** How each API tells the reasons that stand in the recorded replies. */
const WORDS: Readonly<Record<FormatId, Partial<Record<StopReason, string>>>> = {
  'openai-chat': { stop: 'stop', tool: 'tool_calls', refusal: 'content_filter' },
  'openai-responses': { stop: 'completed', tool: 'completed', refusal: 'content_filter' },
  'anthropic-messages': { stop: 'end_turn', tool: 'tool_use', refusal: 'refusal' },
  gemini: { stop: 'STOP', tool: 'STOP', refusal: 'SAFETY' },
};

const textOf = (reply: Reply, kind: 'text' | 'refusal'): string =>
  reply.blocks.map((block) => (block.kind === kind ? block.text : '')).join('');

/** The words of the answer as a client of this API can get them. */
function wantedText(client: FormatId, reply: Reply): string {
  const words = reply.blocks.map((block) => {
    if (block.kind === 'text') return block.text;
    // Google's API has no place for a refusal's words but the text; Anthropic's has none for pictures in answers.
    if (block.kind === 'refusal' && client === 'gemini') return block.text;
    return block.kind === 'media' && client === 'anthropic-messages' ? mediaText(block) : '';
  });
  return words.join('');
}

/** The word for the end. A refusal that was said in words ends as an ordinary answer at OpenAI. */
function wantedStop(client: FormatId, reply: Reply): string | undefined {
  const isSaid = reply.reason === 'refusal' && textOf(reply, 'refusal') !== '' && client.startsWith('openai');
  return WORDS[client][isSaid ? 'stop' : reply.reason];
}

/** Arguments as each client hears them: free text of a custom tool where the API knows such, else an object. */
function wantedArgs(client: FormatId, argsText: string, custom: boolean): unknown {
  if (!custom) return JSON.parse(argsText === '' ? '{}' : argsText);
  return client.startsWith('openai') ? argsText : { input: argsText };
}

test('every file is a reply of a chat API, a refusal, or named with the reason why it is neither', () => {
  expect(rest.filter((file) => notChat(file) === undefined)).toEqual([]);
  expect(replies.filter(({ file }) => notChat(file) !== undefined)).toEqual([]);
  if (files.length > 0) expect(NOT_CHAT.filter((row) => !files.some((file) => row.files.test(file)))).toEqual([]);
});

test('each declared loss stands in a recorded reply', () => {
  const seen = good.flatMap((reply) =>
    folded(eventsOf(reply)).blocks.map((block) => `${reply.format} ${opaqueType(block)}`),
  );
  const unused = DECLARED.filter(({ format, type }) => !seen.includes(`${format} ${type}`));
  expect(files.length === 0 ? [] : unused).toEqual([]);
});

describe.each(good)('$name', (recorded) => {
  const stated = statedBy(recorded);

  test('decodes to the text, calls, ending and usage that stand on its wire', () => {
    const reply = folded(eventsOf(recorded));
    expect(textOf(reply, 'text')).toBe(stated.text);
    expect(reply.blocks.flatMap((block) => (block.kind === 'call' ? [block.name] : []))).toEqual([...stated.calls]);
    expect(reply.reason).toBe(stated.calls.length > 0 ? 'tool' : (REASONS[stated.stop] ?? 'other'));
    const { inputTokens, cacheReadTokens = 0, cacheWriteTokens = 0, cacheWriteLongTokens = 0 } = reply.usage;
    expect((inputTokens ?? Number.NaN) + cacheReadTokens + cacheWriteTokens + cacheWriteLongTokens).toBe(
      stated.inputTokens,
    );
    expect(reply.usage.outputTokens).toBe(stated.outputTokens);
    counts.decoded += 1;
  });

  const clients = FORMAT_IDS.filter((id) => id !== recorded.format);
  test.each(clients)('is understood by the official client of %s', async (client) => {
    const events = eventsOf(recorded);
    const reply = folded(events);
    const lost = reply.blocks.flatMap((block) => opaqueType(block) ?? []);
    expect(lost.filter((type) => !isDeclared(recorded.format, type))).toEqual([]);
    counts.lost += lost.length;
    const refusal = textOf(reply, 'refusal');
    for (const stream of [true, false]) {
      const heard = await hear(client, encodeFor(client, events, stream), stream);
      expect(heard).toEqual({
        text: wantedText(client, reply),
        refusal: client === 'gemini' ? '' : refusal,
        calls: reply.blocks.flatMap((block) =>
          block.kind === 'call' ? [{ name: block.name, args: wantedArgs(client, block.argsText, block.custom) }] : [],
        ),
        stop: wantedStop(client, reply) ?? '',
        inputTokens: stated.inputTokens,
        outputTokens: stated.outputTokens,
      });
      counts[stream ? 'heardStreamed' : 'heardWhole'] += 1;
    }
  });
});

test.each([...errors])('$file is refused with $code', ({ file, format, status, code }) => {
  const error = formatOf(format).decodeError({ status, headers: new Headers(), bodyText: readRecorded(file) });
  expect(error).toMatchObject({ code, status });
  expect(decodeWhole(format, JSON.parse(readRecorded(file))).at(-1)).toMatchObject({ type: 'message-failure' });
});

test.each(replies.filter(({ file }) => file === SPLICED))('$name is a failure in each format', (recorded) => {
  const events = eventsOf(recorded);
  expect(events.at(-1)).toMatchObject({ type: 'message-failure', error: { code: 'upstream_garbled' } });
  for (const client of FORMAT_IDS) expect(encodeFor(client, events, true)).toContain('error');
});

afterAll(() => {
  if (files.length === 0) return;
  const { decoded, heardWhole, heardStreamed, lost } = counts;
  console.log(
    `recorded replies: ${files.length} files, ${replies.length} replies (${decoded} decoded), ${errors.length} refusals, ` +
      `${rest.length} not of a chat API; official clients heard ${heardWhole} whole and ${heardStreamed} streamed ` +
      `translations, ${lost} blocks lost as declared`,
  );
});
