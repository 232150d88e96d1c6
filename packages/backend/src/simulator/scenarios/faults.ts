import type { Failure, Scenario, ScenarioOptions, Script, Step } from '../contract.ts';
import { end, say } from './words.ts';

const FOREVER: Step = { type: 'wait', ms: Infinity };
const DRIP_GAP_MS = 50;
const SLOW_START_MS = 2000;
const OVERLOAD: Failure = { status: 529 };

const HTML = '<!DOCTYPE html><html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>';

const SENTENCE = 'The quick brown fox jumps over the lazy dog.';

/** `20ms`, `2s` or a bare number of milliseconds, at most ten minutes. */
function duration(options: ScenarioOptions, fallbackMs: number): number {
  const [, count, unit] = /^(\d+)(ms|s)?$/.exec(options.words[0] ?? '') ?? [];
  if (count === undefined) return fallbackMs;
  return Math.min(Number(count) * (unit === 's' ? 1000 : 1), 600_000);
}

const whole = (wire: Script['wire']): Script => ({ steps: [say(SENTENCE), end()], ...(wire ? { wire } : {}) });
const playing =
  (...steps: readonly Step[]) =>
  (): Script => ({ steps });

export const FAULTS: readonly Scenario[] = [
  {
    name: 'error-200',
    about: 'Status 200, then an error before any content.',
    play: playing({ type: 'fail', failure: OVERLOAD }),
  },
  {
    name: 'error-mid',
    about: 'Some content, then an error.',
    play: playing(say(SENTENCE), { type: 'fail', failure: OVERLOAD }),
  },
  { name: 'hang', about: 'Accepts and never answers.', play: () => ({ headWaitMs: Infinity, steps: [] }) },
  { name: 'hang-head', about: 'A response head, then silence.', play: playing(FOREVER) },
  { name: 'stall', about: 'Some content, then silence.', play: playing(say(SENTENCE), FOREVER) },
  { name: 'cut', about: 'Some content, then the connection breaks.', play: playing(say(SENTENCE), { type: 'drop' }) },
  {
    name: 'cut-clean',
    about: 'Some content, then a clean end without an end marker.',
    play: playing(say(SENTENCE), { type: 'close' }),
  },
  {
    name: 'drip',
    about: 'One event every 50 ms, or every "drip:20ms".',
    play: (_, { options }) => whole({ gapMs: duration(options, DRIP_GAP_MS) }),
  },
  { name: 'garbage', about: 'Status 200 with a web page.', play: () => ({ html: HTML, steps: [] }) },
  {
    name: 'slow-start',
    about: 'Two seconds before the response head, or "slow-start:100ms".',
    play: (_, { options }) => ({ ...whole(undefined), headWaitMs: duration(options, SLOW_START_MS) }),
  },
  {
    name: 'crlf',
    about: 'CRLF, comments, no space after "data:", no last blank line.',
    play: () => whole({ crlf: true }),
  },
  {
    name: 'flaky',
    about: 'The first N requests of "flaky:N" fail with 500, the next ones answer.',
    play: (_, { options, attempt }) =>
      attempt <= Number(options.words[0] ?? 1) ? { refusal: { status: 500 }, steps: [] } : whole(undefined),
  },
];
