import type { Seat } from './upstream.ts';
import { WIRES, type Wire } from './wires.ts';

/** What a scripted provider was asked. */
export interface Asked {
  readonly wire: Wire;
  readonly model: string;
  readonly stream: boolean;
}

export function askedOf({ call }: Seat): Asked {
  const { path, body } = call;
  const [, named, verb] = /\/models\/([^:]+):(\w+)/.exec(path) ?? [];
  const wire = WIRES.find((candidate) => path.startsWith(candidate.path(named ?? '', false).split(':')[0] ?? ''));
  if (wire === undefined) throw new Error(`the scripted provider has no path ${path}`);
  if (named !== undefined) return { wire, model: named, stream: verb === 'streamGenerateContent' };
  const { model = '', stream = false } = JSON.parse(body) as { model?: string; stream?: boolean };
  return { wire, model, stream };
}

export type Play = (seat: Seat, asked: Asked) => void;

/** A right answer that says `text`. */
export const answering =
  (text: string): Play =>
  (seat, { wire, stream }) => {
    if (!stream) return seat.reply(200, wire.reply(text));
    seat.openStream();
    seat.write(wire.opening + wire.content(text) + wire.ending);
    seat.end();
  };

const refusing =
  (status: number, headers: Readonly<Record<string, string>> = {}): Play =>
  (seat, { wire }) =>
    seat.reply(status, wire.failureBody(status, `refused with ${status}`), headers);

/** Silent after the head. */
const headOnly: Play = (seat, { stream }) => {
  if (stream) return seat.openStream();
  seat.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n');
};

/** A head, then nothing of a body whose length was told. */
const lengthOnly: Play = (seat, asked) => {
  if (asked.stream) return seat.openStream();
  seat.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"id":');
};

const inStreamOr =
  (stream: Play, unary: Play): Play =>
  (seat, asked) =>
    (asked.stream ? stream : unary)(seat, asked);

const opened = (seat: Seat, text: string): void => {
  seat.openStream();
  seat.write(text);
};

const cutReply: Play = (seat, { wire }) => {
  const whole = wire.reply('half of it');
  seat.reply(200, whole.slice(0, whole.length / 2));
};

const HTML = '<!DOCTYPE html><html><body>It works!</body></html>';

/** Faults after which no client has seen a byte, so another target can still answer. */
export const EARLY_FAULTS: Readonly<Record<string, Play>> = {
  'closes-at-once': (seat) => seat.end(),
  'resets-at-once': (seat) => seat.reset(),
  'never-answers': () => undefined,
  'head-then-silence': headOnly,
  'length-then-silence': lengthOnly,
  'status-401': refusing(401),
  'status-402': refusing(402),
  'status-403': refusing(403),
  'status-404-of-a-model': (seat, { wire }) => seat.reply(404, wire.failureBody(404, 'the model m does not exist')),
  'status-408': refusing(408),
  'status-429': refusing(429),
  'status-429-long-wait': refusing(429, { 'retry-after': '3600' }),
  'status-500': refusing(500),
  'status-502': refusing(502),
  'status-503': refusing(503),
  'status-504': refusing(504),
  'status-529': refusing(529),
  'status-999': (seat) => seat.reply(999, '{}'),
  'status-204': (seat) => {
    seat.write('HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n');
    seat.end();
  },
  redirect: (seat) => seat.reply(307, '', { location: 'http://127.0.0.1:9/' }),
  'error-inside-200': inStreamOr(
    (seat, { wire }) => {
      opened(seat, wire.failure);
      seat.end();
    },
    (seat, { wire }) => seat.reply(200, wire.failureBody(500, 'the model broke')),
  ),
  'error-after-opening': inStreamOr(
    (seat, { wire }) => {
      opened(seat, wire.opening + wire.failure);
      seat.end();
    },
    (seat, { wire }) => seat.reply(200, wire.failureBody(500, 'the model broke')),
  ),
  'html-page': (seat) => seat.reply(200, HTML, { 'content-type': 'text/html' }),
  'html-as-api': (seat, { stream }) => seat.reply(200, HTML, stream ? { 'content-type': 'text/event-stream' } : {}),
  'html-error-page': (seat) => seat.reply(502, HTML, { 'content-type': 'text/html' }),
  'empty-reply': (seat) => seat.reply(200, ''),
  'bare-array': (seat) => seat.reply(200, '[]'),
  'cut-json': cutReply,
  'cut-below-its-length': (seat, { wire, stream }) => {
    const type = stream ? 'text/event-stream' : 'application/json';
    seat.write(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: 5000\r\n\r\n`);
    seat.write(stream ? wire.opening : wire.reply('half of it').slice(0, 20));
    seat.end();
  },
  'opening-then-end': inStreamOr((seat, { wire }) => {
    opened(seat, wire.opening);
    seat.end();
  }, cutReply),
  'opening-then-reset': inStreamOr(
    (seat, { wire }) => {
      opened(seat, wire.opening);
      setTimeout(seat.reset, 5);
    },
    (seat) => seat.reset(),
  ),
  'opening-then-silence': inStreamOr((seat, { wire }) => opened(seat, wire.opening), headOnly),
  'empty-stream': inStreamOr(
    (seat) => {
      seat.openStream();
      seat.end();
    },
    (seat) => seat.reply(200, ''),
  ),
  'garbled-events': inStreamOr(
    (seat) => {
      opened(seat, 'data: {not json\n\ndata: also not\n\n');
      seat.end();
    },
    (seat) => seat.reply(200, '{not json'),
  ),
  'bad-gzip': (seat, { stream }) =>
    seat.reply(200, 'this is not gzip', {
      'content-encoding': 'gzip',
      ...(stream ? { 'content-type': 'text/event-stream' } : {}),
    }),
  'not-http': (seat) => {
    seat.write('\u0000\u0001 this is no HTTP at all\r\n\r\n');
    seat.end();
  },
};

/** Ends of a stream after its first content: nobody else may answer any more. */
export const LATE_FAULTS: Readonly<Record<string, Play>> = {
  'late-error': (seat, { wire }) => {
    opened(seat, wire.opening + wire.content('first words') + wire.failure);
    seat.end();
  },
  'late-reset': (seat, { wire }) => {
    opened(seat, wire.opening + wire.content('first words'));
    setTimeout(seat.reset, 20);
  },
  'late-stall': (seat, { wire }) => opened(seat, wire.opening + wire.content('first words')),
  'late-clean-cut': (seat, { wire }) => {
    opened(seat, wire.opening + wire.content('first words'));
    setTimeout(seat.end, 20);
  },
  'late-half-event': (seat, { wire }) => {
    opened(seat, wire.opening + wire.content('first words') + wire.content('cut words').slice(0, 30));
    setTimeout(seat.end, 20);
  },
  'late-garbage': (seat, { wire }) => {
    opened(seat, `${wire.opening}${wire.content('first words')}data: {broken\n\n`);
    setTimeout(seat.end, 20);
  },
};

/** Refusals of the caller's own request: another target would refuse it as well. */
export const CALLER_FAULTS: Readonly<Record<string, Play>> = {
  'status-400': refusing(400),
  // Not the model but something else is missing: a file, a stored answer.
  'status-404': refusing(404),
  'status-413': refusing(413),
  'status-422': refusing(422),
};

export const PLAYS: Readonly<Record<string, Play>> = {
  ...EARLY_FAULTS,
  ...LATE_FAULTS,
  ...CALLER_FAULTS,
  'right-answer': answering('the right answer'),
};

/** Plays what the model name asks for. */
export function playByModel(seat: Seat): void {
  const asked = askedOf(seat);
  const play = PLAYS[asked.model];
  if (play === undefined) throw new Error(`the scripted provider has no play ${asked.model}`);
  play(seat, asked);
}
