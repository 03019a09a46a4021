// Processes of this host as /proc shows them, and those that belong to one test.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export const pids = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** Zombies are dead. */
export function isAlive(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !['Z', 'X'].includes(text.slice(text.lastIndexOf(')') + 2)[0]!);
  } catch {
    return false;
  }
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

/** What runs in `folder` or was started for a batch that is, or lies below, it. */
export const processesOf = (folder: string): number[] =>
  pids().filter((pid) => {
    if (pid === process.pid || !isAlive(pid)) return false;
    const cwd = attempt(() => readlinkSync(`/proc/${pid}/cwd`));
    if (cwd === folder || cwd.startsWith(`${folder}/`)) return true;
    const environ = attempt(() => readFileSync(`/proc/${pid}/environ`, 'latin1'));
    return [`${folder}/`, `${folder}\0`].some((end) => environ.includes(`TUTTI_BATCH_PATH=${end}`));
  });

const commandOf = (pid: number): string =>
  attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim());

/**
 * Ends everything that still has to do with `home`, brains and agents that others started for it
 * included; answers a sentence for each.
 */
export function endSurvivors(home: string): string[] {
  const own = new Set(processesOf(home));
  return pids()
    .map((pid) => ({ pid, command: commandOf(pid) }))
    .filter(({ pid, command }) => own.has(pid) || (command.includes(`${home}/`) && isAlive(pid)))
    .map(({ pid, command }) => {
      attempt(() => String(process.kill(pid, 'SIGKILL')));
      return `process ${pid} was left alive: ${command}`;
    });
}
