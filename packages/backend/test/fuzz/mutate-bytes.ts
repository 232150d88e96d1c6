import type { Json } from '../../src/types/json.ts';
import { mutateJson } from './mutate-json.ts';
import type { Random } from './random.ts';

const BAD_UTF8: readonly Buffer[] = [
  Buffer.from([0xff]),
  Buffer.from([0xc0, 0x80]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from([0xf0, 0x9f, 0x98]),
  Buffer.from([0xef, 0xbb, 0xbf]),
  Buffer.from([0x00]),
];

const WORDS: readonly string[] = [
  '1e999',
  '-1',
  '99999999999999999999',
  'NaN',
  'null',
  'true',
  '"',
  '\\',
  '\\ud83d',
  '\\u0000',
  '{',
  '}',
  '[',
  ']',
  ',',
  '"__proto__":{"polluted":true},',
  '"type":"error",',
  '"error":{"message":"x"},',
  '"choices":[],',
  '"index":1e9,',
  '"index":-1,',
];

const EVENTS: readonly string[] = [
  ': a comment',
  'event: message_start',
  'event: __proto__',
  'data',
  'data:',
  'data: ',
  'data: [DONE]',
  'data: null',
  'data: {}',
  'data: []',
  'data: "x"',
  'data: {"error":{"message":"x","code":1}}',
  'data: {"error":"x"}',
  'data: {"type":"error","error":null}',
  'data: {"__proto__":null}',
  'id: 1',
  'retry: 1',
  'unknown: field',
];

function spliceAt(bytes: Buffer, at: number, remove: number, insert: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(Math.min(bytes.length, at + remove))]);
}

/** The events of a stream as texts without their blank lines. */
const eventsOf = (bytes: Buffer): string[] => bytes.toString('latin1').split(/\r?\n\r?\n/);
const joined = (events: readonly string[]): Buffer => Buffer.from(events.join('\n\n'), 'latin1');

type Damage = (bytes: Buffer, random: Random) => Buffer;

const BYTE_DAMAGES: readonly Damage[] = [
  (bytes, random) => {
    const flipped = Buffer.from(bytes);
    for (let done = 0; done <= random.int(4); done += 1) {
      const at = random.int(flipped.length);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << random.int(8));
    }
    return flipped;
  },
  (bytes, random) => bytes.subarray(0, random.int(bytes.length + 1)),
  (bytes, random) => bytes.subarray(random.int(bytes.length + 1)),
  (bytes, random) => spliceAt(bytes, random.int(bytes.length), random.int(20), Buffer.alloc(0)),
  (bytes, random) => spliceAt(bytes, random.int(bytes.length), 0, random.pick(BAD_UTF8)),
  (bytes, random) => spliceAt(bytes, random.int(bytes.length), random.int(3), Buffer.from(random.pick(WORDS))),
  (bytes, random) => {
    const from = random.int(bytes.length);
    return spliceAt(bytes, random.int(bytes.length), 0, bytes.subarray(from, from + random.int(200)));
  },
];

/** One event with its JSON damaged; an event that is no JSON stays as it is. */
const damagedEvent: Damage = (bytes, random) => {
  const events = bytes.toString('utf8').split(/\r?\n\r?\n/);
  const at = random.int(events.length);
  events[at] = (events[at] ?? '').replace(/^data: ?([{[].*)$/m, (line, json: string) => {
    try {
      return `data: ${JSON.stringify(mutateJson(JSON.parse(json) as Json, random))}`;
    } catch {
      // Damaged before.
      return line;
    }
  });
  return Buffer.from(events.join('\n\n'), 'utf8');
};

const EVENT_DAMAGES: readonly Damage[] = [
  damagedEvent,
  damagedEvent,
  damagedEvent,
  damagedEvent,
  (bytes, random) => {
    const events = eventsOf(bytes);
    events.splice(random.int(events.length + 1), 0, random.pick(events));
    return joined(events);
  },
  (bytes, random) => {
    const events = eventsOf(bytes);
    const [a, b] = [random.int(events.length), random.int(events.length)];
    [events[a], events[b]] = [events[b] ?? '', events[a] ?? ''];
    return joined(events);
  },
  (bytes, random) => {
    const events = eventsOf(bytes);
    events.splice(random.int(events.length), 1 + random.int(3));
    return joined(events);
  },
  (bytes, random) => {
    const events = eventsOf(bytes);
    events.splice(random.int(events.length + 1), 0, random.pick(EVENTS));
    return joined(events);
  },
  // A comment or a foreign line inside an event.
  (bytes, random) => {
    const lines = bytes.toString('latin1').split('\n');
    lines.splice(random.int(lines.length + 1), 0, random.pick(EVENTS));
    return Buffer.from(lines.join('\n'), 'latin1');
  },
  // Line ends of every kind in one stream.
  (bytes, random) =>
    Buffer.from(
      bytes.toString('latin1').replace(/\r?\n/g, () => random.pick(['\n', '\r\n', '\r'])),
      'latin1',
    ),
];

function damaged(bytes: Buffer, damages: readonly Damage[], random: Random): Buffer {
  let out = bytes;
  for (let done = 0; done <= random.int(3); done += 1) {
    if (out.length === 0) return out;
    out = random.pick(damages)(out, random);
  }
  return out;
}

/** A body with bytes damaged: no longer JSON, as a rule. */
export const mutateBytes = (bytes: Buffer, random: Random): Buffer => damaged(bytes, BYTE_DAMAGES, random);

/** A stream with events damaged, exchanged, repeated or cut, or with bytes damaged. */
export const mutateStream = (bytes: Buffer, random: Random): Buffer =>
  damaged(bytes, random.chance(0.6) ? EVENT_DAMAGES : BYTE_DAMAGES, random);

/** The bytes in pieces of any size. */
export function cutAnywhere(bytes: Buffer, random: Random): Buffer[] {
  const most = random.pick([1, 3, 20, 200, 5000]);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random.int(most);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}
