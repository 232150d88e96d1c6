import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { FormatId } from '../../src/types/format-id.ts';
import type { TargetProfile } from '../../src/types/ir/target.ts';
import type { Json, JsonObject } from '../../src/types/json.ts';
import { formatOf } from '../recorded/lane.ts';

/** What a plain caller of each API may send, in the form in which our encoder writes it: nothing may change. */

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((text) => text.trim() !== '');
const name = fc.stringMatching(/^[a-z]{1,8}$/);
const id = fc.stringMatching(/^call_[a-z0-9]{4,8}$/);
const args = fc.dictionary(name, fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)), { maxKeys: 3 });

interface Call {
  readonly id: string;
  readonly name: string;
  readonly args: Record<string, unknown>;
  readonly result: string;
}

interface Talk {
  readonly system: string;
  readonly rounds: readonly { readonly asked: string; readonly said: string; readonly calls: readonly Call[] }[];
  readonly last: string;
  readonly tools: readonly string[];
  readonly temperature: number | undefined;
  readonly stop: readonly string[] | undefined;
  readonly stream: boolean;
}

const call = fc.record({ id, name, args, result: words });
const talk: fc.Arbitrary<Talk> = fc
  .record({
    system: words,
    rounds: fc.array(fc.record({ asked: words, said: words, calls: fc.array(call, { maxLength: 2 }) }), {
      maxLength: 3,
    }),
    last: words,
    temperature: fc.option(fc.constantFrom(0, 0.25, 1), { nil: undefined }),
    stop: fc.option(fc.uniqueArray(words, { minLength: 1, maxLength: 3 }), { nil: undefined }),
    stream: fc.boolean(),
  })
  .map((drawn) => {
    // Ids answer one call each, and every called tool is declared.
    const rounds = drawn.rounds.map((round, at) => ({
      ...round,
      calls: round.calls.map((one, index) => ({ ...one, id: `${one.id}${at}${index}` })),
    }));
    const tools = [...new Set(rounds.flatMap(({ calls }) => calls.map((one) => one.name)))];
    return { ...drawn, rounds, tools };
  });

const schema = { type: 'object', properties: { a: { type: 'string' } } };
const given = (fields: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
const json = (value: unknown): string => JSON.stringify(value);

/** A lone text is written as a string. */
const plain = (blocks: readonly JsonObject[]): Json =>
  blocks.length === 1 && blocks[0]?.['type'] === 'text' ? (blocks[0]['text'] ?? '') : [...blocks];

const BODIES: Readonly<Record<FormatId, (talk: Talk) => JsonObject>> = {
  'openai-chat': ({ system, rounds, last, tools, temperature, stop, stream }) =>
    given({
      model: 'm',
      messages: [
        { role: 'system', content: system },
        ...rounds.flatMap(({ asked, said, calls }) => [
          { role: 'user', content: asked },
          {
            role: 'assistant',
            content: said,
            ...(calls.length > 0 && {
              tool_calls: calls.map((one) => ({
                id: one.id,
                type: 'function',
                function: { name: one.name, arguments: json(one.args) },
              })),
            }),
          },
          ...calls.map((one) => ({ role: 'tool', tool_call_id: one.id, content: one.result })),
        ]),
        { role: 'user', content: last },
      ],
      tools:
        tools.length === 0
          ? undefined
          : tools.map((tool) => ({ type: 'function', function: { name: tool, parameters: schema } })),
      temperature,
      stop: stop === undefined ? undefined : [...stop],
      ...(stream && { stream: true, stream_options: { include_usage: true } }),
    }),
  'openai-responses': ({ system, rounds, last, tools, temperature, stream }) =>
    given({
      model: 'm',
      instructions: system,
      input: [
        ...rounds.flatMap(({ asked, said, calls }) => [
          { type: 'message', role: 'user', content: [{ type: 'input_text', text: asked }] },
          { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: said }] },
          ...calls.map((one) => ({
            type: 'function_call',
            call_id: one.id,
            name: one.name,
            arguments: json(one.args),
          })),
          ...calls.map((one) => ({ type: 'function_call_output', call_id: one.id, output: one.result })),
        ]),
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: last }] },
      ],
      tools:
        tools.length === 0
          ? undefined
          : tools.map((tool) => ({ type: 'function', name: tool, parameters: schema, strict: false })),
      temperature,
      ...(stream && { stream: true }),
    }),
  'anthropic-messages': ({ system, rounds, last, tools, temperature, stop, stream }) => {
    const messages: JsonObject[] = [];
    let results: JsonObject[] = [];
    for (const { asked, said, calls } of rounds) {
      messages.push({ role: 'user', content: plain([...results, { type: 'text', text: asked }]) });
      const uses = calls.map((one) => ({
        type: 'tool_use',
        id: one.id,
        name: one.name,
        input: one.args as JsonObject,
      }));
      messages.push({ role: 'assistant', content: plain([{ type: 'text', text: said }, ...uses]) });
      results = calls.map((one) => ({
        type: 'tool_result',
        tool_use_id: one.id,
        content: one.result,
      }));
    }
    messages.push({ role: 'user', content: plain([...results, { type: 'text', text: last }]) });
    return given({
      model: 'm',
      max_tokens: 64,
      system,
      messages,
      tools: tools.length === 0 ? undefined : tools.map((tool) => ({ name: tool, input_schema: schema })),
      temperature,
      stop_sequences: stop === undefined ? undefined : [...stop],
      ...(stream && { stream: true }),
    });
  },
  gemini: ({ system, rounds, last, tools, temperature, stop }) => {
    const contents: JsonObject[] = [];
    let results: JsonObject[] = [];
    for (const { asked, said, calls } of rounds) {
      contents.push({ role: 'user', parts: [...results, { text: asked }] });
      const uses = calls.map((one) => ({ functionCall: { id: one.id, name: one.name, args: one.args as JsonObject } }));
      contents.push({ role: 'model', parts: [{ text: said }, ...uses] });
      results = calls.map((one) => ({
        functionResponse: { id: one.id, name: one.name, response: { output: one.result } },
      }));
    }
    contents.push({ role: 'user', parts: [...results, { text: last }] });
    const config = given({ temperature, stopSequences: stop === undefined ? undefined : [...stop] });
    return given({
      contents,
      systemInstruction: { parts: [{ text: system }] },
      tools:
        tools.length === 0
          ? undefined
          : [{ functionDeclarations: tools.map((tool) => ({ name: tool, parametersJsonSchema: schema })) }],
      ...(Object.keys(config).length > 0 && { generationConfig: config }),
    });
  },
};

const target = (format: FormatId): TargetProfile => ({
  format,
  providerId: 'p',
  model: 'm',
  family: 'm',
  thinking: 'none',
  sampling: true,
  lateSystem: true,
  quirks: {},
});

/** Normalisations that every request may show; each is a field that our encoder adds by its documented rule. */
const ADDED: Readonly<Record<FormatId, readonly string[]>> = {
  'openai-chat': [],
  // Nothing is stored at a provider, and encrypted thoughts are wanted back.
  'openai-responses': ['store', 'include'],
  'anthropic-messages': [],
  gemini: [],
};

function roundTrip(format: FormatId, body: JsonObject): { body: JsonObject; losses: string[] } {
  const losses: string[] = [];
  const request = formatOf(format).decodeRequest(body, { pathModel: 'm' });
  const encoded = formatOf(format).encodeRequest(request, target(format), (rule) => losses.push(rule));
  const back = JSON.parse(JSON.stringify(encoded.body)) as JsonObject;
  for (const field of ADDED[format]) if (body[field] === undefined) delete back[field];
  return { body: back, losses };
}

describe('decoded and encoded again in its own API', () => {
  test.each(Object.keys(BODIES) as FormatId[])('a conversation of %s stays what it was', (format) => {
    fc.assert(
      fc.property(talk, (drawn) => {
        const body = JSON.parse(JSON.stringify(BODIES[format](drawn))) as JsonObject;
        expect(roundTrip(format, body)).toEqual({ body, losses: [] });
      }),
      { numRuns: 300 },
    );
  });
});
