import { parse, TomlError, type TomlTable } from 'smol-toml';
import { ProtocolError } from '../../errors.ts';

/**
 * The values of a TOML 1.0 document. Throws `ProtocolError` with line and column; the parser's own error is not kept as
 * its cause, because it quotes the file.
 */
export const parseToml = (text: string): TomlTable => {
  try {
    return parse(text, { integersAsBigInt: 'asNeeded', maxDepth: 64 });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = (error.message.split('\n', 1)[0] ?? '').replace('Invalid TOML document: ', '');
    const { line, column } = error;
    const tooDeep = reason.includes('nested');
    throw new ProtocolError(tooDeep ? 'too-large' : 'syntax', tooDeep ? 'nested too deep' : reason, {
      line,
      column,
    });
  }
};
