import type { z } from 'zod';

/** One HTTP endpoint: what is sent and what a success answers. Refusals are `problem`, unless its surface says otherwise. */
export type Endpoint = {
  method: 'GET' | 'POST' | 'DELETE';
  /** Path from the service's root; `:name` is a parameter. */
  path: `/${string}`;
  /** Absent when the request has no body. */
  request?: z.ZodType;
  /** Status of success. */
  status: 200 | 201 | 204;
  /** Absent when success has no body. */
  response?: z.ZodType;
};
