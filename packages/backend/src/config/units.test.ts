import { expect, test } from 'bun:test';
import { parseBytes, parseDuration } from './units.ts';

test.each([
  ['250ms', 250],
  ['45s', 45_000],
  ['1.5s', 1500],
  ['15m', 900_000],
  ['15 min', 900_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  ['45', undefined],
  ['s', undefined],
  ['-1s', undefined],
  ['1e3s', undefined],
  ['1 fortnight', undefined],
  ['9999999999d', undefined],
  ['1constructor', undefined],
  ['', undefined],
])('the duration "%s" is %p ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  ['512B', 512],
  ['1KB', 1000],
  ['64KiB', 65_536],
  ['64MiB', 67_108_864],
  ['1.5 GiB', 1_610_612_736],
  ['64', undefined],
  ['64mib', undefined],
  ['64M', undefined],
])('the size "%s" is %p bytes', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});
