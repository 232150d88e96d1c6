import type { FormatId } from '../format-id.ts';
import type { Json } from '../json.ts';
import type { Citation, Proof } from './request.ts';
import type { StopReason } from './stream-event.ts';
import type { Usage } from './usage.ts';

export type ReplyBlock =
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly citations: readonly Citation[];
      readonly proof?: Proof | undefined;
    }
  | { readonly kind: 'refusal'; readonly text: string }
  | {
      readonly kind: 'reasoning';
      readonly id?: string | undefined;
      readonly text: string;
      readonly redacted: boolean;
      readonly proof?: Proof | undefined;
    }
  | {
      readonly kind: 'call';
      readonly id: string;
      readonly name: string;
      readonly argsText: string;
      readonly custom: boolean;
      readonly proof?: Proof | undefined;
    }
  | {
      readonly kind: 'media';
      readonly mime: string;
      readonly data: string;
      /** Proof that rides on a picture (Gemini `thoughtSignature`); editing the picture later needs it. */
      readonly proof?: Proof | undefined;
    }
  | { readonly kind: 'opaque'; readonly format: FormatId; readonly value: Json };

/** A whole answer: the fold of its events. Formats encode unary answers from this. */
export interface Reply {
  readonly id?: string | undefined;
  readonly model?: string | undefined;
  readonly blocks: readonly ReplyBlock[];
  readonly usage: Usage;
  readonly reason: StopReason;
  readonly rawReason?: string | undefined;
  readonly stopSequence?: string | undefined;
}
