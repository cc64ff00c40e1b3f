/** The whole command line, in a process of its own. */
import { runProcess } from './process.ts';
import { runCli } from './run.ts';

runProcess(runCli);
