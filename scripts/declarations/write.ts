/**
 * Writes the declarations of every module that a package's src/mod.ts reaches, beside its JavaScript: FOLDER INTO. TypeScript
 * has a configuration of its own: nothing else needs it.
 *
 * @module
 */
import ts from "typescript";

const [folder = "", into = ""] = Deno.args;
const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
  noUncheckedIndexedAccess: true,
  allowImportingTsExtensions: true,
  declaration: true,
  emitDeclarationOnly: true,
  rootDir: folder,
  outDir: into,
  types: [],
};
const program = ts.createProgram([`${folder}/src/mod.ts`], options);
const { emitSkipped } = program.emit(undefined, (path, text) => {
  Deno.mkdirSync(path.replace(/\/[^/]*$/, ""), { recursive: true });
  Deno.writeTextFileSync(path, text.replace(/(from|import\()(\s*")(\.{1,2}\/[^"]+)\.ts"/g, '$1$2$3.js"'));
});
if (emitSkipped) {
  console.error("the package's types could not be written");
  Deno.exit(1);
}
