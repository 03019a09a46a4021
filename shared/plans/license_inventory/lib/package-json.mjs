// Reads the package.json of a folder. A broken one is an answer, not an error: the package is installed
// and belongs into the inventory all the same.
import { join } from 'node:path';
import { readText } from './files.mjs';

// `folder` is a real path. Answers `{ fields }`, `{ problem }`, or null when the folder holds no package.json.
export function readPackageJson(folder) {
  const read = readText(join(folder, 'package.json'), folder);
  if (read === null || read.problem !== undefined) return read;
  if (read.isCut) return { problem: 'too large to be a package.json' };
  try {
    const fields = JSON.parse(read.text);
    const isObject = typeof fields === 'object' && fields !== null && !Array.isArray(fields);
    return isObject ? { fields } : { problem: 'not a JSON object' };
  } catch {
    return { problem: 'not valid JSON' };
  }
}

export const textField = (fields, name) =>
  typeof fields?.[name] === 'string' ? fields[name].trim() : '';
