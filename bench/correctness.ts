import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import type { Contender } from './contenders.ts';
import { answers, bodies, type Workload, wanted } from './payloads.ts';

/** Throws when what the official client reads is not what the mock said. */
function same(name: string, actual: unknown, expected: unknown): void {
  if (Bun.deepEquals(actual, expected)) return;
  throw new Error(
    `${name}: expected ${JSON.stringify(expected)?.slice(0, 200)}, got ${JSON.stringify(actual)?.slice(0, 200)}`,
  );
}

const keyOf = ({ headers }: Contender) => headers['authorization']?.replace('Bearer ', '') ?? 'none';

type Chat = OpenAI.ChatCompletionCreateParamsNonStreaming;

function openai(server: Contender): OpenAI {
  return new OpenAI({ baseURL: `http://127.0.0.1:${server.port}/v1`, apiKey: keyOf(server), maxRetries: 0 });
}

async function unary(server: Contender, workload: 'A' | 'B' | 'C'): Promise<void> {
  const reply = await openai(server).chat.completions.create(JSON.parse(bodies[workload]) as Chat);
  const expected = JSON.parse(workload === 'B' ? answers.chatTool : answers.chatShort) as OpenAI.ChatCompletion;
  same(`${workload} message`, reply.choices, expected.choices);
  same(`${workload} usage`, reply.usage, expected.usage);
}

async function streamed(server: Contender): Promise<void> {
  const reply = await openai(server).chat.completions.stream(JSON.parse(bodies.D)).finalChatCompletion();
  same('D text', reply.choices[0]?.message.content, wanted.plain);
  same('D usage', reply.usage?.completion_tokens, 300);
}

async function messagesOverChat(server: Contender): Promise<void> {
  const client = new Anthropic({ baseURL: `http://127.0.0.1:${server.port}`, apiKey: keyOf(server), maxRetries: 0 });
  const reply = await client.messages.stream(JSON.parse(bodies.E)).finalMessage();
  const of = (type: string) =>
    reply.content.find((block) => block.type === type) as Record<string, unknown> | undefined;
  same('E thinking', of('thinking')?.['thinking'], wanted.thinking);
  same('E text', of('text')?.['text'], wanted.text);
  same('E tool', of('tool_use')?.['input'], JSON.parse(wanted.args));
  same('E stop', reply.stop_reason, 'tool_use');
  same(
    'E usage',
    [reply.usage.input_tokens, reply.usage.cache_read_input_tokens, reply.usage.output_tokens],
    [200, 1000, 300],
  );
}

async function chatOverMessages(server: Contender): Promise<void> {
  let thinking = '';
  const stream = openai(server).chat.completions.stream(JSON.parse(bodies.F));
  stream.on('chunk', (chunk) => {
    const delta = chunk.choices[0]?.delta as { reasoning_content?: string } | undefined;
    thinking += delta?.reasoning_content ?? '';
  });
  const reply = await stream.finalChatCompletion();
  const message = reply.choices[0]?.message;
  const call = message?.tool_calls?.[0];
  same('F thinking', thinking, wanted.thinking);
  same('F text', message?.content, wanted.text);
  same('F tool', call?.type === 'function' ? call.function.arguments : undefined, wanted.args);
  same('F stop', reply.choices[0]?.finish_reason, 'tool_calls');
  same('F usage', [reply.usage?.prompt_tokens, reply.usage?.completion_tokens], [1200, 300]);
}

/** Reads one answer of the workload with the official client of its API. Throws when anything differs. */
export const checks: Readonly<Record<Workload, (server: Contender) => Promise<void>>> = {
  A: (server) => unary(server, 'A'),
  B: (server) => unary(server, 'B'),
  C: (server) => unary(server, 'C'),
  D: streamed,
  E: messagesOverChat,
  F: chatOverMessages,
};
