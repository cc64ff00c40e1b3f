import { randomBytes } from 'node:crypto';
import type { Random } from '../core/ports/index.ts';

export const createRandom = (): Random => ({ bytes: (length) => randomBytes(length) });
