import { z } from 'zod';

/** Every refusal of our own surfaces: `application/problem+json` (RFC 9457). */
export const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int().min(400).max(599),
  /** For people; never contains a secret. */
  detail: z.string().optional(),
  /** For programs. */
  code: z.string(),
  request_id: z.string().optional(),
});
export type Problem = z.infer<typeof problem>;

export const problemContentType = 'application/problem+json';
