// Disks agree on how a call fails: by the code of its error.
import { errnoOf } from '../../../agents/protocol/errno.ts';

/** The errno code that `act` fails with, thrown or rejected. */
export async function codeOf(act: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await act();
  } catch (error) {
    return errnoOf(error) ?? 'an error without a code';
  }
  return 'no error';
}
