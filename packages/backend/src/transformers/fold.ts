import type { GatewayError } from '../types/errors.ts';
import type { Reply, ReplyBlock } from '../types/ir/reply.ts';
import type { Citation, Proof } from '../types/ir/request.ts';
import type { BlockStart, StreamEvent } from '../types/ir/stream-event.ts';
import type { Usage } from '../types/ir/usage.ts';
import { mergeUsage } from '../utils/usage.ts';

interface OpenBlock {
  readonly start: BlockStart;
  text: string;
  citations: Citation[];
  proof?: Proof | undefined;
}

function blockOf({ start, text, citations, proof }: OpenBlock): ReplyBlock | undefined {
  switch (start.kind) {
    case 'text':
      return { kind: 'text', text, citations, proof };
    case 'refusal':
      return { kind: 'refusal', text };
    case 'reasoning':
      return { kind: 'reasoning', id: start.id, text, redacted: start.redacted === true, proof };
    case 'call':
      return {
        kind: 'call',
        id: start.id ?? '',
        name: start.name ?? '',
        argsText: text,
        custom: start.custom === true,
        proof,
      };
    case 'media':
      return start.media === undefined
        ? undefined
        : { kind: 'media', ...start.media, ...(proof !== undefined && { proof }) };
    case 'opaque':
      return start.raw === undefined ? undefined : { kind: 'opaque', ...start.raw };
    default:
      return start.kind satisfies never;
  }
}

/** The fold of a normalised event list: a whole reply, or the failure that ended it. */
export function foldReply(events: readonly StreamEvent[]): Reply | GatewayError {
  const blocks = new Map<number, OpenBlock>();
  let head: { id?: string | undefined; model?: string | undefined } = {};
  let usage: Usage = {};
  let end: Extract<StreamEvent, { type: 'message-end' }> | undefined;
  for (const event of events) {
    if (event.type === 'message-failure') return event.error;
    if (event.type === 'message-start') head = { id: event.id, model: event.model };
    else if (event.type === 'block-start') blocks.set(event.block, { start: event, text: '', citations: [] });
    else if (event.type === 'usage-update') usage = mergeUsage(usage, event.usage);
    else if (event.type === 'message-end') end = event;
    else if (event.type !== 'keep-alive') addToBlock(blocks.get(event.block), event);
  }
  return {
    ...head,
    blocks: [...blocks.values()].flatMap((block) => blockOf(block) ?? []),
    usage,
    reason: end?.reason ?? 'other',
    rawReason: end?.raw,
    stopSequence: end?.stopSequence,
  };
}

type BlockEvent = Extract<StreamEvent, { type: 'text-delta' | 'args-delta' | 'citation' | 'block-end' }>;

function addToBlock(block: OpenBlock | undefined, event: BlockEvent): void {
  if (block === undefined) return;
  if (event.type === 'text-delta' || event.type === 'args-delta') block.text += event.text;
  else if (event.type === 'citation') block.citations.push(event.citation);
  else if (event.proof !== undefined) block.proof = event.proof;
}
