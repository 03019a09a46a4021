// What both scripts share as programs: `--name value` options, and a result that is the last line, in JSON.
import { parseArgs } from 'node:util';

export function runScript(script, names, main) {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
  try {
    const { values } = parseArgs({ options });
    const missing = names.find((name) => values[name] === undefined);
    if (missing !== undefined) throw new Error(`--${missing} is missing`);
    console.log(JSON.stringify(main(values)));
  } catch (error) {
    console.error(`${script}: ${error.message}`);
    process.exitCode = 1;
  }
}
