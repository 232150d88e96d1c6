import { describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordedFolder } from '../../../test/recorded/replies.ts';
import type { AnswerContext, DecodeReplyContext } from '../../types/format.ts';
import type { Reply } from '../../types/ir/reply.ts';
import type { StreamEvent } from '../../types/ir/stream-event.ts';
import type { Json } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import { foldReply } from '../fold.ts';
import { createNormaliser } from '../normalise.ts';
import { openaiResponses } from './index.ts';

const FOLDER = recordedFolder ?? '';
const PLACES = ['openai/responses', 'azure', 'xai/responses', 'open-responses/responses'];

const context: DecodeReplyContext = {
  target: {
    format: 'openai-responses',
    providerId: 'p',
    model: 'm',
    family: 'f',
    thinking: 'effort',
    sampling: true,
    lateSystem: true,
    quirks: {},
  },
};
const answer: AnswerContext = {
  requestId: 'req_1',
  model: 'm',
  createdAtMs: 0,
  framing: 'sse',
  request: openaiResponses.decodeRequest({ model: 'm', input: 'x' }, {}),
};

function files(ending: string): string[] {
  return PLACES.flatMap((place) => {
    const folder = join(FOLDER, place);
    const names = existsSync(folder) ? readdirSync(folder) : [];
    return names.filter((name) => name.endsWith(ending) && !name.includes('error')).map((name) => join(place, name));
  });
}

const read = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');

/** A file may hold several streams one after the other; each ends with its terminal event. */
function streams(file: string): string[][] {
  const all: string[][] = [[]];
  for (const line of read(file)
    .split('\n')
    .filter((one) => one.trim() !== '')) {
    if (line.includes('"response.created"') && all.at(-1)?.length !== 0) all.push([]);
    all.at(-1)?.push(line);
  }
  return all;
}

function fold(push: (emit: (event: StreamEvent) => void) => void): Reply {
  const seen: StreamEvent[] = [];
  const normaliser = createNormaliser((event) => seen.push(event));
  push(normaliser.push);
  normaliser.end();
  const reply = foldReply(seen);
  if (reply instanceof Error) throw reply;
  return reply;
}

function foldStream(lines: readonly string[]): Reply {
  const decoder = openaiResponses.streamDecoder(context);
  return fold((emit) => {
    for (const data of lines) decoder.push({ data }, emit);
    decoder.end(emit);
  });
}

const foldWhole = (wire: Json): Reply =>
  fold((emit) => {
    for (const event of openaiResponses.decodeReply(wire, context)) emit(event);
  });

/** The answer without the encrypted text, which the provider encrypts anew for each event. */
const comparable = (reply: Reply): unknown =>
  JSON.parse(
    JSON.stringify(openaiResponses.encodeReply(reply, answer), (key, value) =>
      key === 'encrypted_content' ? '' : value,
    ),
  );

const totals = (reply: Reply): unknown => {
  const usage = openaiResponses.encodeReply(reply, answer)['usage'];
  return isObject(usage) ? [usage['input_tokens'], usage['output_tokens']] : usage;
};

const wireTotals = (response: Json | undefined): unknown => {
  const usage = isObject(response) ? response['usage'] : undefined;
  return isObject(usage) ? [usage['input_tokens'], usage['output_tokens']] : null;
};

// What is absent was said when the folder was looked for.
if (recordedFolder !== undefined) {
  describe('recorded replies', () => {
    test.each(files('.json'))('%s decodes with its usage', (file) => {
      const wire = JSON.parse(read(file)) as Json;
      expect(totals(foldWhole(wire))).toEqual(wireTotals(wire));
    });

    test.each(files('.chunks.txt'))('%s streams to the same reply as its final response', (file) => {
      for (const lines of streams(file)) {
        const last: unknown = JSON.parse(lines.at(-1) ?? 'null');
        const response = isObject(last) ? last['response'] : undefined;
        const streamed = foldStream(lines);
        expect(totals(streamed)).toEqual(wireTotals(response));
        const whole = foldWhole(response ?? null);
        expect(comparable(streamed)).toEqual(comparable(whole));
      }
    });
  });
}
