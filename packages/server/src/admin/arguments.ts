import { ServiceError } from '../core/errors.ts';
import {
  type Organization,
  type Role,
  roles,
  type User,
  type ValidityDays,
  validityDays,
} from '../core/model.ts';
import { type Administration, type Input, UsageError } from './command.ts';

/** The positional argument at `at`; commands declare how many they take, so it is there. */
export const positional = ({ positionals }: Input, at: number): string => positionals[at] ?? '';

export function optional({ values }: Input, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

export function required(input: Input, name: string): string {
  const value = optional(input, name);
  if (value === undefined) throw new UsageError(`--${name} is missing`);
  return value;
}

export function flag({ values }: Input, name: string): boolean {
  return values[name] === true;
}

export function oneOf<T extends string>(name: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw new UsageError(`--${name} must be one of ${choices.join(', ')}`);
  return found;
}

export const roleOption = (input: Input, fallback: Role): Role =>
  oneOf('role', optional(input, 'role') ?? fallback, roles);

export function validityOption(input: Input): ValidityDays {
  const text = required(input, 'validity');
  const found = validityDays.find((days) => String(days) === text);
  if (found === undefined)
    throw new UsageError(`--validity must be one of ${validityDays.join(', ')} (days)`);
  return found;
}

export function countOption(input: Input, name: string): number {
  const text = required(input, name);
  if (!/^\d{1,6}$/.test(text)) throw new UsageError(`--${name} must be a whole number`);
  return Number(text);
}

/** A moment in ISO 8601; a date alone means its beginning in UTC. Milliseconds. */
export function momentOption(input: Input, name: string): number {
  const text = required(input, name);
  const at = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(at))
    throw new UsageError(`--${name} must be a date such as 2027-06-30 or 2027-06-30T12:00:00Z`);
  return at;
}

/** `ORG/NAME`. */
export function scopedName(text: string): { slug: string; name: string } {
  const [slug = '', name = '', ...rest] = text.split('/');
  if (slug === '' || name === '' || rest.length > 0)
    throw new UsageError(`"${text}" must have the form ORG/NAME`);
  return { slug, name };
}

export function listOption(input: Input, name: string): string[] {
  const entries = required(input, name).split(',');
  return entries.map((entry) => entry.trim()).filter((entry) => entry !== '');
}

export async function userOf({ services }: Administration, email: string): Promise<User> {
  const user = await services.users.findByEmail(email);
  if (user === undefined) throw new ServiceError('not-found', `There is no user ${email}`);
  return user;
}

export async function organizationOf({ storage }: Administration, slug: string): Promise<Organization> {
  const organization = await storage.organizations.findBySlug(slug);
  if (organization === undefined) throw new ServiceError('not-found', `There is no organization ${slug}`);
  return organization;
}
