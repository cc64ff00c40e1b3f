/** What a stand-in process writes and how it ends; nothing else may reach stdout. */
export type HelperAnswer = { stdout: string; stderr: string; exitCode: number };
