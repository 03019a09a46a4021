// BullMQ with a Redis of its own that appends every change to a file, and a worker that runs each job as a
// process: `bullmq-peer.cjs <folder of bullmq> many <count> <slots>`, `… chain <length>`, `… start`.
// Prints milliseconds. The worker runs before the clock starts.
const { execFile, spawn } = require('node:child_process');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { promisify } = require('node:util');

const [folder, verb, count = '1', slots = '1'] = process.argv.slice(2);
const { Queue, Worker } = createRequire(join(folder, 'package.json'))('bullmq');
const PORT = 16379;

const execute = promisify(execFile);

/** Answers what the command prints. */
const run = async (job) =>
  (await (job.name === 'stamp' ? execute('date', ['+%s%N']) : execute('true', []))).stdout;

async function main() {
  const args = ['--port', String(PORT), '--bind', '127.0.0.1', '--appendonly', 'yes'];
  const server = spawn('redis-server', args, { stdio: 'ignore' });
  await sleep(500);
  const connection = { host: '127.0.0.1', port: PORT, maxRetriesPerRequest: null };
  const queue = new Queue('bench', { connection });
  const concurrency = verb === 'many' ? Number(slots) : 1;
  const worker = new Worker('bench', run, { connection, concurrency });
  await worker.waitUntilReady();
  let done = 0;
  const began = performance.timeOrigin + performance.now();
  const took = await new Promise((resolve, reject) => {
    worker.on('failed', (_job, error) => reject(new Error(String(error))));
    worker.on('completed', (job, result) => {
      done += 1;
      if (verb === 'start') resolve(Number(result) / 1e6 - began);
      else if (done === Number(count)) resolve(performance.timeOrigin + performance.now() - began);
      else if (verb === 'chain') queue.add('true', {}).catch(reject);
    });
    const first =
      verb === 'many'
        ? queue.addBulk(Array.from({ length: Number(count) }, () => ({ name: 'true', data: {} })))
        : queue.add(verb === 'start' ? 'stamp' : 'true', {});
    first.catch(reject);
  });
  process.stdout.write(`${took}\n`);
  await worker.close();
  await queue.close();
  server.kill();
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
