// The one source of randomness of a run. Every part of the simulation throws dice of its own, made from
// the seed and a name, so that switching one kind of fault off leaves the throws of the others alone.
import type { Random } from '../../agents/process/clock.ts';
import { hashText } from '../../agents/protocol/ids.ts';

export interface Dice extends Random {
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** sfc32 by Chris Doty-Humphrey (PractRand): small, fast and good enough for schedules. */
export function openDice(seed: number, name: string): Dice {
  let a = seed | 0;
  let b = Number.parseInt(hashText(name), 36) | 0;
  let c = 0x9e3779b9;
  let d = 1;
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 4_294_967_296;
  };
  for (let warm = 0; warm < 12; warm++) next();
  const between = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick: (list) => list[between(0, list.length - 1)]!,
    text: (length) => Array.from({ length }, () => ALPHABET[between(0, 35)]!).join(''),
  };
}
