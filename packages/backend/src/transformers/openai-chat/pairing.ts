import type { CallPart, ResultPart, Turn } from '../../types/ir/request.ts';

/** The results for the calls of each assistant turn, and those that answer nothing. */
export interface Pairing {
  /** Result of a call, by the call part itself: ids may repeat in a long history. Absent: it has none. */
  readonly resultOf: ReadonlyMap<CallPart, ResultPart>;
  readonly orphans: readonly ResultPart[];
}

/** Gives each call the first unused result of its id that comes after it, however late and in whatever order. */
export function pairResults(turns: readonly Turn[]): Pairing {
  const waiting = new Map<string, CallPart[]>();
  const resultOf = new Map<CallPart, ResultPart>();
  const orphans: ResultPart[] = [];
  for (const part of turns.flatMap(({ parts }) => parts)) {
    if (part.type === 'call') {
      waiting.set(part.id, [...(waiting.get(part.id) ?? []), part]);
    } else if (part.type === 'result') {
      const call = waiting.get(part.id)?.shift();
      if (call === undefined) orphans.push(part);
      else resultOf.set(call, part);
    }
  }
  return { resultOf, orphans };
}
