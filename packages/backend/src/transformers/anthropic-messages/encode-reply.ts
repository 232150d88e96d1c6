import type { AnswerContext } from '../../types/format.ts';
import type { Reply } from '../../types/ir/reply.ts';
import type { JsonObject } from '../../types/json.ts';
import { answerId, encodeBlock } from './encode-blocks.ts';
import { encodeEnding } from './reasons.ts';
import { encodeUsage } from './usage.ts';

/** A whole answer as a Messages client expects it: the same blocks, ids and ending that the stream would give. */
export function encodeReply(reply: Reply, context: AnswerContext): JsonObject {
  const content: JsonObject[] = [];
  let refusal = '';
  const last = reply.blocks.at(-1);
  for (const block of reply.blocks) {
    if (block.kind === 'refusal') refusal += block.text;
    // Nothing follows the last text: there some clients look for the answer.
    const shown = block === last && block.kind === 'text' ? { ...block, proof: undefined } : block;
    content.push(...encodeBlock(shown, content.length, context));
  }
  const { reason, stopSequence, usage } = reply;
  return {
    id: answerId(reply.id, context),
    type: 'message',
    role: 'assistant',
    model: context.model,
    content,
    ...encodeEnding({ reason, stopSequence, refusal }),
    usage: encodeUsage(usage),
  };
}
