import { expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { recordedFolder } from '../../../test/recorded/replies.ts';
import { GatewayError } from '../../types/errors.ts';
import type { Reply } from '../../types/ir/reply.ts';
import type { StreamEvent } from '../../types/ir/stream-event.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { foldReply } from '../fold.ts';
import { createNormaliser } from '../normalise.ts';
import { streamDecoder } from './decode-stream.ts';
import { decodeError } from './errors.ts';
import { decodeReply } from './reply.ts';

/** Replies recorded from Google, which are not part of this repository. */
const FOLDER = join(recordedFolder ?? '', 'google');
const files = recordedFolder !== undefined && existsSync(FOLDER) ? readdirSync(FOLDER) : [];
if (files.length === 0) console.log('recorded Gemini replies left out: there is no folder "google" among them');

const target: TargetProfile = {
  format: 'gemini',
  providerId: 'google',
  model: 'm',
  family: 'gemini-3',
  thinking: 'level',
  sampling: true,
  lateSystem: false,
  quirks: {},
};

function folded(feed: (emit: (event: StreamEvent) => void) => void): Reply {
  const events: StreamEvent[] = [];
  const normaliser = createNormaliser((event) => events.push(event));
  feed(normaliser.push);
  normaliser.end();
  const reply = foldReply(events);
  if (reply instanceof GatewayError) throw reply;
  return reply;
}

function checkUsage(reply: Reply, wire: JsonObject): void {
  const said = wire['usageMetadata'] as Record<string, number | undefined>;
  const { inputTokens = 0, outputTokens = 0, reasoningTokens } = reply.usage;
  expect(inputTokens).toBe(said['promptTokenCount'] ?? Number.NaN);
  expect(inputTokens + outputTokens).toBe(said['totalTokenCount'] ?? Number.NaN);
  expect(reasoningTokens).toBe(said['thoughtsTokenCount'] ?? Number.NaN);
}

for (const file of files.filter((name) => name.endsWith('.chunks.txt'))) {
  test(`recorded stream ${file}`, async () => {
    const lines = (await Bun.file(`${FOLDER}/${file}`).text()).split('\n').filter((line) => line.trim() !== '');
    const reply = folded((emit) => {
      const decoder = streamDecoder({ target });
      for (const data of lines) decoder.push({ data }, emit);
      decoder.end(emit);
    });
    checkUsage(reply, JSON.parse(lines.at(-1) ?? '{}') as JsonObject);
    expect(reply.blocks.length).toBeGreaterThan(0);
    for (const block of reply.blocks) if (block.kind === 'call') expect(JSON.parse(block.argsText)).toBeObject();
    expect(lines.join('\n')).not.toContain('[DONE]');
    expect(reply.reason).toBe(reply.blocks.some(({ kind }) => kind === 'call') ? 'tool' : 'stop');
    // Each signature of the wire must have arrived.
    const signatures = lines.join('\n').match(/"thoughtSignature":"[^"]+"/g)?.length ?? 0;
    expect(reply.blocks.filter((block) => 'proof' in block && block.proof !== undefined)).toHaveLength(signatures);
  });
}

for (const file of files.filter((name) => name.endsWith('.json'))) {
  test(`recorded answer ${file}`, async () => {
    const text = await Bun.file(`${FOLDER}/${file}`).text();
    const wire = JSON.parse(text) as JsonObject;
    if (wire['error'] !== undefined) {
      const error = decodeError({ status: 429, headers: new Headers(), bodyText: text });
      expect(error).toMatchObject({ code: 'upstream_limited', retryAfterMs: 34_400 });
      return;
    }
    const reply = folded((emit) => decodeReply(wire as Json, { target }).forEach(emit));
    checkUsage(reply, wire);
    expect(reply.blocks.some((block) => 'proof' in block && block.proof !== undefined)).toBe(true);
  });
}

test.skipIf(files.length === 0)('arguments that arrived in 75 pieces are whole', async () => {
  const path = `${FOLDER}/google-vertex-stream-tool-call-arguments-nested.1.chunks.txt`;
  const lines = (await Bun.file(path).text()).split('\n').filter((line) => line.trim() !== '');
  const reply = folded((emit) => {
    const decoder = streamDecoder({ target });
    for (const data of lines) decoder.push({ data }, emit);
  });
  const call = reply.blocks.find((block) => block.kind === 'call');
  const recipe = JSON.parse(call?.argsText ?? '{}').recipe;
  expect(recipe.ingredients[1]).toEqual({ amount: '1 lb', name: 'Ground beef' });
  expect(recipe.steps.at(-1)).toBe('Let stand for 15 minutes before serving.');
  expect(recipe.steps.every((step: unknown) => typeof step === 'string')).toBe(true);
});
