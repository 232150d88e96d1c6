import { describe, expect, test } from 'bun:test';
import type { JsonObject } from '../types/json.ts';
import { serve } from './server.ts';
import { createStats } from './stats.ts';

const world = { stats: createStats(), nowMs: () => 0, stopped: new AbortController().signal };

/** The events of a stream, or the one answer. */
async function ask(path: string, body: JsonObject): Promise<JsonObject[]> {
  const headers = { 'anthropic-version': '2023-06-01' };
  const request = new Request(`http://simulator.test${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await (await serve(request, world)).text();
  if (text.startsWith('{')) return [JSON.parse(text)];
  const events = text.split(/\r?\n/).filter((line) => line.startsWith('data: {'));
  return events.map((line) => JSON.parse(line.slice(6)));
}

const user = { role: 'user', content: 'hi' };
const chat = (model: string, more: JsonObject = {}) =>
  ask('/v1/chat/completions', { model, messages: [user], ...more });
const responses = (model: string, more: JsonObject = {}) => ask('/v1/responses', { model, input: 'hi', ...more });
const messages = (model: string, more: JsonObject = {}) =>
  ask('/v1/messages', { model, max_tokens: 64, messages: [user], ...more });
const gemini = (model: string, action = 'generateContent') =>
  ask(`/v1beta/models/${model}:${action}?alt=sse`, { contents: [{ parts: [{ text: 'hi' }] }] });

describe('tokens of the cache', () => {
  test('Chat counts them inside the prompt', async () => {
    const [answer] = await chat('usage-cache');
    const {
      prompt_tokens: all,
      total_tokens: total,
      completion_tokens: output,
      prompt_tokens_details: details,
    } = (answer?.['usage'] ?? {}) as {
      prompt_tokens: number;
      total_tokens: number;
      completion_tokens: number;
      prompt_tokens_details: object;
    };
    expect(all).toBeGreaterThan(1024 + 384);
    expect(total).toBe(all + output);
    expect(details).toMatchObject({ cached_tokens: 1024, cache_write_tokens: 384 });
  });

  test('Responses counts them inside the input', async () => {
    const last = (await responses('usage-cache', { stream: true })).at(-1);
    expect(last).toMatchObject({ type: 'response.completed' });
    expect(last?.['response']).toMatchObject({
      usage: { input_tokens_details: { cached_tokens: 1024, cache_write_tokens: 384 } },
    });
  });

  test('Messages counts them beside the input, and tells the split only at the start', async () => {
    const events = await messages('usage-cache', { stream: true });
    const cache = { cache_read_input_tokens: 1024, cache_creation_input_tokens: 384 };
    const split = { ephemeral_5m_input_tokens: 256, ephemeral_1h_input_tokens: 128 };
    expect(events[0]).toMatchObject({ message: { usage: { ...cache, cache_creation: split, output_tokens: 1 } } });
    const last = events.find(({ type }) => type === 'message_delta')?.['usage'] as JsonObject;
    expect(last).toMatchObject(cache);
    expect(last).not.toHaveProperty('cache_creation');
    expect(last['input_tokens']).toBeLessThan(100);
  });

  test('Gemini tells what was read', async () => {
    expect((await gemini('usage-cache'))[0]).toMatchObject({ usageMetadata: { cachedContentTokenCount: 1024 } });
  });
});

describe('usage that is not there', () => {
  test('a Chat stream has no usage unless asked, and then one chunk without choices', async () => {
    expect(JSON.stringify(await chat('plain', { stream: true }))).not.toContain('usage');
    const asked = await chat('plain', { stream: true, stream_options: { include_usage: true } });
    expect(asked.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
    expect(asked.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  });

  test('no-usage leaves it out, and says 0 where the API demands a number', async () => {
    expect((await chat('no-usage'))[0]).not.toHaveProperty('usage');
    expect((await responses('no-usage'))[0]).toMatchObject({ usage: null });
    expect((await messages('no-usage'))[0]).toMatchObject({ usage: { input_tokens: 0, output_tokens: 0 } });
    expect((await gemini('no-usage'))[0]).not.toHaveProperty('usageMetadata');
  });
});

describe('tokens of reasoning', () => {
  test('are part of the output, but beside it in Gemini', async () => {
    const [fromChat] = await chat('thinking');
    const { completion_tokens: all, completion_tokens_details: details } = (fromChat?.['usage'] ?? {}) as {
      completion_tokens: number;
      completion_tokens_details: { reasoning_tokens: number };
    };
    const [fromGemini] = await gemini('thinking');
    expect(details.reasoning_tokens).toBeGreaterThan(0);
    expect(fromGemini?.['usageMetadata']).toMatchObject({
      thoughtsTokenCount: details.reasoning_tokens,
      candidatesTokenCount: all - details.reasoning_tokens,
    });
  });

  test('every chunk of a Gemini stream tells usage', async () => {
    const chunks = await gemini('thinking', 'streamGenerateContent');
    expect(chunks.length).toBeGreaterThan(2);
    expect(chunks.every((chunk) => chunk['usageMetadata'] !== undefined)).toBe(true);
  });
});

describe('reasoning that the caller did not ask to see', () => {
  test('Messages with display "omitted" sends an empty thought and its signature', async () => {
    const [answer] = await messages('thinking', {
      max_tokens: 4096,
      thinking: { type: 'adaptive', display: 'omitted' },
    });
    expect(answer?.['content']).toMatchObject([{ type: 'thinking', thinking: '', signature: expect.any(String) }, {}]);
  });

  test('Responses without a summary and without include has neither text nor proof', async () => {
    const [answer] = await responses('thinking');
    expect(answer?.['output']).toMatchObject([{ type: 'reasoning', summary: [] }, {}]);
    expect(JSON.stringify(answer)).not.toContain('encrypted_content');
  });

  test('Gemini without includeThoughts puts the signature on the text', async () => {
    const text = JSON.stringify(await gemini('thinking'));
    expect(text).not.toContain('"thought":true');
    expect(text).toContain('thoughtSignature');
  });

  test('reasoning that is switched off is not done', async () => {
    expect(JSON.stringify(await chat('thinking', { reasoning_effort: 'none' }))).not.toContain('reasoning_content');
    expect(JSON.stringify(await messages('thinking', { thinking: { type: 'disabled' } }))).not.toContain('signature');
  });
});
