// What the three scripts share as programs: `--name value` options, and a failure that is one clear line.

// A refusal that the reader can act on; everything else that is thrown is a bug and keeps its stack.
export class Refusal extends Error {}

export function parseOptions(args, names) {
  const options = {};
  for (let at = 0; at < args.length; at += 2) {
    const name = args[at].replace(/^--/, '');
    if (!names.includes(name) || args[at] === name) {
      throw new Refusal(
        `unknown option ${JSON.stringify(args[at])}; known: --${names.join(', --')}`,
      );
    }
    if (at + 1 >= args.length) throw new Refusal(`--${name} needs a value`);
    options[name] = args[at + 1];
  }
  const missing = names.find((name) => options[name] === undefined);
  if (missing !== undefined) throw new Refusal(`--${missing} is missing`);
  return options;
}

// Runs `main` with the parsed options. What it returns is printed as the last line, in JSON, which is how
// a task tells its result to the run summary.
export function runScript(script, names, main) {
  try {
    console.log(JSON.stringify(main(parseOptions(process.argv.slice(2), names))));
  } catch (error) {
    const isKnown = error instanceof Refusal || error.code !== undefined;
    console.error(`${script}: ${isKnown ? error.message : error.stack}`);
    process.exitCode = 1;
  }
}
