import type { Part, UnifiedChatRequest } from '../types/ir/request.ts';

/** Characters of ordinary text per token, a rule of thumb over the common tokenizers. */
const CHARS_PER_TOKEN = 4;
/** What a vision model takes for an image of common size. */
const IMAGE_TOKENS = 1500;
const TURN_TOKENS = 4;

function partChars(part: Part): number {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return part.text.length;
    case 'call':
      return part.name.length + part.argsText.length;
    case 'result':
      return part.parts.reduce((sum, inner) => sum + partChars(inner), 0);
    case 'media':
      return part.source.type === 'text' ? part.source.text.length : IMAGE_TOKENS * CHARS_PER_TOKEN;
    case 'opaque':
      return JSON.stringify(part.raw).length;
    default:
      return part satisfies never;
  }
}

/** Input tokens of a request, estimated from its characters. For targets that cannot count; always labelled so. */
export function estimateInputTokens({ system, turns, tools }: UnifiedChatRequest): number {
  const systemChars = system.reduce((sum, { text }) => sum + text.length, 0);
  const turnChars = turns.reduce(
    (sum, { parts }) => sum + parts.reduce((inner, part) => inner + partChars(part), 0),
    0,
  );
  const toolChars = tools.length === 0 ? 0 : JSON.stringify(tools).length;
  return Math.max(1, Math.ceil((systemChars + turnChars + toolChars) / CHARS_PER_TOKEN) + turns.length * TURN_TOKENS);
}
