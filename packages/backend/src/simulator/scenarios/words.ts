import type { Ask, EndReason, Step } from '../contract.ts';

/** Text in network-sized words: each piece becomes one stream event. */
function inPieces(text: string): string[] {
  return text.match(/\S+\s*|\s+/g) ?? [text];
}

export function say(text: string): Step {
  return { type: 'say', pieces: inPieces(text) };
}

export function think(text: string, hidden = false): Step {
  return { type: 'think', pieces: inPieces(text), hidden };
}

export function end(reason: EndReason = 'end'): Step {
  return { type: 'end', reason };
}

/** At most `max` characters of the text, cut between graphemes. */
export function excerpt(text: string, max: number): string {
  if (text.length <= max) return text;
  const graphemes = [...new Intl.Segmenter('en').segment(text.slice(0, max * 2))].map(({ segment }) => segment);
  return `${graphemes.slice(0, max).join('')}…`;
}

/** The results of the round, quoted, so that a test can see that they arrived whole. */
export function quoted(ask: Ask): string {
  return ask.results.map(({ text }) => `"${text}"`).join(', ');
}
