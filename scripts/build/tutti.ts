// What the build puts in the place of dist/scripts/tutti.js.
import { join } from 'node:path';
import { openProgram } from './open-program.ts';

/** The path of the bundle from dist/scripts/, without its ending: one build has one, by its content. */
declare const BUNDLE: string;

const bundle = join(import.meta.dirname, BUNDLE);
const { program } = await openProgram(`${bundle}.cjs`, `${bundle}.code`);
process.exitCode = await program.main(process.argv.slice(2));
