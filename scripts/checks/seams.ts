export function unprovenParts(): string[] {
  return [];
}
