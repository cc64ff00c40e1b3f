// Loaded into the service before its own code: its clock goes ahead by the milliseconds in a file, which a test changes
// while the service runs. Tokens and keys then end in the way they do for people, without the waiting.
import { readFileSync } from 'node:fs';

const real = Date.now;
let ahead = 0;
const read = () => {
  ahead = Number(readFileSync(process.env.PKGAUTH_TEST_CLOCK, 'utf8'));
};
read();
setInterval(read, 20).unref();
Date.now = () => real() + ahead;
