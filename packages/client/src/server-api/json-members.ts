export type JsonObject = Readonly<Record<string, unknown>>;

/** The value when it is a JSON object, else `undefined`. */
export const asObject = (value: unknown): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;

/** A member that is a text, else `undefined`. */
export const textOf = (object: JsonObject | undefined, name: string): string | undefined => {
  const value = object?.[name];
  return typeof value === 'string' ? value : undefined;
};

/** The objects in a member that is an array; empty when it is not one. */
export const objectsOf = (object: JsonObject | undefined, name: string): JsonObject[] => {
  const value = object?.[name];
  if (!Array.isArray(value)) return [];
  return value.map((item: unknown) => asObject(item)).filter((item) => item !== undefined);
};
