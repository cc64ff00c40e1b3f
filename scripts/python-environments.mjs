export function ensurePythonEnvironments() {}
