import { expect, test } from 'bun:test';
import { createThinkSplitter, flushThink, splitThink } from './think-tags.ts';

function split(pieces: readonly string[]): { text: string; reasoning: string } {
  const told = { text: '', reasoning: '' };
  const splitter = createThinkSplitter();
  const sink = (kind: 'text' | 'reasoning', text: string): void => {
    told[kind] += text;
  };
  for (const piece of pieces) splitThink(splitter, piece, sink);
  flushThink(splitter, sink);
  return told;
}

const rows: { name: string; whole: string; text: string; reasoning: string }[] = [
  { name: 'thinking before the answer', whole: '<think>\nhm\n</think>\n\nYes', text: 'Yes', reasoning: 'hm\n' },
  { name: 'no tag at all', whole: 'a < b, <thin', text: 'a < b, <thin', reasoning: '' },
  {
    name: 'a tag in the middle of the answer is text',
    whole: 'Use <think>x</think>',
    text: 'Use <think>x</think>',
    reasoning: '',
  },
  { name: 'a tag that never closes', whole: '<think>hm </thi', text: '', reasoning: 'hm </thi' },
  { name: 'other tags inside the thinking', whole: '<think>a<b></b></think>c', text: 'c', reasoning: 'a<b></b>' },
  { name: 'an empty thought', whole: '<think>\n</think>\nYes', text: 'Yes', reasoning: '' },
];

test.each(rows)('$name, however it is cut', ({ whole, text, reasoning }) => {
  expect(split([whole])).toEqual({ text, reasoning });
  for (let cut = 0; cut <= whole.length; cut++) {
    expect(split([whole.slice(0, cut), whole.slice(cut)])).toEqual({ text, reasoning });
  }
  expect(split([...whole])).toEqual({ text, reasoning });
});
