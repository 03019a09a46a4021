// What processes say that they take of a simulated card: MiB in their environment. It is read from outside, as
// nvidia-smi tells it of a real card; a group takes what its largest process says, because children inherit it.
import { allPids, readEnviron, readStat } from './proc.ts';

const DECLARATION = /^TUTTI_SIMULATED_VRAM_MIB=(\d{1,7})$/;

/** By process group; null when nobody says anything. */
export function declaredMib(): ReadonlyMap<number, number> | null {
  const groups = new Map<number, number>();
  for (const pid of allPids()) {
    const said = readEnviron(pid).flatMap((line) => DECLARATION.exec(line)?.[1] ?? []);
    const group = said.length === 0 ? undefined : readStat(pid)?.pgrp;
    if (group === undefined) continue;
    groups.set(group, Math.max(groups.get(group) ?? 0, ...said.map(Number)));
  }
  return groups.size === 0 ? null : groups;
}
