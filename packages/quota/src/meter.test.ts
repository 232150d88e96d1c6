import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { meterId } from './meter.ts';

const cases: { name: string; given: [string, string, string]; id: string }[] = [
  { name: 'three plain parts are joined', given: ['claude', 'main', 'weekly'], id: 'claude/main/weekly' },
  { name: 'the meter name loses case and spaces', given: ['claude', 'main', ' 5 Hours '], id: 'claude/main/5-hours' },
  { name: 'the account keeps its spelling', given: ['openai', 'Team A', 'usd'], id: 'openai/Team A/usd' },
  { name: 'a slash in a part cannot look like a border', given: ['a/b', 'c', 'd'], id: 'a%2Fb/c/d' },
  { name: 'a percent sign in a part cannot look like an escape', given: ['a%2Fb', 'c', 'd'], id: 'a%252Fb/c/d' },
  { name: 'letters of any alphabet stay', given: ['x', 'y', 'Wöchentlich'], id: 'x/y/wöchentlich' },
];

test.each(cases)('$name', ({ given, id }) => {
  expect(meterId(...given)).toBe(id as ReturnType<typeof meterId>);
});

const empty: { name: string; given: [string, string, string] }[] = [
  { name: 'an empty provider is refused', given: ['', 'a', 'm'] },
  { name: 'an empty account is refused', given: ['p', '', 'm'] },
  { name: 'a meter name without a letter or digit is refused', given: ['p', 'a', ' - '] },
];

test.each(empty)('$name', ({ given }) => {
  expect(() => meterId(...given)).toThrow(RangeError);
});

test('two accounts never share an id, whatever characters they hold', () => {
  const part = fc.string({ minLength: 1 });
  fc.assert(
    fc.property(part, part, part, part, (p1, a1, p2, a2) => {
      const same = meterId(p1, a1, 'm') === meterId(p2, a2, 'm');
      expect(same).toBe(p1 === p2 && a1 === a2);
    }),
  );
});
