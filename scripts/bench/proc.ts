// What /proc tells about processes: CPU time to the nanosecond, and memory.
import { readdir, readFile } from 'node:fs/promises';

/** Time on a CPU of all threads so far, in ms (Documentation/scheduler/sched-stats in the kernel's tree). */
export async function cpuMsOf(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  let sumNs = 0;
  for (const thread of threads) {
    const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0');
    sumNs += Number(text.split(' ')[0]);
  }
  return sumNs / 1e6;
}

/** The highest resident memory so far, in MB. */
export async function peakMegabytesOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return (Number(/^VmHWM:\s+(\d+) kB/m.exec(text)?.[1]) * 1024) / 1e6;
}

export const threadsOf = async (pid: number): Promise<Set<number>> =>
  new Set((await readdir(`/proc/${pid}/task`)).map(Number));

/** All that it started and that still runs, and what those started. */
export async function descendantsOf(pid: number): Promise<number[]> {
  const found: number[] = [];
  for (const thread of await threadsOf(pid)) {
    const text = await readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '');
    for (const child of text.split(' ').filter((word) => word !== '')) {
      found.push(Number(child), ...(await descendantsOf(Number(child)).catch(() => [])));
    }
  }
  return found;
}
