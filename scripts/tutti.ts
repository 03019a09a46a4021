#!/usr/bin/env node
// The entry of the CLI. Setting the exit code instead of exiting lets pipes drain first.
import { main } from './program.ts';

process.exitCode = await main(process.argv.slice(2));
