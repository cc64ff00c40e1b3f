import { connect } from 'node:net';

/** Sends bytes to a service and answers everything that came back until it closed the connection, or fell silent. */
export async function sendRaw(service: string, bytes: string | Buffer, silence = 2_000): Promise<string> {
  const { hostname, port } = new URL(service);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    answer += chunk;
  });
  socket.on('error', () => undefined);
  socket.setTimeout(silence, () => socket.destroy());
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  await new Promise((closed) => socket.once('close', closed));
  return answer;
}

/** The statuses of all answers in what came back. */
export const statusesOf = (answer: string): number[] =>
  [...answer.matchAll(/(?:^|\r\n|})HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
