import { FORMAT_IDS, type FormatId } from '../../src/types/format-id.ts';
import { errorLaw, replyLaw, requestLaw, streamLaw } from './laws.ts';
import { mutateBytes, mutateStream } from './mutate-bytes.ts';
import { mutateJson } from './mutate-json.ts';
import { createRandom, type Random } from './random.ts';
import type { ReplySamples } from './reply-samples.ts';
import { REQUESTS } from './request-samples.ts';

export type Samples = Readonly<Record<FormatId, ReplySamples>>;
type Kind = 'request' | 'stream' | 'reply' | 'error';

/** Weighed by how much there is to get wrong. */
const KINDS: readonly Kind[] = [
  'request',
  'request',
  'request',
  'request',
  'stream',
  'stream',
  'stream',
  'reply',
  'error',
];

/** A case that broke a law. */
export interface Broken {
  readonly seed: number;
  readonly kind: Kind;
  readonly format: FormatId;
  readonly words: string;
  readonly input: string;
}

export interface Outcome {
  readonly cases: number;
  readonly byKind: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  readonly broken: readonly Broken[];
}

interface Case {
  readonly input: () => string;
  run(): void;
}

function makeCase(kind: Kind, format: FormatId, samples: Samples, random: Random): Case {
  const { streams, wholes } = samples[format];
  if (kind === 'stream') {
    const bytes = mutateStream(random.pick(streams), random);
    return { input: () => bytes.toString('latin1'), run: () => streamLaw(format, bytes, random) };
  }
  if (kind === 'error') {
    const text = mutateBytes(Buffer.from(JSON.stringify(mutateJson(random.pick(ERRORS), random))), random).toString();
    return { input: () => text, run: () => errorLaw(format, text, random) };
  }
  const value = mutateJson(random.pick(kind === 'request' ? REQUESTS[format] : wholes), random);
  const law = kind === 'request' ? requestLaw : replyLaw;
  return { input: () => JSON.stringify(value), run: () => law(format, value, random) };
}

const ERRORS = [
  { error: { message: 'no', type: 'invalid_request_error', param: 'x', code: 'context_length_exceeded' } },
  { type: 'error', error: { type: 'overloaded_error', message: 'no' }, request_id: 'r' },
  {
    error: {
      code: 429,
      message: 'no',
      status: 'RESOURCE_EXHAUSTED',
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' }],
    },
  },
  [{ error: { code: 400, message: 'API key not valid', status: 'INVALID_ARGUMENT' } }],
  { detail: [{ loc: ['body', 'model'], msg: 'no', type: 'missing' }] },
  { error: 'no', message: 'no', detail: 'no' },
];

/** Runs cases from `seed` on, one seed each, until their number or the time is spent. Never throws. */
export function runCases(samples: Samples, seed: number, limits: { cases: number; ms: number }): Outcome {
  const broken: Broken[] = [];
  const byKind: Record<string, number> = {};
  const endMs = performance.now() + limits.ms;
  let slowestMs = 0;
  let cases = 0;
  for (; cases < limits.cases && broken.length < 20; cases += 1) {
    const startMs = performance.now();
    if (startMs > endMs) break;
    const random = createRandom(seed + cases);
    const kind = random.pick(KINDS);
    const format = random.pick(FORMAT_IDS);
    const made = makeCase(kind, format, samples, random);
    try {
      made.run();
    } catch (thrown) {
      const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : (thrown as Error);
      const words = `${String(thrown)}\n${cause.stack?.split('\n').slice(0, 6).join('\n')}`;
      if (!broken.some((other) => other.words === words)) {
        broken.push({ seed: seed + cases, kind, format, words, input: made.input().slice(0, 3000) });
      }
    }
    byKind[kind] = (byKind[kind] ?? 0) + 1;
    slowestMs = Math.max(slowestMs, performance.now() - startMs);
  }
  return { cases, byKind, slowestMs, broken };
}
