// Who asks: `user@host`, for the people who read the batch later.
import { userInfo } from 'node:os';

export function whoAmI(host: string): string {
  try {
    return `${userInfo().username}@${host}`;
  } catch {
    // A container may run under a number that has no name.
    return `uid-${process.getuid?.() ?? 'unknown'}@${host}`;
  }
}
