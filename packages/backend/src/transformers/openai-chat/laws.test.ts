import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { GatewayError } from '../../types/errors.ts';
import type { UnifiedChatRequest } from '../../types/ir/request.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeReply } from './reply.ts';
import { answerContext, foldStream, foldUnary, needReply, normalised, profile, rawEvents } from './test-kit.ts';

const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;
const words = fc.string({ unit: 'grapheme', maxLength: 12 });
/** Mostly what is usual in this place, sometimes anything. */
const soup = (...usual: fc.Arbitrary<unknown>[]): fc.Arbitrary<Json> =>
  fc.oneof({ weight: 3, arbitrary: fc.oneof(...(usual as fc.Arbitrary<Json>[])) }, json);

const call = fc.record(
  {
    index: soup(fc.nat(3)),
    id: soup(words),
    type: soup(fc.constant('function')),
    function: soup(fc.record({ name: soup(words), arguments: soup(words) }, { requiredKeys: [] })),
  },
  { requiredKeys: [] },
);
const anyDelta = fc.record(
  {
    content: soup(words),
    refusal: soup(words),
    reasoning_content: soup(words),
    reasoning_details: soup(
      fc.array(fc.record({ type: fc.constant('reasoning.text'), text: words, index: fc.nat(1) })),
    ),
    tool_calls: soup(fc.array(call, { maxLength: 3 })),
    annotations: json,
    images: json,
    audio: json,
    extra_content: json,
  },
  { requiredKeys: [] },
);
const anyChunk = soup(
  fc.record(
    {
      id: soup(words),
      choices: soup(
        fc.array(
          soup(
            fc.record({ index: soup(fc.constant(0)), delta: soup(anyDelta), finish_reason: soup(fc.constant('stop')) }),
          ),
          { maxLength: 2 },
        ),
      ),
      usage: soup(fc.record({ prompt_tokens: soup(fc.nat()), completion_tokens: soup(fc.nat()) })),
    },
    { requiredKeys: [] },
  ),
);

test('whatever an upstream sends, its stream ends once, in order, and nothing is thrown', () => {
  fc.assert(
    fc.property(fc.array(anyChunk, { maxLength: 8 }), (chunks) => {
      const events = normalised(rawEvents(chunks.map((chunk) => JSON.stringify(chunk))));
      const ends = events.filter(({ type }) => type === 'message-end' || type === 'message-failure');
      expect(ends).toHaveLength(1);
    }),
  );
});

test('whatever an upstream answers, a whole reply is read without a throw', () => {
  fc.assert(fc.property(anyChunk, (chunk) => void foldUnary(chunk)));
});

interface Said {
  readonly reasoning: string;
  readonly content: string;
  readonly calls: readonly { readonly name: string; readonly args: string }[];
}

const said: fc.Arbitrary<Said> = fc.record({
  reasoning: words,
  content: words,
  calls: fc.array(fc.record({ name: fc.stringMatching(/^[a-z]{1,6}$/), args: fc.json() }), { maxLength: 3 }),
});

const wireCall = ({ name, args }: Said['calls'][number], index: number): JsonObject => ({
  id: `call_${index}`,
  type: 'function',
  function: { name, arguments: args },
});

function whole({ reasoning, content, calls }: Said): JsonObject {
  const message = { role: 'assistant', content, reasoning_content: reasoning, tool_calls: calls.map(wireCall) };
  return {
    id: 'x',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: 4 },
  };
}

function pieces(text: string, size: number): string[] {
  const cut: string[] = [];
  for (let from = 0; from < text.length; from += size) cut.push(text.slice(from, from + size));
  return cut;
}

/** The same answer in pieces of `size` characters, the fragments of parallel calls dealt in turn. */
function streamed({ reasoning, content, calls }: Said, size: number): JsonObject[] {
  const heads = calls.map((call, index) => {
    const head = wireCall(call, index);
    return { ...head, index, function: { name: call.name, arguments: '' } };
  });
  const fragments = calls.map(({ args }) => pieces(args, size));
  const rounds = Math.max(0, ...fragments.map((list) => list.length));
  const dealt = Array.from({ length: rounds }, (_, round) =>
    fragments.flatMap((list, index) => {
      const text = list[round];
      return text === undefined ? [] : [{ index, function: { arguments: text } }];
    }),
  );
  const deltas: JsonObject[] = [
    { role: 'assistant', content: '' },
    ...pieces(reasoning, size).map((text) => ({ reasoning_content: text })),
    ...pieces(content, size).map((text) => ({ content: text })),
    ...heads.map((head) => ({ tool_calls: [head] })),
    ...dealt.map((list) => ({ tool_calls: list })),
  ];
  const chunks: JsonObject[] = deltas.map((delta) => ({
    id: 'x',
    choices: [{ index: 0, delta, finish_reason: null }],
  }));
  chunks.push({ id: 'x', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
  chunks.push({ id: 'x', choices: [], usage: { prompt_tokens: 3, completion_tokens: 4 } });
  return chunks;
}

test('an answer told whole and the same answer told in pieces are one answer', () => {
  fc.assert(
    fc.property(said, fc.integer({ min: 1, max: 5 }), (answer, size) => {
      const fromWhole = needReply(foldUnary(whole(answer)));
      const fromPieces = needReply(foldStream(streamed(answer, size)));
      expect(encodeReply(fromPieces, answerContext())).toEqual(encodeReply(fromWhole, answerContext()));
      expect(fromPieces).toEqual(fromWhole);
    }),
  );
});

const part = soup(
  fc.record({ type: fc.constant('text'), text: soup(words) }),
  fc.record({ type: fc.constant('image_url'), image_url: soup(fc.record({ url: fc.webUrl() })) }),
  fc.record({ type: fc.constant('file'), file: json }),
);
const message = soup(
  fc.record(
    {
      role: fc.constantFrom('system', 'developer', 'user', 'assistant', 'tool', 'function'),
      content: soup(words, fc.array(part, { maxLength: 3 })),
      tool_calls: soup(fc.array(call, { maxLength: 2 })),
      tool_call_id: soup(words),
      reasoning_content: soup(words),
    },
    { requiredKeys: ['role'] },
  ),
);
const body = fc.record(
  {
    model: soup(fc.constant('m')),
    messages: fc.array(message, { maxLength: 5 }),
    tools: json,
    tool_choice: json,
    response_format: json,
    stop: json,
    stream: soup(fc.boolean()),
  },
  { requiredKeys: ['model', 'messages'] },
) as fc.Arbitrary<JsonObject>;

function decodeOrRefuse(wire: JsonObject): UnifiedChatRequest | undefined {
  try {
    return decodeRequest(wire, {});
  } catch (error) {
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ code: 'request_invalid', field: expect.any(String) });
    return undefined;
  }
}

test('a request is read, or refused with the name of a field; what is read can be sent, always the same', () => {
  fc.assert(
    fc.property(body, (wire) => {
      const request = decodeOrRefuse(wire);
      if (request === undefined) return;
      const send = (): string => JSON.stringify(encodeRequest(request, profile(), () => undefined).body);
      expect(send()).toBe(send());
    }),
    { numRuns: 150 },
  );
});
