import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Part, Proof } from '../../types/ir/request.ts';
import type { BlockKind, StreamEvent } from '../../types/ir/stream-event.ts';
import type { JsonObject } from '../../types/json.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeReply } from './encode-reply.ts';
import { answerContext, decodeEvents, encodeEvents, folded, wireOf } from './test-kit.ts';
import { assemble, lint } from './test-wire.ts';

const KINDS = ['text', 'reasoning', 'call'] as const satisfies BlockKind[];

/** Blocks that open, speak and close in any overlap. */
const script = fc
  .array(fc.record({ block: fc.nat(4), step: fc.nat(3), text: fc.string({ minLength: 1, maxLength: 8 }) }), {
    maxLength: 40,
  })
  .chain((steps) =>
    fc.record({
      steps: fc.constant(steps),
      kinds: fc.array(fc.constantFrom(...KINDS), { minLength: 5, maxLength: 5 }),
    }),
  )
  .map(({ steps, kinds }) => eventsOf(steps, kinds));

interface Step {
  readonly block: number;
  readonly step: number;
  readonly text: string;
}

function eventsOf(steps: readonly Step[], kinds: readonly (typeof KINDS)[number][]): StreamEvent[] {
  const open = new Set<number>();
  const closed = new Set<number>();
  const events: StreamEvent[] = [{ type: 'message-start' }];
  for (const { block, step, text } of steps) {
    const kind = kinds[block] ?? 'text';
    if (closed.has(block)) continue;
    if (!open.has(block)) {
      open.add(block);
      events.push({ type: 'block-start', block, kind, ...(kind === 'call' && { id: `id_${block}`, name: 'look' }) });
    } else if (step === 0) {
      open.delete(block);
      closed.add(block);
      events.push({ type: 'block-end', block });
    } else if (kind === 'call') events.push({ type: 'args-delta', block, text });
    else events.push({ type: 'text-delta', block, text });
  }
  return [...events, { type: 'message-end', reason: 'stop' }];
}

/** Everything that was said, by kind; calls one by one. */
function saidIn(events: readonly StreamEvent[]): { text: string; reasoning: string; calls: string[] } {
  const { blocks } = folded(events);
  const joined = (kind: 'text' | 'reasoning'): string =>
    blocks.map((block) => (block.kind === kind ? block.text : '')).join('');
  const sorted = (text: string): string => [...text].toSorted().join('');
  return {
    text: sorted(joined('text')),
    reasoning: sorted(joined('reasoning')),
    calls: blocks.flatMap((block) => (block.kind === 'call' ? [`${block.id} ${block.argsText}`] : [])).toSorted(),
  };
}

describe('any overlap of blocks', () => {
  test('keeps the grammar of the wire and loses nothing', () => {
    fc.assert(
      fc.property(script, (events) => {
        const wire = wireOf(encodeEvents(events));
        expect(lint(wire)).toEqual([]);
        expect(saidIn(decodeEvents(wire))).toEqual(saidIn(events));
      }),
      { numRuns: 300 },
    );
  });
});

describe('a proof comes back byte for byte through the client', () => {
  const proofs: { name: string; proof: Proof }[] = [
    { name: 'our own', proof: { format: 'anthropic-messages', data: 'c2lnbmF0dXJl' } },
    { name: 'of Gemini', proof: { format: 'gemini', family: 'gemini-3-pro', data: 'CiQB+/8=' } },
    {
      name: 'of Responses, with its id',
      proof: { format: 'openai-responses', family: 'gpt-5', data: 'gAAAA-_x', id: 'rs_1' },
    },
    { name: 'of Chat', proof: { format: 'openai-chat', family: 'kimi', data: '[{"a":"ü"}]' } },
  ];

  const next: StreamEvent[] = [
    { type: 'block-start', block: 1, kind: 'call', id: 'b', name: 'look' },
    { type: 'args-delta', block: 1, text: '{}' },
    { type: 'block-end', block: 1 },
  ];
  const places: { name: string; events: (proof: Proof) => StreamEvent[]; find: (part: Part) => boolean }[] = [
    {
      name: 'on thinking',
      events: (proof) => [
        { type: 'block-start', block: 0, kind: 'reasoning' },
        { type: 'text-delta', block: 0, text: 'Hm' },
        { type: 'block-end', block: 0, proof },
      ],
      find: (part) => part.type === 'reasoning' && part.text === 'Hm',
    },
    {
      name: 'on thinking without text',
      events: (proof) => [
        { type: 'block-start', block: 0, kind: 'reasoning' },
        { type: 'block-end', block: 0, proof },
      ],
      find: (part) => part.type === 'reasoning' && part.text === '',
    },
    {
      name: 'on redacted thinking',
      events: (proof) => [
        { type: 'block-start', block: 0, kind: 'reasoning', redacted: true },
        { type: 'block-end', block: 0, proof },
      ],
      find: (part) => part.type === 'reasoning' && part.redacted === true,
    },
    {
      name: 'on a call that came whole',
      events: (proof) => [
        { type: 'block-start', block: 0, kind: 'call', id: 'a', name: 'look' },
        { type: 'args-delta', block: 0, text: '{}' },
        { type: 'block-end', block: 0, proof },
      ],
      find: (part) => part.type === 'call',
    },
    {
      name: 'on a call that came in fragments',
      events: (proof) => [
        { type: 'block-start', block: 0, kind: 'call', id: 'a', name: 'look' },
        { type: 'args-delta', block: 0, text: '{"a"' },
        { type: 'args-delta', block: 0, text: ':1' },
        { type: 'args-delta', block: 0, text: '}' },
        { type: 'block-end', block: 0, proof },
      ],
      find: (part) => part.type === 'call',
    },
    {
      name: 'on text before another block',
      events: (proof) => [
        { type: 'block-start', block: 0, kind: 'text' },
        { type: 'text-delta', block: 0, text: 'A' },
        { type: 'block-end', block: 0, proof },
        ...next,
      ],
      find: (part) => part.type === 'text' && part.text === 'A',
    },
    {
      name: 'on an empty text before another block',
      events: (proof) => [
        { type: 'block-start', block: 0, kind: 'text' },
        { type: 'block-end', block: 0, proof },
        ...next,
      ],
      find: (part) => part.type === 'text' && part.text === '',
    },
  ];

  const rows = proofs.flatMap((proof) =>
    places.map((place) => ({ name: `${proof.name} ${place.name}`, proof: proof.proof, place })),
  );
  test.each(rows)('$name', ({ proof, place }) => {
    const events: StreamEvent[] = [
      { type: 'message-start' },
      ...place.events(proof),
      { type: 'message-end', reason: 'stop' },
    ];
    const answers = [assemble(wireOf(encodeEvents(events))), encodeReply(folded(events), answerContext())];
    for (const { content } of answers as JsonObject[]) {
      const messages = [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: content ?? [] },
      ];
      const decoded = decodeRequest({ model: 'm', messages }, {});
      const part = decoded.turns[1]?.parts.find(place.find);
      expect(part).toMatchObject({ proof });
      expect(decoded.turns[1]?.parts.length).toBe(events.filter(({ type }) => type === 'block-start').length);
    }
  });
});
