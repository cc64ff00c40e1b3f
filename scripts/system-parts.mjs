export function ensureSystemParts() {}
