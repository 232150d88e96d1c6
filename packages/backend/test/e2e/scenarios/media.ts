import { equal } from 'node:assert/strict';
import { sha256 } from '../../../src/simulator/ids.ts';
import type { Cell, Scenario } from '../cell.ts';
import type { Media } from '../contract.ts';
import { PAPER, PICTURE } from './pictures.ts';

const ADDRESS = 'https://images.example.com/cat.png';

async function look(cell: Cell, media: readonly Media[]): Promise<string> {
  const { text } = await cell.ask('image-seen', { turns: [{ who: 'user', text: 'What is this?', media }] });
  return text;
}

function line({ mime, base64 }: Extract<Media, { base64: string }>, at = 1): string {
  const bytes = Buffer.from(base64, 'base64');
  return `${at}: ${mime} ${bytes.byteLength} bytes sha256 ${sha256(bytes)}`;
}

export const MEDIA: readonly Scenario[] = [
  {
    name: 'picture',
    about: 'The same bytes and the same type arrive.',
    modes: ['unary', 'stream'],
    run: async (cell) => equal(await look(cell, [PICTURE]), `Received 1: ${line(PICTURE)}`),
  },
  {
    name: 'picture by address',
    about: 'The address arrives as an address.',
    modes: ['unary', 'stream'],
    run: async (cell) => {
      const text = await look(cell, [{ kind: 'image', mime: 'image/png', url: ADDRESS }]);
      // An SDK that fetches pictures itself sends their bytes.
      if (cell.loss !== undefined) return equal(text, `Received 1: ${line(PICTURE)}`);
      equal(text.replace(/^Received 1: 1: \S+ /, ''), `by reference ${ADDRESS}`);
    },
  },
  {
    name: 'PDF',
    about: 'The same document arrives.',
    modes: ['unary', 'stream'],
    run: async (cell) => equal(await look(cell, [PAPER]), `Received 1: ${line(PAPER)}`),
  },
  {
    name: 'picture and PDF',
    about: 'Two parts keep their order.',
    modes: ['unary', 'stream'],
    run: async (cell) => equal(await look(cell, [PICTURE, PAPER]), `Received 2: ${line(PICTURE)}; ${line(PAPER, 2)}`),
  },
];
