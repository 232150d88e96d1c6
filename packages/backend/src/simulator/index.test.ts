import { afterAll, describe, expect, test } from 'bun:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import type { FormatId } from '../types/format-id.ts';
import { listScenarios, startSimulator } from './index.ts';

const simulator = startSimulator({ port: 0 });
afterAll(() => simulator.stop());

const openai = new OpenAI({ apiKey: 'sk-any', baseURL: `${simulator.url}/v1`, maxRetries: 0 });
const anthropic = new Anthropic({ apiKey: 'sk-any', baseURL: simulator.url, maxRetries: 0 });
const google = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: simulator.url } });

const SCHEMA = {
  type: 'object' as const,
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const NAME = 'get_weather';

interface Said {
  readonly text: string;
  readonly calls: readonly { name: string; city: unknown }[];
  readonly finish: string;
}
interface Wish {
  readonly prompt?: string;
  readonly tools?: boolean;
  readonly stop?: string;
}
type Call = (model: string, wish: Wish) => Promise<Said>;

const parsed = (args: string): unknown => (args === '' ? undefined : (JSON.parse(args) as { city?: unknown }).city);

const chatBody = (model: string, { prompt = 'hi', tools = false, stop }: Wish) => ({
  model,
  messages: [{ role: 'user' as const, content: prompt }],
  ...(tools ? { tools: [{ type: 'function' as const, function: { name: NAME, parameters: SCHEMA } }] } : {}),
  ...(stop === undefined ? {} : { stop: [stop] }),
});
function chatSaid({ choices: [choice] }: OpenAI.ChatCompletion): Said {
  const calls = (choice?.message.tool_calls ?? []).flatMap((call) =>
    call.type === 'function' ? [{ name: call.function.name, city: parsed(call.function.arguments) }] : [],
  );
  return { text: choice?.message.content ?? choice?.message.refusal ?? '', calls, finish: choice?.finish_reason ?? '' };
}

const responsesBody = (model: string, { prompt = 'hi', tools = false }: Wish) => ({
  model,
  input: prompt,
  ...(tools ? { tools: [{ type: 'function' as const, name: NAME, parameters: SCHEMA, strict: true }] } : {}),
});
function responsesSaid({ output, status, incomplete_details: details }: OpenAI.Responses.Response): Said {
  const parts = output.flatMap((item) => (item.type === 'message' ? item.content : []));
  const text = parts.map((part) => (part.type === 'output_text' ? part.text : part.refusal)).join('');
  const calls = output.flatMap((item) =>
    item.type === 'function_call' ? [{ name: item.name, city: parsed(item.arguments) }] : [],
  );
  return { text, calls, finish: details?.reason ?? status ?? '' };
}

const messagesBody = (model: string, { prompt = 'hi', tools = false, stop }: Wish) => ({
  model,
  max_tokens: 4096,
  messages: [{ role: 'user' as const, content: prompt }],
  ...(tools ? { tools: [{ name: NAME, input_schema: SCHEMA }] } : {}),
  ...(stop === undefined ? {} : { stop_sequences: [stop] }),
});
function messagesSaid({ content, stop_reason: finish }: Anthropic.Message): Said {
  const text = content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('');
  const calls = content.flatMap((block) =>
    block.type === 'tool_use' ? [{ name: block.name, city: (block.input as { city?: unknown }).city }] : [],
  );
  return { text, calls, finish: finish ?? '' };
}

const geminiBody = (model: string, { prompt = 'hi', tools = false, stop }: Wish) => ({
  model,
  contents: prompt,
  config: {
    ...(tools ? { tools: [{ functionDeclarations: [{ name: NAME, parametersJsonSchema: SCHEMA }] }] } : {}),
    ...(stop === undefined ? {} : { stopSequences: [stop] }),
  },
});
type GeminiReply = Awaited<ReturnType<typeof google.models.generateContent>>;
function geminiSaid(replies: readonly GeminiReply[]): Said {
  const parts = replies.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
  const calls = parts.flatMap(({ functionCall }) =>
    functionCall === undefined ? [] : [{ name: functionCall.name ?? '', city: functionCall.args?.['city'] }],
  );
  const finish = replies.at(-1)?.candidates?.[0]?.finishReason ?? replies.at(-1)?.promptFeedback?.blockReason ?? '';
  return { text: parts.flatMap(({ text, thought }) => (thought ? [] : (text ?? []))).join(''), calls, finish };
}

const callers: Record<FormatId, { unary: Call; stream: Call }> = {
  'openai-chat': {
    unary: async (model, wish) => chatSaid(await openai.chat.completions.create(chatBody(model, wish))),
    stream: async (model, wish) =>
      chatSaid(await openai.chat.completions.stream({ ...chatBody(model, wish), stream: true }).finalChatCompletion()),
  },
  'openai-responses': {
    unary: async (model, wish) => responsesSaid(await openai.responses.create(responsesBody(model, wish))),
    stream: async (model, wish) =>
      responsesSaid(await openai.responses.stream(responsesBody(model, wish)).finalResponse()),
  },
  'anthropic-messages': {
    unary: async (model, wish) => messagesSaid(await anthropic.messages.create(messagesBody(model, wish))),
    stream: async (model, wish) =>
      messagesSaid(await anthropic.messages.stream(messagesBody(model, wish)).finalMessage()),
  },
  gemini: {
    unary: async (model, wish) => geminiSaid([await google.models.generateContent(geminiBody(model, wish))]),
    stream: async (model, wish) => {
      const replies: GeminiReply[] = [];
      for await (const reply of await google.models.generateContentStream(geminiBody(model, wish))) replies.push(reply);
      return geminiSaid(replies);
    },
  },
};

const CALLERS = (Object.keys(callers) as FormatId[]).flatMap((format) =>
  (['unary', 'stream'] as const).map((manner) => ({ format, manner, call: callers[format][manner] })),
);
type Finishes = Readonly<Record<FormatId, string>>;
const finishes = (chat: string, responses: string, messages: string, gemini: string): Finishes => ({
  'openai-chat': chat,
  'openai-responses': responses,
  'anthropic-messages': messages,
  gemini,
});
const STOP = finishes('stop', 'completed', 'end_turn', 'STOP');
const CALLED = finishes('tool_calls', 'completed', 'tool_use', 'STOP');

const UNICODE = '世界! Ελλάδα';
const SCENES: { name: string; model: string; wish?: Wish; text: string; cities?: unknown[]; finish: Finishes }[] = [
  {
    name: 'plain reacts to the last words',
    model: 'plain',
    wish: { prompt: 'hello there' },
    text: '"hello there"',
    finish: STOP,
  },
  {
    name: 'echo gives the words back',
    model: 'echo',
    wish: { prompt: `a\n ${UNICODE} 👩‍👩‍👧‍👦` },
    text: `a\n ${UNICODE} 👩‍👩‍👧‍👦`,
    finish: STOP,
  },
  { name: 'unicode survives chunks of three bytes', model: 'unicode', text: '👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽', finish: STOP },
  { name: 'long comes in many events', model: 'long', text: 'word198 word199', finish: STOP },
  { name: 'drip is the same text', model: 'drip:1ms', text: 'over the lazy dog.', finish: STOP },
  { name: 'no-usage still answers', model: 'no-usage', text: 'No usage is told.', finish: STOP },
  { name: 'usage-cache still answers', model: 'usage-cache', text: 'The cache was used.', finish: STOP },
  {
    name: 'tool calls the declared tool',
    model: 'tool',
    wish: { tools: true },
    text: '',
    cities: ['example'],
    finish: CALLED,
  },
  {
    name: 'tool may speak first',
    model: 'tool:say',
    wish: { tools: true },
    text: 'Let me look',
    cities: ['example'],
    finish: CALLED,
  },
  {
    name: 'three calls keep their own arguments',
    model: 'tools3',
    wish: { tools: true },
    text: '',
    cities: ['example', 'example 2', 'example 3'],
    finish: CALLED,
  },
  {
    name: 'empty arguments stay empty',
    model: 'tool-empty',
    wish: { tools: true },
    text: '',
    cities: [undefined],
    finish: CALLED,
  },
  { name: 'thinking ends in text', model: 'thinking', text: 'I have thought about it.', finish: STOP },
  { name: 'hidden thinking ends in text', model: 'thinking-redacted', text: 'I have thought about it.', finish: STOP },
  {
    name: 'refusal is told',
    model: 'refusal',
    text: 'I cannot help with that request.',
    finish: finishes('stop', 'completed', 'refusal', 'SAFETY'),
  },
  {
    name: 'a filter is told',
    model: 'filter',
    text: 'The beginning of',
    finish: finishes('content_filter', 'content_filter', 'refusal', 'SAFETY'),
  },
  {
    name: 'the token limit is told',
    model: 'max-tokens',
    text: 'This answer was cut',
    finish: finishes('length', 'max_output_tokens', 'max_tokens', 'MAX_TOKENS'),
  },
  {
    name: 'a stop sequence ends the text',
    model: 'stop-sequence',
    wish: { stop: 'three' },
    text: '',
    finish: finishes('stop', 'completed', 'stop_sequence', 'STOP'),
  },
  {
    name: 'a pause is told',
    model: 'pause',
    text: 'I have begun',
    finish: finishes('stop', 'completed', 'pause_turn', 'STOP'),
  },
];

describe.each(CALLERS)('$format $manner through the official SDK', ({ format, call }) => {
  test.each(SCENES)('$name', async ({ model, wish = {}, text, cities = [], finish }) => {
    const said = await call(model, wish);
    expect(said.text).toContain(text);
    expect(said.calls).toEqual(cities.map((city) => ({ name: NAME, city })));
    expect(said.finish).toBe(finish[format]);
  });

  test('an error after content is thrown', async () => {
    await expect(call('error-mid', {})).rejects.toThrow(/overloaded/i);
  });

  test('a body that breaks off is thrown', async () => {
    await expect(call('cut', {})).rejects.toThrow();
  });

  test('the same request gets the same answer', async () => {
    expect(await call('plain', { prompt: 'once more' })).toEqual(await call('plain', { prompt: 'once more' }));
  });
});

const OPENAI_CLASSES: Record<number, unknown> = {
  400: OpenAI.BadRequestError,
  401: OpenAI.AuthenticationError,
  403: OpenAI.PermissionDeniedError,
  404: OpenAI.NotFoundError,
  422: OpenAI.UnprocessableEntityError,
  429: OpenAI.RateLimitError,
};
const ANTHROPIC_CLASSES: Record<number, unknown> = {
  400: Anthropic.BadRequestError,
  401: Anthropic.AuthenticationError,
  403: Anthropic.PermissionDeniedError,
  404: Anthropic.NotFoundError,
  422: Anthropic.UnprocessableEntityError,
  429: Anthropic.RateLimitError,
};

describe.each([400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 502, 503, 504, 529])('status %d', (status) => {
  test.each(CALLERS)('is an error of its class in $format $manner', async ({ format, call }) => {
    const thrown: unknown = await call(`status-${status}`, {}).catch((error: unknown) => error);
    expect(thrown).toHaveProperty('status', status);
    const classes = format === 'anthropic-messages' ? ANTHROPIC_CLASSES : format === 'gemini' ? {} : OPENAI_CLASSES;
    const family = format === 'anthropic-messages' ? Anthropic.InternalServerError : OpenAI.InternalServerError;
    const wanted = classes[status] ?? (status >= 500 && format !== 'gemini' ? family : Error);
    expect(thrown).toBeInstanceOf(wanted as typeof Error);
  });
});

const ROUNDS_MAX = 5;

/** Each runs a tool loop to its last words; `spoil` may change what goes back. Gives the last text and the turns. */
const loops: Record<
  FormatId,
  (model: string, spoil?: (history: unknown[]) => void) => Promise<{ text: string; turns: number }>
> = {
  'openai-chat': async (model, spoil) => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'weather?' }];
    for (let turns = 1; turns <= ROUNDS_MAX; turns += 1) {
      const { choices } = await openai.chat.completions.create({ ...chatBody(model, { tools: true }), messages });
      const message = choices[0]?.message;
      if (message?.tool_calls === undefined) return { text: message?.content ?? '', turns };
      messages.push(message);
      for (const { id } of message.tool_calls) messages.push({ role: 'tool', tool_call_id: id, content: 'sunny 21' });
      spoil?.(messages);
    }
    throw new Error('the loop did not end');
  },
  'openai-responses': async (model, spoil) => {
    const input: OpenAI.Responses.ResponseInputItem[] = [{ role: 'user', content: 'weather?' }];
    for (let turns = 1; turns <= ROUNDS_MAX; turns += 1) {
      const { output, output_text: text } = await openai.responses.create({
        ...responsesBody(model, { tools: true }),
        input,
        store: false,
        include: ['reasoning.encrypted_content'],
      });
      const calls = output.filter((item) => item.type === 'function_call');
      if (calls.length === 0) return { text, turns };
      input.push(...(output as OpenAI.Responses.ResponseInputItem[]));
      for (const { call_id } of calls) input.push({ type: 'function_call_output', call_id, output: 'sunny 21' });
      spoil?.(input);
    }
    throw new Error('the loop did not end');
  },
  'anthropic-messages': async (model, spoil) => {
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'weather?' }];
    for (let turns = 1; turns <= ROUNDS_MAX; turns += 1) {
      const thinking = { type: 'enabled' as const, budget_tokens: 2048 };
      const message = await anthropic.messages.create({ ...messagesBody(model, { tools: true }), messages, thinking });
      const calls = message.content.filter((block) => block.type === 'tool_use');
      if (calls.length === 0) return { text: messagesSaid(message).text, turns };
      messages.push({ role: 'assistant', content: message.content as Anthropic.ContentBlockParam[] });
      messages.push({
        role: 'user',
        content: calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: 'sunny 21' })),
      });
      spoil?.(messages);
    }
    throw new Error('the loop did not end');
  },
  gemini: async (model, spoil) => {
    const contents: NonNullable<NonNullable<GeminiReply['candidates']>[number]['content']>[] = [
      { role: 'user', parts: [{ text: 'weather?' }] },
    ];
    for (let turns = 1; turns <= ROUNDS_MAX; turns += 1) {
      const reply = await google.models.generateContent({ ...geminiBody(model, { tools: true }), contents });
      const content = reply.candidates?.[0]?.content;
      const { text, calls } = geminiSaid([reply]);
      if (content === undefined || calls.length === 0) return { text, turns };
      contents.push(content);
      contents.push({
        role: 'user',
        parts: calls.map(({ name }) => ({ functionResponse: { name, response: { output: 'sunny 21' } } })),
      });
      spoil?.(contents);
    }
    throw new Error('the loop did not end');
  },
};

const FORMATS = Object.keys(loops) as FormatId[];

/** Removes or alters everything that proves reasoning, whatever the API calls it. */
function spoiler(change: 'remove' | 'alter') {
  const PROOFS = ['signature', 'encrypted_content', 'thoughtSignature', 'reasoning_content'];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      const kept = value.filter(
        (one: { type?: unknown }) => change === 'alter' || (one.type !== 'thinking' && one.type !== 'reasoning'),
      );
      value.splice(0, value.length, ...kept);
      value.forEach(visit);
    } else if (typeof value === 'object' && value !== null) {
      const fields = value as Record<string, unknown>;
      for (const [key, held] of Object.entries(fields)) {
        if (!PROOFS.includes(key)) visit(held);
        else if (change === 'remove') delete fields[key];
        else fields[key] = Buffer.from('somebody else').toString('base64');
      }
    }
  };
  return visit;
}

describe.each(FORMATS)('a tool loop in %s', (format) => {
  test('text after the result quotes it', async () => {
    expect(await loops[format]('tool')).toEqual({ text: 'The tool answered "sunny 21".', turns: 2 });
  });

  test('three parallel calls get three results', async () => {
    const { text } = await loops[format]('tools3');
    expect(text).toBe('The tool answered "sunny 21", "sunny 21", "sunny 21".');
  });

  test('reasoning goes through three turns and its proofs arrive', async () => {
    const { text, turns } = await loops[format]('thinking');
    expect(turns).toBe(3);
    expect(text).toContain('proofs received: 2');
  });

  test('hidden reasoning goes through three turns', async () => {
    expect((await loops[format]('thinking-redacted')).turns).toBe(3);
  });

  const WITHOUT: Finishes = finishes(
    'The `reasoning_content` in the thinking mode must be passed back',
    "was provided without its required 'reasoning' item",
    'Expected `thinking` or `redacted_thinking`, but found `tool_use`',
    'Function call is missing a thought_signature',
  );
  test('a forgotten proof is refused in the words of the vendor', async () => {
    await expect(loops[format]('thinking', spoiler('remove'))).rejects.toThrow(WITHOUT[format]);
  });

  // DeepSeek's reasoning has no proof, so a changed one cannot be told.
  if (format === 'openai-chat') return;
  test('an altered proof is refused in the words of the vendor', async () => {
    const words = finishes(
      '',
      'could not be verified',
      'Invalid `signature` in `thinking` block',
      'Thought signature is not valid',
    );
    await expect(loops[format]('thinking', spoiler('alter'))).rejects.toThrow(words[format]);
  });
});

describe('listings', () => {
  test('every scenario is a model for all three kinds of listing', async () => {
    const names = listScenarios().map(({ name }) => name);
    const seen: string[][] = [[], [], []];
    for await (const { id } of openai.models.list()) seen[0]?.push(id);
    for await (const { id } of anthropic.models.list()) seen[1]?.push(id);
    for await (const { name } of await google.models.list()) seen[2]?.push((name ?? '').replace('models/', ''));
    expect(seen).toEqual([names, names, names]);
  });

  test('one model can be asked for, an unknown one is a 404', async () => {
    expect((await openai.models.retrieve('plain')).id).toBe('plain');
    expect((await anthropic.models.retrieve('plain')).id).toBe('plain');
    expect((await google.models.get({ model: 'plain' })).name).toBe('models/plain');
    const lost: unknown = await openai.models.retrieve('nobody').catch((error: unknown) => error);
    expect(lost).toBeInstanceOf(OpenAI.NotFoundError);
  });

  test('tokens are counted where the API counts', async () => {
    const counted = await anthropic.messages.countTokens({
      model: 'plain',
      messages: [{ role: 'user', content: 'hello' }],
    });
    expect(counted.input_tokens).toBeGreaterThan(5);
    expect((await google.models.countTokens({ model: 'plain', contents: 'hello' })).totalTokens).toBeGreaterThan(5);
  });
});
