import { afterEach, beforeEach, describe, expect, mock, test } from 'bun:test';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPepper } from './pepper.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pepper-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const quiet = { warn: () => {} };

describe('loadPepper', () => {
  test('the first start makes 32 bytes that only the owner can read, and leaves no draft', () => {
    const pepper = loadPepper(join(folder, 'data'), quiet);
    expect(pepper).toHaveLength(32);
    expect(statSync(join(folder, 'data', 'pepper')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'data'))).toEqual(['pepper']);
  });

  test('every later start reads the same bytes', () => {
    expect(loadPepper(folder, quiet)).toEqual(loadPepper(folder, quiet));
  });

  test('two starts at once agree on one pepper', async () => {
    const script = `console.log((await import('${import.meta.dir}/pepper.ts')).loadPepper(process.argv.at(-1), console).toHex())`;
    const starts = Array.from({ length: 3 }, () => Bun.spawn([process.execPath, '-e', script, folder]));
    const seen = await Promise.all(starts.map(({ stdout }) => new Response(stdout).text()));
    expect(new Set(seen.map((line) => line.trim()))).toEqual(new Set([readFileSync(join(folder, 'pepper')).toHex()]));
  });

  test('a file of another length is named and left as it is', () => {
    writeFileSync(join(folder, 'pepper'), 'short', { mode: 0o600 });
    expect(() => loadPepper(folder, quiet)).toThrow(/pepper holds 5 bytes/);
    expect(readFileSync(join(folder, 'pepper'), 'utf8')).toBe('short');
  });

  test('a file that others can read is closed to them, with a warning', () => {
    loadPepper(folder, quiet);
    chmodSync(join(folder, 'pepper'), 0o644);
    const warn = mock();
    loadPepper(folder, { warn });
    expect(statSync(join(folder, 'pepper')).mode & 0o777).toBe(0o600);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  test('a folder that cannot be made is named', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => loadPepper(join(folder, 'file', 'data'), quiet)).toThrow(
      expect.objectContaining({
        code: 'store_unavailable',
        message: expect.stringContaining('file/data/pepper'),
      }),
    );
  });
});
