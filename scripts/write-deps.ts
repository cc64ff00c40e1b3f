// `node scripts/write-deps.ts`: writes scripts/deps.txt, the committed list of what our packages bring.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runtimeDependencies } from './checks/runtime-dependencies.ts';

writeFileSync(join(import.meta.dirname, 'deps.txt'), runtimeDependencies());
