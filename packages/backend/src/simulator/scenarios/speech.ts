import type { Ask, Scenario, Script, Step } from '../contract.ts';
import { exampleOf } from '../example.ts';
import { callOf } from './tools.ts';
import { end, excerpt, quoted, say } from './words.ts';

const MEBIBYTE = 1024 * 1024;
const LONG_EVENTS = 200;
const LONG_PIECE = 4096;

const UNICODE = 'Grüße, 世界! Ελλάδα, עברית, العربية, हिन्दी, 한국어. 👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 é ñ ﷽ 𝄞 🇪🇺 z͑ͫ̓ͪ̂ͫ̽͏̴̙̤. The end: “ok”. ';

/** Two events, parted between code points. */
function halves(text: string): string[] {
  const points = [...text];
  const middle = Math.floor(points.length / 2);
  return [points.slice(0, middle).join(''), points.slice(middle).join('')];
}

/** A short, plain answer to a person; forced tools and structured output are honoured as a real model would. */
function plain(ask: Ask): Script {
  if (ask.forcedTool !== undefined && ask.results.length === 0) {
    return { steps: [{ type: 'call', calls: [callOf(ask)], manner: 'fragments' }, end('tool')] };
  }
  if (ask.schema !== undefined) return json(ask);
  if (ask.results.length > 0) return { steps: [say(`The tool answered ${quoted(ask)}.`), end()] };
  const heard = excerpt(ask.lastUserText.trim(), 80);
  const about = heard === '' ? 'You sent no text.' : `You said: "${heard}".`;
  return {
    steps: [say(`Hello from the built-in simulator. ${about} No provider was called and nothing was spent.`), end()],
  };
}

function json(ask: Ask): Script {
  if (ask.forcedTool !== undefined) {
    return { steps: [{ type: 'call', calls: [callOf(ask)], manner: 'fragments' }, end('tool')] };
  }
  const wanted = ask.schema ?? {};
  const value = Object.keys(wanted).length === 0 ? { answer: 'example' } : exampleOf(wanted);
  return { steps: [say(JSON.stringify(value)), end()] };
}

function stopSequence(ask: Ask): Script {
  const stop = ask.stopSequences[0];
  if (stop === undefined) return { steps: [say('No stop sequence was asked for.'), end()] };
  return { steps: [say('Counting: one, two, '), { type: 'end', reason: 'stop-sequence', stopSequence: stop }] };
}

function seen(ask: Ask): Script {
  const lines = ask.media.map(({ mime, source, bytes, sha256 }, at) =>
    bytes === undefined
      ? `${at + 1}: ${mime} by reference ${source}`
      : `${at + 1}: ${mime} ${bytes} bytes sha256 ${sha256}`,
  );
  return {
    steps: [say(lines.length === 0 ? 'No media arrived.' : `Received ${lines.length}: ${lines.join('; ')}`), end()],
  };
}

const repeated = (count: number, piece: (at: number) => string): Step => ({
  type: 'say',
  pieces: Array.from({ length: count }, (_, at) => piece(at)),
});

export const SPEECH: readonly Scenario[] = [
  { name: 'plain', about: 'A short demo answer that reacts to the last user text.', play: plain },
  {
    name: 'echo',
    about: 'The whole last user text, unchanged.',
    play: (ask) => ({ steps: [say(ask.lastUserText || '(no text)'), end()] }),
  },
  {
    name: 'long',
    about: 'Text in 200 events.',
    play: () => ({ steps: [repeated(LONG_EVENTS, (at) => `word${at} `), end()] }),
  },
  {
    name: 'long-1mb',
    about: 'One mebibyte of text in events of 4 KiB.',
    play: () => ({ steps: [repeated(MEBIBYTE / LONG_PIECE, (at) => `${at} `.padEnd(LONG_PIECE, 'abcdefgh ')), end()] }),
  },
  {
    name: 'unicode',
    about: 'Multi-byte graphemes, with network chunks of three bytes.',
    play: () => ({ steps: [{ type: 'say', pieces: halves(UNICODE) }, end()], wire: { cutBytes: 3 } }),
  },
  { name: 'json', about: 'Structured output that fits the requested schema.', play: json },
  { name: 'image-seen', about: 'MIME type, byte count and SHA-256 of each image or file received.', play: seen },
  {
    name: 'max-tokens',
    about: 'Text that ends at the token limit.',
    play: () => ({ steps: [say('This answer was cut at the limit of'), end('length')] }),
  },
  { name: 'stop-sequence', about: 'Text that ends at the first requested stop sequence.', play: stopSequence },
  {
    name: 'refusal',
    about: 'The model declines.',
    play: () => ({ steps: [{ type: 'refuse', text: 'I cannot help with that request.' }, end('refusal')] }),
  },
  {
    name: 'filter',
    about: 'A content filter stops the answer; with the option "prompt" it blocks the prompt (Gemini).',
    play: (_, { options }) => ({
      steps: options.words.includes('prompt') ? [end('filter')] : [say('The beginning of '), end('filter')],
    }),
  },
  {
    name: 'pause',
    about: 'A long turn that pauses (pause_turn); the nearest reason elsewhere.',
    play: () => ({ steps: [say('I have begun and will go on.'), end('pause')] }),
  },
  {
    name: 'usage-cache',
    about: 'Usage with tokens read from the cache and both kinds of cache writes.',
    play: () => ({
      steps: [say('The cache was used.'), end()],
      usage: { cacheRead: 1024, cacheWrite5m: 256, cacheWrite1h: 128 },
    }),
  },
  {
    name: 'no-usage',
    about: 'An answer without usage; Messages, where usage is mandatory, says 0.',
    play: () => ({ steps: [say('No usage is told.'), end()], usage: 'none' }),
  },
];
