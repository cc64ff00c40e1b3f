/**
 * The stand-ins alone, in a process of their own: bundled without the rest of the command line, because reading and
 * initializing what is not needed is what such a call would spend most of its time on.
 */
import { ClientError } from '../errors.ts';
import type { RawCommand } from './command.ts';
import { helperBazel } from './commands/helper-bazel.ts';
import { helperKeyring } from './commands/helper-keyring.ts';
import { noOptions } from './global-options.ts';
import { runProcess } from './process.ts';
import { type StandInCall, standInCall } from './stand-in-call.ts';

const standIns = {
  keyring: helperKeyring,
  bazel: helperBazel,
} as const satisfies Record<StandInCall['name'], RawCommand>;

runProcess(async ({ program, createContext }) => {
  const call = standInCall(program.invokedAs, program.argv);
  if (call === undefined) throw new ClientError('usage', 'this program only stands in for others');
  return standIns[call.name].runRaw({ context: createContext(noOptions), program }, call.argv);
});
