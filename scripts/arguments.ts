// Parsers of option values. What they refuse, commander reports with the name of the option.
import { InvalidArgumentError } from 'commander';
import { PRIORITIES } from '../agents/protocol/words.ts';

export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0) || value > 4_000_000) {
    throw new InvalidArgumentError('Expected a number of seconds.');
  }
  return value;
}

export function positive(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

export function priority(text: string): number {
  const named = Object.entries(PRIORITIES).find(([word]) => word === text)?.[1];
  if (named !== undefined) return named;
  if (!/^\d{1,2}$/.test(text)) {
    throw new InvalidArgumentError(`Expected ${Object.keys(PRIORITIES).join(', ')} or 0 to 99.`);
  }
  return Number(text);
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s`, `15m`, `12h`, `7d`, in ms. */
export function age(text: string): number {
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected a time such as 12h or 7d.');
  return Number(match[1]) * UNITS[match[2]!]! * 1000;
}

export type Moment = { readonly agoMs: number } | { readonly atMs: number };

/** A time span before now, or a date. */
export function moment(text: string): Moment {
  if (/^\d{1,6}[smhd]$/.test(text)) return { agoMs: age(text) };
  const atMs = Date.parse(text);
  if (!Number.isNaN(atMs)) return { atMs };
  throw new InvalidArgumentError(
    'Expected a time such as 12h or 7d, or a date such as 2026-11-20.',
  );
}

/** For options that may be given several times. */
export const collect = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  text,
];

export const collectCards = (text: string, before: readonly number[] = []): readonly number[] => [
  ...before,
  positive(text),
];
