import type { AnswerContext, DecodeReplyContext } from '../../types/format.ts';
import type { Reply, ReplyBlock } from '../../types/ir/reply.ts';
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

interface ReplyState {
  readonly base: string;
  readonly addresses: ReadonlyMap<string, ToolAddress>;
  readonly output: JsonObject[];
}

function pushItem({ output }: ReplyState, item: JsonObject | undefined): void {
  if (item !== undefined) output.push(item);
}

/** Adds the items of one block; each block is an item of its own, as in the stream. */
function pushBlock(state: ReplyState, block: ReplyBlock): void {
  const { base, output } = state;
  const at = output.length;
  switch (block.kind) {
    case 'text': {
      const annotations = annotationsOf(block.citations, block.text.length);
      pushItem(state, messageItem({ id: itemId('msg', base, at), text: block.text, refusal: false, annotations }));
      if (block.proof !== undefined) pushItem(state, carrierItem(itemId('rs', base, at + 1), block.proof, undefined));
      return;
    }
    case 'refusal':
      return pushItem(
        state,
        messageItem({ id: itemId('msg', base, at), text: block.text, refusal: true, annotations: [] }),
      );
    case 'reasoning':
      return pushItem(state, reasoningItem(reasoningId(block.id, base, at), block.text, block.proof));
    case 'call': {
      const id = itemId(block.custom ? 'ctc' : 'fc', base, at);
      const address = state.addresses.get(block.name) ?? { name: block.name };
      pushItem(
        state,
        callItem(
          { id, callId: block.id || itemId('call', base, at), address, text: block.argsText, custom: block.custom },
          'completed',
        ),
      );
      if (block.proof !== undefined) pushItem(state, carrierItem(itemId('rs', base, at + 1), block.proof, block.id));
      return;
    }
    case 'media':
      return pushItem(state, imageItem(itemId('ig', base, at), block.mime, block.data));
    case 'opaque':
      return block.format === FORMAT ? pushItem(state, opaqueItem(block.value, itemId('item', base, at))) : undefined;
    default:
      return block satisfies never;
  }
}

/** A whole answer as a Responses object. Blocks that only another API understands have no item here. */
export function encodeReply(reply: Reply, context: AnswerContext): JsonObject {
  const base = idText(context.requestId);
  const state: ReplyState = { base, addresses: toolAddresses(context.request), output: [] };
  for (const block of reply.blocks) pushBlock(state, block);
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
    output: state.output,
    usage: encodeUsage(reply.usage),
    ...echoFields(context),
  };
}
