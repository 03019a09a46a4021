/** The code of an error of the operating system; undefined for every other error, which is a bug of ours. */
export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
