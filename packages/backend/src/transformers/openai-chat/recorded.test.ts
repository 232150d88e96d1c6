import { describe, expect, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordedFolder } from '../../../test/recorded/replies.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { foldStream, foldUnary, needReply } from './test-kit.ts';
import { decodeUsage } from './usage.ts';

/** Real replies of providers, kept outside the repository. */
const FOLDER = recordedFolder ?? '';

const NAMES = [
  'alibaba/alibaba-reasoning',
  'alibaba/alibaba-text',
  'alibaba/alibaba-tool-call',
  'deepseek/chat/deepseek-json',
  'deepseek/chat/deepseek-tool-call',
  'groq/groq-reasoning',
  'groq/groq-text',
  'mistral/mistral-incremental-tool-call',
  'mistral/mistral-text',
  'moonshotai/moonshotai-stream',
  'openai-compatible/chat/xai-text',
  'openai/chat/azure-model-router.1',
  'perplexity/perplexity-text',
  'xai/xai-text',
  'xai/xai-tool-call',
];

// What is absent was said when the folder was looked for.
if (recordedFolder !== undefined) {
  describe.each(NAMES)('recorded reply %s', (name) => {
    const whole = join(FOLDER, `${name}.json`);
    const chunks = join(FOLDER, `${name}.chunks.txt`);

    if (existsSync(whole))
      test('unary: all words and the usage that the provider said', () => {
        const wire: JsonObject = JSON.parse(readFileSync(whole, 'utf8'));
        const reply = needReply(foldUnary(wire));
        expect(reply.blocks.length).toBeGreaterThan(0);
        expect(reply.reason).not.toBe('other');
        expect(reply.usage).toEqual(decodeUsage(wire['usage']));
        expect(reply.usage.outputTokens).toBeGreaterThan(0);
        const [choice] = wire['choices'] as JsonObject[];
        const message = choice?.['message'] as JsonObject;
        const text = reply.blocks.map((block) => (block.kind === 'text' ? block.text : '')).join('');
        expect(text).toBe((message['content'] as string | null) ?? '');
        const thought = reply.blocks.map((block) => (block.kind === 'reasoning' ? block.text : '')).join('');
        expect(thought).toBe(((message['reasoning_content'] ?? message['reasoning']) as string | undefined) ?? '');
      });

    if (existsSync(chunks))
      test('stream: an answer with a finish and the usage that the provider said', () => {
        const lines: Json[] = readFileSync(chunks, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line));
        const reply = needReply(foldStream(lines));
        expect(reply.blocks.length).toBeGreaterThan(0);
        expect(reply.reason).not.toBe('other');
        const last = lines.findLast((line) => (line as JsonObject)['usage']) as JsonObject;
        expect(reply.usage).toEqual(decodeUsage(last['usage']));
        const words = lines
          .flatMap((line) => ((line as JsonObject)['choices'] as JsonObject[]).map(deltaText))
          .join('');
        const text = reply.blocks.map((block) => (block.kind === 'text' ? block.text : '')).join('');
        expect(text).toBe(words);
        for (const block of reply.blocks) {
          if (block.kind === 'call') expect(JSON.parse(block.argsText)).toBeObject();
        }
      });
  });
}

function deltaText(choice: JsonObject): string {
  const content = (choice['delta'] as JsonObject | undefined)?.['content'];
  return typeof content === 'string' ? content : '';
}
