import type { AnswerContext, DecodeReplyContext } from '../../types/format.ts';
import type { Reply, ReplyBlock } from '../../types/ir/reply.ts';
import type { Proof } from '../../types/ir/request.ts';
import type { StreamEvent } from '../../types/ir/stream-event.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import {
  annotationsOf,
  callItem,
  carrierItem,
  echoFields,
  endingOf,
  imageItem,
  messageItem,
  reasoningItem,
} from './answer.ts';
import { decodeWhole } from './decode-stream.ts';
import { decodeAnswerError, garbled } from './errors.ts';
import { idText, itemId, reasoningId } from './ids.ts';
import { type ToolAddress, toolAddresses } from './namespace.ts';
import { encodeUsage } from './usage.ts';
import { FORMAT } from './wire.ts';

/** A whole Responses answer to events. Never throws: what is not one becomes a failure event. */
export function decodeReply(wire: Json, context: DecodeReplyContext): StreamEvent[] {
  if (!isObject(wire)) return [{ type: 'message-failure', error: garbled('something') }];
  const events: StreamEvent[] = [];
  if (!Array.isArray(wire['output']) && wire['status'] !== 'failed') {
    const error = isObject(wire['error']) ? decodeAnswerError(wire['error']) : garbled('an object without output');
    return [{ type: 'message-failure', error }];
  }
  decodeWhole(wire, context, (event) => events.push(event));
  return events;
}

function opaqueItem(value: Json, id: string): JsonObject | undefined {
  if (!isObject(value)) return undefined;
  return typeof value['id'] === 'string' && value['id'] !== '' ? value : { ...value, id };
}

interface Place {
  readonly base: string;
  readonly at: number;
  readonly addresses: ReadonlyMap<string, ToolAddress>;
}

/** The items of one block; each block is an item of its own, as in the stream, and a proof may need one more. */
function blockItems(block: ReplyBlock, { base, at, addresses }: Place): (JsonObject | undefined)[] {
  const carry = (proof: Proof | undefined, callId?: string): JsonObject | undefined =>
    proof === undefined ? undefined : carrierItem(itemId('rs', base, at + 1), proof, callId);
  switch (block.kind) {
    case 'text': {
      const annotations = annotationsOf(block.citations, block.text.length);
      const item = messageItem({ id: itemId('msg', base, at), text: block.text, refusal: false, annotations });
      return [item, carry(block.proof)];
    }
    case 'refusal':
      return [messageItem({ id: itemId('msg', base, at), text: block.text, refusal: true, annotations: [] })];
    case 'reasoning':
      return [reasoningItem(reasoningId(block.id, base, at), block.text, block.proof)];
    case 'call': {
      const { custom, argsText: text } = block;
      const id = itemId(custom ? 'ctc' : 'fc', base, at);
      const callId = block.id || itemId('call', base, at);
      const address = addresses.get(block.name) ?? { name: block.name };
      return [callItem({ id, callId, address, text, custom }, 'completed'), carry(block.proof, callId)];
    }
    case 'media':
      return [imageItem(itemId('ig', base, at), block.mime, block.data)];
    case 'opaque':
      return block.format === FORMAT ? [opaqueItem(block.value, itemId('item', base, at))] : [];
    default:
      return block satisfies never;
  }
}

/** A whole answer as a Responses object. Blocks that only another API understands have no item here. */
export function encodeReply(reply: Reply, context: AnswerContext): JsonObject {
  const base = idText(context.requestId);
  const addresses = toolAddresses(context.request);
  const output: JsonObject[] = [];
  for (const block of reply.blocks) {
    output.push(...blockItems(block, { base, at: output.length, addresses }).filter((item) => item !== undefined));
  }
  const { status, incomplete } = endingOf(
    reply.reason,
    reply.blocks.some(({ kind }) => kind === 'refusal'),
  );
  return {
    id: `resp_${base}`,
    object: 'response',
    created_at: Math.floor(context.createdAtMs / 1000),
    status,
    error: null,
    incomplete_details: incomplete,
    model: context.model,
    output,
    usage: encodeUsage(reply.usage),
    ...echoFields(context),
  };
}
