// Waits for something to become true, as the loops under test do: look, and look again. The deadline is
// generous, because a loaded machine is slow and no test is about being fast.
const DEADLINE_MS = 30_000;
const LOOK_INTERVAL_MS = 20;

/** Answers the first value that is not null, undefined or false. `what` names it in the failure. */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
  deadlineMs: number = DEADLINE_MS,
): Promise<Exclude<T, null | undefined | false>> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const value = await look();
    if (value !== null && value !== undefined && value !== false) {
      return value as Exclude<T, null | undefined | false>;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
  }
}
