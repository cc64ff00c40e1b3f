import { dirname, join } from 'node:path';
import ts from 'typescript';

/**
 * Those of `files` that export a value of type `typeName` (as `port` declares it), or a function that returns one,
 * also by a promise or perhaps.
 */
export function exportedPartsOf(
  folder: string,
  port: string,
  typeName: string,
  files: readonly string[],
): string[] {
  const paths = [port, ...files].map((file) => join(folder, file));
  const program = ts.createProgram(paths, compilerOptions(folder));
  const checker = program.getTypeChecker();
  const portType = exportsOf(program, checker, join(folder, port)).find(({ name }) => name === typeName);
  if (!portType) throw new Error(`${join(folder, port)} exports no ${typeName}`);
  const wanted = checker.getDeclaredTypeOfSymbol(portType);
  return files.filter((file) =>
    exportsOf(program, checker, join(folder, file)).some(
      (symbol) =>
        isValue(checker, symbol) && offeredTypes(checker, symbol).some((type) => fits(checker, type, wanted)),
    ),
  );
}

function compilerOptions(folder: string): ts.CompilerOptions {
  const path = ts.findConfigFile(folder, ts.sys.fileExists);
  if (!path) return { module: ts.ModuleKind.NodeNext, strict: true, noEmit: true };
  const { config } = ts.readConfigFile(path, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(path));
  return { ...options, noEmit: true, composite: false, incremental: false };
}

function exportsOf(program: ts.Program, checker: ts.TypeChecker, path: string): ts.Symbol[] {
  const source = program.getSourceFile(path);
  const symbol = source && checker.getSymbolAtLocation(source);
  return symbol ? checker.getExportsOfModule(symbol) : [];
}

function isValue(checker: ts.TypeChecker, symbol: ts.Symbol): boolean {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return (target.flags & ts.SymbolFlags.Value) !== 0;
}

function offeredTypes(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Type[] {
  const type = checker.getTypeOfSymbol(symbol);
  const returned = type.getCallSignatures().map((signature) => signature.getReturnType());
  return [type, ...returned].map((each) => checker.getNonNullableType(checker.getAwaitedType(each) ?? each));
}

// What fits everything says nothing.
function fits(checker: ts.TypeChecker, type: ts.Type, wanted: ts.Type): boolean {
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Never | ts.TypeFlags.Unknown)) return false;
  return checker.isTypeAssignableTo(type, wanted);
}
