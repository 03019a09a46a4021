// Many who wait for the same directory to reach the disk at once are served by one fsync. One that has begun
// may have missed what a later caller did, so whoever comes while it runs waits for the next, together.

interface Line {
  readonly running: Promise<void>;
  next: Promise<void> | null;
}

export function shareSyncs(sync: (path: string) => Promise<void>): (path: string) => Promise<void> {
  const lines = new Map<string, Line>();
  const begin = (path: string): Promise<void> => {
    const running = sync(path);
    const line: Line = { running, next: null };
    lines.set(path, line);
    const leave = (): void => {
      if (line.next === null) lines.delete(path);
    };
    running.then(leave, leave);
    return running;
  };
  return (path) => {
    const line = lines.get(path);
    if (line === undefined) return begin(path);
    const again = (): Promise<void> => begin(path);
    line.next ??= line.running.then(again, again);
    return line.next;
  };
}
