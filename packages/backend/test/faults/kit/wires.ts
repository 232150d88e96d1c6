import type { FormatId } from '../../../src/types/format-id.ts';

/** What a test must know of one API: how to ask, how its provider answers, and how its errors look. */
export interface Wire {
  readonly id: FormatId;
  path(model: string, stream: boolean): string;
  ask(model: string, stream: boolean, text?: string): Record<string, unknown>;
  /** A whole reply that says `text`. */
  reply(text: string): string;
  /** The events of a stream that stand before any content. */
  readonly opening: string;
  content(text: string): string;
  /** What follows the content, with usage and the finish. */
  readonly ending: string;
  /** A failure as an event inside a stream. */
  readonly failure: string;
  /** A failure as the body of a whole reply. */
  failureBody(status: number, message: string): string;
  /** The message of an error body; undefined when the body is not an error of this API. */
  errorOf(body: unknown): { readonly message: string; readonly type: unknown; readonly code: unknown } | undefined;
  /** True when the text of a stream ends with an error event of this API. */
  endsWithError(text: string): boolean;
}

type Tree = { readonly [key: string]: Tree | undefined } & { readonly message?: string };

const event = (value: object, name?: string): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(value)}\n\n`;
const named = (value: { readonly type: string }): string => event(value, value.type);

/** The JSON of the last event that is not `[DONE]`. */
function lastEvent(text: string): Tree | undefined {
  const data = text
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:') && !line.includes('[DONE]'))
    .at(-1);
  try {
    return data === undefined ? undefined : JSON.parse(data.slice(5));
  } catch {
    return undefined;
  }
}

const tree = (body: unknown): Tree => (typeof body === 'object' && body !== null ? (body as Tree) : {});
const said = (message: unknown, type: unknown, code: unknown) =>
  typeof message === 'string' ? { message, type, code } : undefined;

const chunk = (delta: object, finish: string | null = null, more: object = {}) =>
  event({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...more,
  });

const chat: Wire = {
  id: 'openai-chat',
  path: () => '/v1/chat/completions',
  ask: (model, stream, text = 'hello') => ({
    model,
    messages: [{ role: 'user', content: text }],
    ...(stream ? { stream } : {}),
  }),
  reply: (text) =>
    JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [{ index: 0, message: { role: 'assistant', content: text, refusal: null }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    }),
  opening: chunk({ role: 'assistant', content: '' }),
  content: (text) => chunk({ content: text }),
  ending: `${chunk({}, 'stop')}${event({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  })}data: [DONE]\n\n`,
  failure: event({ error: { message: 'the model broke', type: 'server_error', code: null, param: null } }),
  failureBody: (status, message) => {
    const type = status < 500 ? 'invalid_request_error' : 'server_error';
    const code = message.includes('model') ? 'model_not_found' : null;
    return JSON.stringify({ error: { message, type, param: null, code } });
  },
  errorOf: (body) => {
    const { error } = tree(body);
    return said(error?.message, error?.['type'], error?.['code']);
  },
  endsWithError: (text) => typeof lastEvent(text)?.['error']?.message === 'string',
};

const output = (text: string) => ({
  id: 'msg_1',
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [] }],
});
const response = (status: string, text?: string) => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  status,
  model: 'm',
  error: null,
  incomplete_details: null,
  output: text === undefined ? [] : [output(text)],
  ...(text === undefined ? {} : { usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 } }),
});
const at = { item_id: 'msg_1', output_index: 0, content_index: 0 };

const responses: Wire = {
  id: 'openai-responses',
  path: () => '/v1/responses',
  ask: (model, stream, text = 'hello') => ({ model, input: text, ...(stream ? { stream } : {}) }),
  reply: (text) => JSON.stringify(response('completed', text)),
  opening: [
    named({ type: 'response.created', sequence_number: 0, response: response('in_progress') } as { type: string }),
    named({ type: 'response.in_progress', sequence_number: 1, response: response('in_progress') } as { type: string }),
    named({
      type: 'response.output_item.added',
      sequence_number: 2,
      output_index: 0,
      item: { ...output(''), status: 'in_progress', content: [] },
    } as { type: string }),
    named({
      type: 'response.content_part.added',
      sequence_number: 3,
      ...at,
      part: { type: 'output_text', text: '', annotations: [] },
    } as { type: string }),
  ].join(''),
  content: (text) =>
    named({ type: 'response.output_text.delta', sequence_number: 4, ...at, delta: text } as { type: string }),
  ending: named({
    type: 'response.completed',
    sequence_number: 9,
    response: response('completed', 'whole'),
  } as { type: string }),
  failure: named({
    type: 'response.failed',
    sequence_number: 5,
    response: { ...response('failed'), error: { code: 'server_error', message: 'the model broke' } },
  } as { type: string }),
  failureBody: chat.failureBody,
  errorOf: chat.errorOf,
  endsWithError: (text) => {
    const last = lastEvent(text);
    return String(last?.['type']) === 'response.failed' || String(last?.['type']) === 'error';
  },
};

const messages: Wire = {
  id: 'anthropic-messages',
  path: () => '/v1/messages',
  ask: (model, stream, text = 'hello') => ({
    model,
    max_tokens: 100,
    messages: [{ role: 'user', content: text }],
    ...(stream ? { stream } : {}),
  }),
  reply: (text) =>
    JSON.stringify({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [{ type: 'text', text }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 3, output_tokens: 2 },
    }),
  opening: [
    named({
      type: 'message_start',
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 3, output_tokens: 1 },
      },
    } as { type: string }),
    named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } as { type: string }),
    named({ type: 'ping' }),
  ].join(''),
  content: (text) =>
    named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } } as { type: string }),
  ending: [
    named({ type: 'content_block_stop', index: 0 } as { type: string }),
    named({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 2 },
    } as { type: string }),
    named({ type: 'message_stop' }),
  ].join(''),
  failure: named({ type: 'error', error: { type: 'api_error', message: 'the model broke' } } as { type: string }),
  failureBody: (status, message) => {
    const type = status === 404 ? 'not_found_error' : status < 500 ? 'invalid_request_error' : 'api_error';
    return JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_up' });
  },
  errorOf: (body) => {
    const { error, ...rest } = tree(body);
    return String(rest['type']) === 'error' ? said(error?.message, error?.['type'], undefined) : undefined;
  },
  endsWithError: (text) => String(lastEvent(text)?.['type']) === 'error',
};

const candidate = (text: string, more: object = {}) => ({
  candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, ...more }],
  modelVersion: 'm',
  responseId: 'r1',
});
const finished = {
  finishReason: 'STOP',
};
const usageMetadata = { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 };

const gemini: Wire = {
  id: 'gemini',
  path: (model, stream) => `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  ask: (_model, _stream, text = 'hello') => ({ contents: [{ role: 'user', parts: [{ text }] }] }),
  reply: (text) => JSON.stringify({ ...candidate(text, finished), usageMetadata }),
  opening: event(candidate('')),
  content: (text) => event(candidate(text)),
  ending: event({ ...candidate('', finished), usageMetadata }),
  failure: event({ error: { code: 500, message: 'the model broke', status: 'INTERNAL' } }),
  failureBody: (status, message) =>
    JSON.stringify({
      error: {
        code: status,
        message,
        status: status === 404 ? 'NOT_FOUND' : status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL',
      },
    }),
  errorOf: (body) => {
    const { error } = tree(body);
    return typeof error?.['code'] === 'number' ? said(error.message, error['status'], error['code']) : undefined;
  },
  endsWithError: (text) => typeof lastEvent(text)?.['error']?.message === 'string',
};

export const WIRES: readonly Wire[] = [chat, responses, messages, gemini];

/** The wire after this one, for calls that must be translated. */
export function otherWire(wire: Wire): Wire {
  return WIRES[(WIRES.indexOf(wire) + 1) % WIRES.length] ?? chat;
}
