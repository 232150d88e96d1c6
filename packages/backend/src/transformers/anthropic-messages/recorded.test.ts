import { describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordedFolder } from '../../../test/recorded/replies.ts';
import type { Usage } from '../../types/ir/usage.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { mergeUsage } from '../../utils/usage.ts';
import { decodeReply } from './decode-stream.ts';
import { encodeReply } from './encode-reply.ts';
import { tap } from './tap.ts';
import { answerContext, decodeEvents, encodeEvents, folded, replyContext, wireOf } from './test-kit.ts';

/** Replies recorded from the provider, which are not part of this repository. */
const FOLDER = join(recordedFolder ?? '', 'anthropic');
const isThere = recordedFolder !== undefined && existsSync(FOLDER);
if (!isThere) console.log('recorded Anthropic replies left out: there is no folder "anthropic" among them');

const files = isThere ? readdirSync(FOLDER) : [];
/** Holds a second answer begun inside the first, which is a failure and must be one. */
const SPLICED = 'spliced-message-start.chunks.txt';

const read = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');

/** The answers of one file, which may hold several turns one after another. */
function streamsIn(file: string): JsonObject[][] {
  const streams: JsonObject[][] = [];
  for (const line of read(file).split('\n')) {
    if (line.trim() === '') continue;
    const event = JSON.parse(line) as JsonObject;
    if (event['type'] === 'message_start' || streams.length === 0) streams.push([]);
    streams.at(-1)?.push(event);
  }
  return streams;
}

const wireUsage = (wire: Json | undefined): JsonObject => (wire ?? {}) as JsonObject;

/** Usage as the lossless lane finds it: only events that hold a mark are looked into. */
function tappedUsage(wire: readonly JsonObject[]): Usage {
  let usage: Usage = {};
  for (const event of wire) {
    const text = JSON.stringify(event);
    if (!tap.marks.some((mark) => text.includes(mark))) continue;
    const holder = (event['message'] ?? event) as JsonObject;
    usage = mergeUsage(usage, tap.decodeUsage(holder[tap.usageKey] ?? null, usage));
  }
  return usage;
}

describe.if(isThere)('recorded replies of the provider', () => {
  const whole = files.filter((file) => file.endsWith('.json'));
  test.each(whole)('%s decodes with its usage and comes back with the same content', (file) => {
    const wire = JSON.parse(read(file)) as JsonObject;
    const reply = folded(decodeReply(wire, replyContext()));
    const usage = wireUsage(wire['usage']);
    expect(reply.usage.inputTokens).toBe(usage['input_tokens'] as number);
    expect(reply.usage.outputTokens).toBe(usage['output_tokens'] as number);
    const back = encodeReply(reply, answerContext());
    const content = (wire['content'] as JsonObject[]).map(({ caller: _caller, ...block }) => block);
    const sent = (back['content'] as JsonObject[]).map(({ caller: _caller, ...block }) => block);
    // A refusal's explanation is told as text too.
    expect(wire['stop_reason'] === 'refusal' ? [] : sent).toEqual(content);
    // Calls decide, not the word: one recorded reply says end_turn beside calls of running code.
    const called = content.some(({ type }) => type === 'tool_use');
    expect(back['stop_reason']).toBe(called ? 'tool_use' : (wire['stop_reason'] as string));
  });

  const streams = files.filter((file) => file.endsWith('.chunks.txt') && file !== SPLICED);
  test.each(streams)('%s decodes with its usage, and our own stream of it decodes to the same', (file) => {
    for (const wire of streamsIn(file)) {
      const events = decodeEvents(wire);
      const reply = folded(events);
      const opening = (wire[0]?.['message'] ?? {}) as JsonObject;
      const last = wireUsage(wire.findLast(({ type }) => type === 'message_delta')?.['usage'] ?? opening['usage']);
      expect(reply.usage.outputTokens).toBe(last['output_tokens'] as number);
      const again = folded(decodeEvents(wireOf(encodeEvents(events))));
      const { id: _id, model: _model, usage: _usage, ...rest } = reply;
      if (reply.reason !== 'refusal') expect(again).toMatchObject(rest);
      expect(again.usage).toEqual(reply.usage);
      expect(tappedUsage(wire)).toEqual(reply.usage);
    }
  });

  test('an answer begun inside another is a failure', () => {
    const wire = streamsIn(SPLICED).flat();
    expect(decodeEvents(wire).at(-1)).toMatchObject({ type: 'message-failure', error: { code: 'upstream_garbled' } });
  });
});
