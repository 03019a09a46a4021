// A lock for one host, held by the kernel: an abstract socket (unix(7)) has one listener, and whoever ends in any
// way lets go of it. Nothing is left on a disk, nothing goes stale, and a waiter wakes when the holder's end of
// its connection closes. It holds within one network namespace: two containers do not see each other.
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Clock } from './clock.ts';

export interface HostLock {
  release(): Promise<void>;
}

const RETRY_MS = 50;
const HOLDER_CHARACTERS_MAX = 200;

/** `holder` tells the others who has it; `onWait` gets that of whoever is waited for. @throws the reason of `signal` */
export async function acquireHostLock(
  name: string,
  holder: string,
  clock: Clock,
  signal: AbortSignal,
  onWait: (holder: string) => void,
): Promise<HostLock> {
  const address = `\0tutti.${name}`;
  for (;;) {
    signal.throwIfAborted();
    const lock = await listen(address, holder);
    if (lock !== null) return lock;
    await waitForRelease(address, signal, onWait);
    await clock.sleep(RETRY_MS, signal);
  }
}

/** Null when another process, or another part of this one, has it. */
function listen(address: string, holder: string): Promise<HostLock | null> {
  return new Promise((resolve, reject) => {
    const waiting = new Set<Socket>();
    const server = createServer((socket) => {
      waiting.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => waiting.delete(socket));
      socket.write(holder.slice(0, HOLDER_CHARACTERS_MAX));
    });
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    );
    server.listen(address, () => resolve({ release: () => close(server, waiting) }));
    server.unref();
  });
}

function close(server: Server, waiting: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of waiting) socket.destroy();
  });
}

/** Also resolves when the holder is gone before it could be reached. */
function waitForRelease(
  address: string,
  signal: AbortSignal,
  onWait: (holder: string) => void,
): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const end = (): void => void socket.destroy();
    signal.addEventListener('abort', end, { once: true });
    socket.on('data', (text) => onWait(text.toString()));
    socket.on('error', () => undefined);
    socket.once('close', () => {
      signal.removeEventListener('abort', end);
      resolve();
    });
  });
}
