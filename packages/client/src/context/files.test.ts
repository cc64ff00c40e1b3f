import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { run, temporaryDirectory } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import type { Context } from '../context.ts';
import { createContext } from './node-context.ts';

const scene = () => {
  const home = temporaryDirectory();
  const { files } = createContext({ settings: { HOME: home.path } });
  return { home: home.path, files, [Symbol.dispose]: home[Symbol.dispose] };
};

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('read', () => {
  it('answers undefined for an absent file and makes nothing (CS15)', async () => {
    using place = scene();
    expect(await place.files.read(join(place.home, 'a', 'b'))).toBeUndefined();
    expect(readdirSync(place.home)).toEqual([]);
  });

  it('CS13 refuses a FIFO at once', async () => {
    using place = scene();
    const path = join(place.home, 'fifo');
    await run('mkfifo', [path]);
    await expect(place.files.read(path)).rejects.toThrow('not a regular file');
  });

  it.each(['/dev/zero', '/tmp'])('CS13 refuses %s', async (path) => {
    using place = scene();
    await expect(place.files.read(path)).rejects.toMatchObject({ name: 'ClientError', exitCode: 6 });
  });

  it('CS13 refuses a sparse file of a gigabyte', async () => {
    using place = scene();
    const path = join(place.home, 'sparse');
    writeFileSync(path, '', { mode: 0o600 });
    truncateSync(path, 2 ** 30);
    await expect(place.files.read(path)).rejects.toThrow('larger than 5 MiB');
  });

  it('CS05 refuses what is not UTF-8 and keeps a byte order mark', async () => {
    using place = scene();
    const path = join(place.home, 'text');
    writeFileSync(path, Buffer.of(0xff, 0xfe, 0x7b, 0), { mode: 0o600 });
    await expect(place.files.read(path)).rejects.toMatchObject({ code: 'store-corrupt' });
    writeFileSync(path, '\ufeffx', { mode: 0o600 });
    expect(await place.files.read(path)).toBe('\ufeffx');
  });
});

describe('write', () => {
  it('CS12 makes directories 0700 and files 0600 under any umask', async () => {
    for (const umask of [0o000, 0o022, 0o077]) {
      using place = scene();
      const path = join(place.home, 'a', 'b', 'c');
      const before = process.umask(umask);
      try {
        await place.files.write(path, 'x');
      } finally {
        process.umask(before);
      }
      expect([modeOf(path), modeOf(join(place.home, 'a')), modeOf(join(place.home, 'a', 'b'))]).toEqual([
        0o600, 0o700, 0o700,
      ]);
    }
  });

  it.each([
    [0o644, 0o600],
    [0o600, 0o600],
    [0o400, 0o400],
  ])('CS12 an existing mode %o becomes %o', async (before, after) => {
    using place = scene();
    const path = join(place.home, 'f');
    writeFileSync(path, 'old');
    chmodSync(path, before);
    await place.files.write(path, 'new');
    expect(modeOf(path)).toBe(after);
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  it('CS30 leaves nothing beside the file, and sweeps what dead writers left', async () => {
    using place = scene();
    const leftover = join(place.home, `.f.${'0'.repeat(32)}.tmp`);
    const others = ['.f.tmp', '.g.0123.tmp', 'f~', `.f.${'z'.repeat(32)}.tmp`];
    for (const name of [leftover, ...others.map((other) => join(place.home, other))])
      writeFileSync(name, 's');
    await place.files.write(join(place.home, 'f'), 'x');
    expect(readdirSync(place.home).sort()).toEqual(['f', ...others].sort());
  });

  it('CS11 writes through a link to a file of ours and keeps the link', async () => {
    using place = scene();
    mkdirSync(join(place.home, 'dotfiles'), { mode: 0o700 });
    const target = join(place.home, 'dotfiles', 'real');
    writeFileSync(target, 'old', { mode: 0o600 });
    const link = join(place.home, 'link');
    symlinkSync('dotfiles/real', link);
    await place.files.write(link, 'new');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, 'utf8')).toBe('new');
    expect(readdirSync(place.home).sort()).toEqual(['dotfiles', 'link']);
  });

  it('CS11 makes the target of a dangling link inside the home directory', async () => {
    using place = scene();
    const link = join(place.home, 'link');
    symlinkSync('later/real', link);
    await place.files.write(link, 'new');
    expect(readFileSync(join(place.home, 'later', 'real'), 'utf8')).toBe('new');
  });

  it('CS11 refuses a dangling link out of the home directory', async () => {
    using place = scene();
    using outside = temporaryDirectory();
    const link = join(place.home, 'link');
    for (const target of [join(outside.path, 'x'), `${place.home}-evil/x`, '..', '../x', 'link']) {
      await run('ln', ['-sfn', target, link]);
      await expect(place.files.write(link, 'secret')).rejects.toMatchObject({ code: 'store-unavailable' });
    }
    expect(readdirSync(outside.path)).toEqual([]);
    expect(existsSync(`${place.home}-evil`)).toBe(false);
  });

  it('refuses to replace what is not a regular file', async () => {
    using place = scene();
    const path = join(place.home, 'd');
    mkdirSync(path);
    await expect(place.files.write(path, 'x')).rejects.toThrow('not a regular file');
  });

  it.each([
    ['a directory that others can write', 'directory', 0o777],
    ['a directory that the group can write', 'directory', 0o770],
    ['a file that others can write', 'file', 0o606],
    ['a file that the group can write', 'file', 0o660],
  ] as const)('CS12 refuses %s, with the command that mends it', async (_, what, mode) => {
    using place = scene();
    const directory = join(place.home, 'd');
    const path = join(directory, 'f');
    mkdirSync(directory, { mode: 0o700 });
    writeFileSync(path, 'old', { mode: 0o600 });
    chmodSync(what === 'file' ? path : directory, mode);
    await expect(place.files.write(path, 'new')).rejects.toMatchObject({
      code: 'store-unavailable',
      hint: expect.stringContaining('chmod') as string,
    });
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  it('CS12 writes into a sticky directory, where nobody else can replace our file', async () => {
    using place = scene();
    const directory = join(place.home, 'shared');
    mkdirSync(directory);
    chmodSync(directory, 0o1777);
    await place.files.write(join(directory, 'f'), 'x');
    expect(modeOf(join(directory, 'f'))).toBe(0o600);
  });
});

/** Runs `body` (an async function of `files`, `home`, `say`) in a process of its own; answers all that it said. */
const inProcess = async (home: string, body: string, before = ''): Promise<string> => {
  const context = new URL('./node-context.ts', import.meta.url).href;
  const program = `
    ${before}
    const { createContext } = await import(${JSON.stringify(context)});
    const { files } = createContext({ settings: { HOME: ${JSON.stringify(home)} } });
    const home = ${JSON.stringify(home)};
    const say = (text) => process.stdout.write(text + '\\n');
    try { ${body} } catch (error) { say(error.code + ': ' + error.message); }`;
  const { stdout, stderr } = await run(
    process.execPath,
    ['--conditions=@pkgauth/source', '--input-type=module', '-e', program],
    { env: { PATH: process.env.PATH ?? '' } },
  );
  return stdout + stderr;
};

/** The same as another user, on files made by this one. */
const asNobody = (home: string, body: string): Promise<string> =>
  inProcess(home, body, 'process.setegid(65534); process.seteuid(65534);');

describe.runIf(process.geteuid?.() === 0)('files of another user', () => {
  it('CS12 warns when it reads one, and refuses to replace it', async () => {
    using place = scene();
    const path = join(place.home, 'd', 'f');
    mkdirSync(join(place.home, 'd'), { mode: 0o755 });
    writeFileSync(path, 'theirs', { mode: 0o644 });
    for (const each of [place.home, join(place.home, 'd'), path]) await run('chown', ['1234', each]);
    chmodSync(place.home, 0o755);
    const output = await asNobody(
      place.home,
      `say(await files.read(home + '/d/f')); await files.write(home + '/d/f', 'x');`,
    );
    expect(output).toContain('theirs\n');
    expect(output).toContain(`pkgauth: ${path} belongs to another user`);
    expect(output).toMatch(/store-unavailable: the directory .* belongs to another user/);
  });

  it('CS11 refuses a link that leads to one, and a link that somebody else made', async () => {
    using place = scene();
    chmodSync(place.home, 0o755);
    const theirs = join(place.home, 'theirs');
    writeFileSync(theirs, 'old', { mode: 0o644 });
    await run('chown', ['1234', theirs]);
    const mine = join(place.home, 'mine');
    mkdirSync(mine, { mode: 0o755 });
    symlinkSync(theirs, join(mine, 'to-theirs'));
    writeFileSync(join(mine, 'target'), 'old', { mode: 0o600 });
    symlinkSync(join(mine, 'target'), join(mine, 'planted'));
    await run('chown', ['-R', '-h', '65534', mine]);
    await run('chown', ['-h', '1234', join(mine, 'planted')]);
    expect(await asNobody(place.home, `await files.write(home + '/mine/to-theirs', 'x');`)).toMatch(
      /another user/,
    );
    expect(await asNobody(place.home, `await files.write(home + '/mine/planted', 'x');`)).toMatch(
      /symbolic link .* another user/,
    );
    expect(readFileSync(theirs, 'utf8')).toBe('old');
    expect(readFileSync(join(mine, 'target'), 'utf8')).toBe('old');
  });

  it('CS14 CS15 a home that cannot be written: reading works, writing says why', async () => {
    using place = scene();
    chmodSync(place.home, 0o755);
    const output = await asNobody(
      place.home,
      `say(String(await files.read(home + '/a/b'))); await files.write(home + '/a/b', 'x');`,
    );
    expect(output).toBe(
      `undefined\nstore-unavailable: could not make the directory ${place.home}/a: permission denied\n`,
    );
  });
});

describe('warnings', () => {
  it.each([
    ['CS23 a file that others can read', 0o604, 0o700, /can be read by other users/],
    ['CS12 a file that others can write', 0o606, 0o700, /can be written by other users/],
    ['CS12 a directory that others can write', 0o600, 0o707, /directory .* can be written by other users/],
    ['nothing wrong', 0o600, 0o755, undefined],
  ] as const)('reading with %s', async (_, file, directory, expected) => {
    using place = scene();
    const folder = join(place.home, 'd');
    mkdirSync(folder);
    writeFileSync(join(folder, 'f'), 'content');
    chmodSync(join(folder, 'f'), file);
    chmodSync(folder, directory);
    const read = `await files.read(home + '/d/f');`;
    const said = await inProcess(place.home, read + read);
    if (expected === undefined) expect(said).toBe('');
    else {
      expect(said).toMatch(expected);
      expect(said.split('\n')).toHaveLength(2);
    }
  });
});

describe('home directory', () => {
  const homeOf = (settings: Record<string, string>): Context['home'] => createContext({ settings }).home;

  it('CS14 is none when HOME is empty or relative', () => {
    expect(homeOf({ HOME: '' })).toBeUndefined();
    expect(homeOf({ HOME: './here' })).toBeUndefined();
    expect(homeOf({ HOME: 'here' })).toBeUndefined();
    expect(homeOf({ HOME: '/home/ada' })).toBe('/home/ada');
  });
});
