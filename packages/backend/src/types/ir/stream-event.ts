import type { GatewayError } from '../errors.ts';
import type { FormatId } from '../format-id.ts';
import type { Json } from '../json.ts';
import type { Citation, Proof } from './request.ts';
import type { Usage } from './usage.ts';

/**
 * Why the model stopped. `tool` is derived from the presence of calls, not from the upstream's word.
 * `other` is a reason we have no word for; the raw value stays beside it.
 */
export type StopReason =
  | 'stop'
  | 'tool'
  | 'length'
  | 'context'
  | 'stop-sequence'
  | 'filter'
  | 'refusal'
  | 'pause'
  | 'other';

/** What a block of the answer holds. */
export type BlockKind = 'text' | 'refusal' | 'reasoning' | 'call' | 'media' | 'opaque';

export interface BlockStart {
  readonly type: 'block-start';
  /** Our own number of the block, from 0, never reused. Blocks may overlap (Chat, Responses). */
  readonly block: number;
  readonly kind: BlockKind;
  /** Call id, or the native id of a reasoning item. */
  readonly id?: string | undefined;
  /** Tool name, original (a renamed tool is already restored). */
  readonly name?: string | undefined;
  /** Call of a Responses custom tool: deltas are free text. */
  readonly custom?: boolean | undefined;
  readonly redacted?: boolean | undefined;
  /** Call: its proof where that is known so early. `block-end` tells it again, and counts. */
  readonly proof?: Proof | undefined;
  /** Media block: the whole media at once. */
  readonly media?: { readonly mime: string; readonly data: string } | undefined;
  /** Opaque block: what only `format` understands. */
  readonly raw?: { readonly format: FormatId; readonly value: Json } | undefined;
}

/** Everything an upstream may say while it answers. A unary answer is the same list, decoded at once. */
export type StreamEvent =
  | { readonly type: 'message-start'; readonly id?: string | undefined; readonly model?: string | undefined }
  | BlockStart
  /** Text of a text, refusal or reasoning block. */
  | { readonly type: 'text-delta'; readonly block: number; readonly text: string }
  /** A fragment of a call's arguments, as text. */
  | { readonly type: 'args-delta'; readonly block: number; readonly text: string }
  | { readonly type: 'citation'; readonly block: number; readonly citation: Citation }
  | { readonly type: 'block-end'; readonly block: number; readonly proof?: Proof | undefined }
  /** A cumulative snapshot: each field that is present overwrites the earlier one. Never add. */
  | { readonly type: 'usage-update'; readonly usage: Usage }
  | {
      readonly type: 'message-end';
      readonly reason: StopReason;
      readonly raw?: string | undefined;
      readonly stopSequence?: string | undefined;
    }
  | { readonly type: 'message-failure'; readonly error: GatewayError }
  | { readonly type: 'keep-alive' };

export type Emit = (event: StreamEvent) => void;
