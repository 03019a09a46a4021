// How a process ends: TERM and INT ask for a clean stop, a second one for a quick stop. The exit codes
// are the ones docs/CLI.md lists; launch decides by them whether a restart makes sense.

export const EXIT = {
  ok: 0,
  /** Something ran and failed: a batch, a check. */
  failed: 1,
  /** The arguments or the input are wrong. */
  usage: 2,
  /** The configuration or shared/ cannot be used; a restart would not help. */
  config: 78,
  /** Another process holds the lock. */
  locked: 73,
  /** Not now: try again (sysexits EX_TEMPFAIL). */
  notNow: 75,
  /** A newer brain or a second agent of the same name took over. */
  superseded: 76,
  /** A broken invariant. */
  internal: 70,
} as const;

export interface Shutdown {
  /** 0 running, 1 clean stop asked, 2 quick stop asked. */
  readonly level: number;
  request(level: 1 | 2): void;
  onRequest(listener: () => void): void;
}

export function openShutdown(): Shutdown {
  let level = 0;
  const listeners: (() => void)[] = [];
  const request = (wanted: 1 | 2): void => {
    level = Math.max(level, wanted);
    for (const listener of listeners) listener();
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => request(level === 0 ? 1 : 2));
  }
  return {
    get level() {
      return level;
    },
    request,
    onRequest: (listener) => void listeners.push(listener),
  };
}
