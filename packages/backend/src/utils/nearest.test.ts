import { expect, test } from 'bun:test';
import { didYouMean, nearestName } from './nearest.ts';

test.each([
  { name: 'a swap of neighbours is one step', word: 'dmeo', names: ['demo', 'other'], near: 'demo' },
  { name: 'case does not count', word: 'GPT-5', names: ['gpt-5', 'gpt-4'], near: 'gpt-5' },
  {
    name: 'the nearest of several wins',
    word: 'claude-sonet',
    names: ['claude-haiku', 'claude-sonnet'],
    near: 'claude-sonnet',
  },
  { name: 'a third of the word may differ', word: 'abcdef', names: ['abcdxy'], near: 'abcdxy' },
  { name: 'more than that is a stranger', word: 'abcdef', names: ['abwxyz'], near: undefined },
  { name: 'a short word has one step', word: 'a', names: ['b'], near: 'b' },
  { name: 'nothing is near to nothing', word: 'x', names: [], near: undefined },
  {
    name: 'a very long word costs no more than a hundred characters',
    word: 'x'.repeat(1e6),
    names: ['y'.repeat(1e6)],
    near: undefined,
  },
])('$name', ({ word, names, near }) => {
  expect(nearestName(word, names)).toBe(near);
  expect(didYouMean(word, names)).toBe(near === undefined ? '' : ` Did you mean "${near}"?`);
});

test('only the first 2,000 names are read', () => {
  const names = [...Array.from({ length: 2000 }, (_, at) => `name-number-${at}`), 'zebra'];
  expect(nearestName('zebro', names)).toBeUndefined();
  expect(nearestName('zebro', names.slice(1))).toBe('zebra');
});
