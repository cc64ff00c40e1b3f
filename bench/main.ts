import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchGateway } from './gateway.ts';
import { renderReport, type Table } from './report.ts';
import { benchStartUp } from './start-up.ts';
import { benchTokens } from './tokens.ts';

const quick = process.argv.includes('--quick');
const settings = quick ? { rounds: 1, seconds: 2 } : { rounds: 5, seconds: 4 };
const benches: (() => Promise<Table>)[] = [
  () => benchGateway(settings),
  () => benchTokens(settings),
  () => benchStartUp({ rounds: quick ? 5 : 31 }),
];
const tables: Table[] = [];
for (const bench of benches) tables.push(await bench());
const report = renderReport(tables, `${settings.rounds} rounds of ${settings.seconds} s`);
process.stdout.write(report);
if (!quick) writeFileSync(join(import.meta.dirname, '../docs/performance.md'), report);
