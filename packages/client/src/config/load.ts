import { type Field, type FieldName, fields } from './fields.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A setting and the variable that it came from. */
export type Setting = { readonly value: string; readonly variable: string };

/** The value of a setting with its origin; undefined when no variable is set. An empty variable counts as not set. */
export const settingOf = (env: Env, name: FieldName): Setting | undefined => {
  const field: Field = fields[name];
  for (const variable of field.variables) {
    const value = env[variable];
    if (value !== undefined && value !== '') return { value, variable };
  }
  return undefined;
};
