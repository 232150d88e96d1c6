import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../types/errors.ts';
import type { Format } from '../types/format.ts';
import type { FormatId } from '../types/format-id.ts';
import type { StreamEvent } from '../types/ir/stream-event.ts';
import type { TargetProfile } from '../types/ir/target.ts';
import type { Json, JsonObject } from '../types/json.ts';
import { FORMATS } from './index.ts';

/** Every object knows these, so a table that is looked into carelessly "knows" them too. */
const WORDS = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'];

const target = (format: FormatId): TargetProfile => ({
  format,
  providerId: 'p',
  model: 'm',
  family: 'm',
  thinking: 'effort',
  sampling: true,
  lateSystem: true,
  quirks: { openApiSchema: true },
});

const hi = [{ role: 'user', content: 'hi' }];
const tool = (word: string): JsonObject => ({ type: 'object', properties: { a: { type: word } } });

const BODIES: Readonly<Record<FormatId, (word: string) => JsonObject[]>> = {
  'openai-chat': (word) => [
    { model: 'm', messages: [{ role: word, content: 'hi' }] },
    { model: 'm', messages: [{ role: 'user', content: [{ type: word, text: 'hi' }] }] },
    {
      model: 'm',
      messages: hi,
      tool_choice: word,
      tools: [{ type: 'function', function: { name: 'f', parameters: tool(word) } }],
    },
    { model: 'm', messages: hi, reasoning_effort: word },
    { model: 'm', messages: hi, service_tier: word, verbosity: word },
    { model: 'm', messages: hi, response_format: { type: word } },
  ],
  'openai-responses': (word) => [
    { model: 'm', input: [{ role: word, content: 'hi' }] },
    { model: 'm', input: [{ type: word }] },
    { model: 'm', input: [{ role: 'user', content: [{ type: word, text: 'hi' }] }] },
    {
      model: 'm',
      input: [{ role: 'user', content: [{ type: 'input_file', filename: `a.${word}`, file_data: 'AAAA' }] }],
    },
    {
      model: 'm',
      input: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AAAA', format: word } }] }],
    },
    { model: 'm', input: 'hi', service_tier: word, tool_choice: word, tools: [{ type: word, name: 'f' }] },
    { model: 'm', input: 'hi', reasoning: { effort: word, summary: word } },
  ],
  'anthropic-messages': (word) => [
    { model: 'm', max_tokens: 9, messages: [{ role: word, content: 'hi' }] },
    { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: [{ type: word }] }] },
    { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: [{ type: 'image', source: { type: word } }] }] },
    { model: 'm', max_tokens: 9, messages: hi, service_tier: word },
    { model: 'm', max_tokens: 9, messages: hi, thinking: { type: word } },
    { model: 'm', max_tokens: 9, messages: hi, thinking: { type: 'adaptive', display: word } },
    {
      model: 'm',
      max_tokens: 9,
      messages: hi,
      tools: [{ name: 'f', input_schema: tool(word) }],
      tool_choice: { type: word },
    },
    { model: 'm', max_tokens: 9, messages: hi, output_config: { effort: word, format: { type: word } } },
  ],
  gemini: (word) => [
    { contents: [{ role: word, parts: [{ text: 'hi' }] }] },
    { contents: [{ role: 'user', parts: [{ fileData: { fileUri: `https://x.test/a.${word}` } }] }] },
    { contents: [{ role: 'user', parts: [{ [word]: {} }] }], tools: [JSON.parse(`{"${word}":{}}`)] },
    { contents: [{ parts: [{ text: 'hi' }] }], serviceTier: word },
    { contents: [{ parts: [{ text: 'hi' }] }], generationConfig: { thinkingConfig: { thinkingLevel: word } } },
    { contents: [{ parts: [{ text: 'hi' }] }], toolConfig: { functionCallingConfig: { mode: word } } },
  ],
};

const CHUNKS: Readonly<Record<FormatId, (word: string) => Json[]>> = {
  'openai-chat': (word) => [
    { choices: [{ index: 0, delta: { role: word, content: 'hi' }, finish_reason: null }] },
    { choices: [{ index: 0, delta: {}, finish_reason: word }] },
  ],
  'openai-responses': (word) => [
    { type: word, response: {} },
    { type: 'response.output_item.added', output_index: 0, item: { type: word, id: 'x' } },
    { type: 'response.output_item.done', output_index: 0, item: { type: word, id: 'x' } },
    {
      type: 'response.incomplete',
      response: { status: 'incomplete', incomplete_details: { reason: word }, output: [] },
    },
  ],
  'anthropic-messages': (word) => [
    { type: 'message_start', message: { id: 'x', usage: {} } },
    { type: word },
    { type: 'content_block_start', index: 0, content_block: { type: word } },
    { type: 'content_block_delta', index: 0, delta: { type: word, text: 'hi' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: word }, usage: {} },
    { type: 'message_stop' },
  ],
  gemini: (word) => [
    { candidates: [{ content: { role: word, parts: [{ [word]: { a: 1 } }] } }] },
    { candidates: [{ content: { parts: [{ text: 'hi' }] }, finishReason: word }] },
  ],
};

const rows = FORMATS.flatMap((format) => WORDS.map((word) => ({ name: `${format.id}: ${word}`, format, word })));

/** What a refusal says, or the texts of the bodies for each API. */
function tried(format: Format, body: JsonObject): string[] {
  try {
    const request = format.decodeRequest(body, { pathModel: 'm' });
    return FORMATS.map((to) => JSON.stringify(to.encodeRequest(request, target(to.id), () => undefined).body));
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    return [thrown.message];
  }
}

describe('a word that every object knows is an unknown word', () => {
  test.each(rows)('in a request of $name', ({ format, word }) => {
    for (const body of BODIES[format.id](word)) {
      const parsed = JSON.parse(JSON.stringify(body)) as JsonObject;
      for (const text of tried(format, parsed)) expect(text).not.toContain('[native code]');
    }
  });

  test.each(rows)('in a stream of $name', ({ format, word }) => {
    const events: StreamEvent[] = [];
    const decoder = format.streamDecoder({ target: target(format.id) });
    for (const chunk of CHUNKS[format.id](word))
      decoder.push({ data: JSON.stringify(chunk) }, (event) => events.push(event));
    decoder.end((event) => events.push(event));
    for (const event of events) if (event.type === 'message-end') expect(event.reason).toBeString();
  });

  test.each(rows)('in an error of $name', ({ format, word }) => {
    const bodyText = JSON.stringify({ type: 'error', error: { type: word, code: word, status: word, message: 'no' } });
    const error = format.decodeError({ status: 418, headers: new Headers(), bodyText });
    expect(error.code).toBeString();
    expect(error.rule).toBeDefined();
  });
});
