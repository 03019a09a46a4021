// Paths of the host that are not below `shared/`: a task may require or produce any file. Below `shared/`
// the Disk port answers instead.
import { access, realpath } from 'node:fs/promises';

export async function isOnHost(absolutePath: string): Promise<boolean> {
  try {
    await access(absolutePath);
    return true;
  } catch {
    return false;
  }
}

/** The path without symbolic links; as it is when nothing is there. */
export async function resolveOnHost(absolutePath: string): Promise<string> {
  try {
    return await realpath(absolutePath);
  } catch {
    return absolutePath;
  }
}
