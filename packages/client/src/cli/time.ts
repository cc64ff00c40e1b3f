/** A moment as people and programs read it: RFC 3339 in UTC, whole seconds. */
export const isoTime = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, 'Z');

/** The same, or `null` for JSON when the moment is not known. */
export const isoTimeOrNull = (milliseconds: number | undefined): string | null =>
  milliseconds === undefined ? null : isoTime(milliseconds);

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** `in 3 days`, `5 minutes ago`: the distance from now in its largest whole unit. */
export const relativeTime = (milliseconds: number, now: number): string => {
  const distance = Math.abs(milliseconds - now);
  const [name, length] = units.find(([, size]) => distance >= size) ?? units[3];
  const count = Math.floor(distance / length);
  const text = `${count} ${name}${count === 1 ? '' : 's'}`;
  return milliseconds >= now ? `in ${text}` : `${text} ago`;
};
