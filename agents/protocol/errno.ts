// The name of the errno behind a failed system call. Node names those that libuv knows; two that a network
// mount answers are not among them and arrive as `Unknown system error -116`.
const NAMELESS: Readonly<Record<number, string>> = { [-116]: 'ESTALE', [-122]: 'EDQUOT' };

interface SystemError extends Error {
  readonly code?: string;
  readonly errno?: number;
}

/** Undefined for what is no failed system call. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errno } = error as SystemError;
  return (errno === undefined ? undefined : NAMELESS[errno]) ?? code;
}
