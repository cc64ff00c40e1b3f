import { join } from 'node:path';
import { partPath } from './parts.ts';

/** The path of a program of a Python environment, as in `pythonTool('uv-0.12.6', 'uv')`. */
export function pythonTool(environment: string, executable: string): string {
  return join(partPath(`python/${environment}`), 'bin', executable);
}
