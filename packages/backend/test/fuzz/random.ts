/** A source of chance that gives the same again for the same seed. */
export interface Random {
  /** A whole number from 0 up to and without `below`. */
  int(below: number): number;
  /** One of these; throws on an empty list. */
  pick<T>(list: readonly T[]): T;
  /** True this often, 0 to 1. */
  chance(share: number): boolean;
}

/** Mulberry32, by Tommy Ettinger (public domain): small, fast, and good enough to damage texts. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (below: number): number => Math.floor(next() * below);
  return {
    int,
    pick: (list) => {
      if (list.length === 0) throw new RangeError('nothing to pick from');
      return list[int(list.length)] as (typeof list)[number];
    },
    chance: (share) => next() < share,
  };
}
