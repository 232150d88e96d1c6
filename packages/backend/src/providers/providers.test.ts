import { expect, test } from 'bun:test';
import { Glob } from 'bun';
import { plainQuirks } from './define.ts';
import { PROVIDERS } from './index.ts';

const NOT_DEFINITIONS = new Set(['define.ts', 'index.ts']);

test('the registry lists exactly the files of the folder, sorted', () => {
  const files = [...new Glob('*.ts').scanSync(import.meta.dir)]
    .filter((file) => !NOT_DEFINITIONS.has(file) && !file.endsWith('.test.ts'))
    .map((file) => file.replace(/\.ts$/, ''))
    .sort();
  expect([...PROVIDERS.keys()]).toEqual(files);
});

test.each([...PROVIDERS.values()].map((definition) => [definition.id, definition] as const))(
  '%s has an auth scheme for each address, https unless it is local, and reasons for its quirks',
  (_id, { baseUrl, addresses, auth, privateNetwork, quirks }) => {
    expect(Object.keys(auth)).toEqual(Object.keys(addresses));
    expect(Object.keys(addresses)).not.toBeEmpty();
    for (const path of Object.values(addresses)) expect(path).toMatch(/^(\/[a-z0-9/]*[a-z0-9])?$/);
    if (baseUrl !== undefined) {
      expect(new URL(baseUrl).protocol).toBe(privateNetwork ? 'http:' : 'https:');
      expect(baseUrl).not.toEndWith('/');
    }
    for (const quirk of Object.values(quirks)) expect(quirk.because.length).toBeGreaterThan(20);
  },
);

test('quirks lose their reasons on the way to the encoders', () => {
  expect(plainQuirks({ noJsonSchema: { value: true, because: 'a test' } })).toEqual({ noJsonSchema: true });
});
