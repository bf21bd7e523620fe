import { asFileFault, fileFault, type FileKind } from "./file_fault.ts";

/** What systems put into folders by themselves: .DS_Store, ._name, __MACOSX, Thumbs.db, desktop.ini. */
export function isHidden(name: string): boolean {
  return name.startsWith(".") || name === "__MACOSX" || /^(?:thumbs\.db|desktop\.ini)$/i.test(name);
}

/**
 * The files of a path: itself, or those in the folder by name, hidden ones left out; several paths may be separated by
 * commas.
 *
 * @throws {InputError} the kind's code: there is none.
 */
export async function filesOf(path: string, kind: FileKind): Promise<readonly string[]> {
  const files: string[] = [];
  for (const one of path.split(",").map((part) => part.trim()).filter(Boolean)) {
    const stat = await Deno.stat(one).catch((thrown) => {
      throw asFileFault(thrown, { path: one, kind });
    });
    if (!stat.isDirectory) {
      files.push(one);
      continue;
    }
    const names = await visibleNames(one, kind);
    if (names.length === 0) {
      throw fileFault({ path: one, kind }, { code: "empty", reason: "there is no file in it" });
    }
    files.push(...names.map((name) => `${one.replace(/\/+$/, "")}/${name}`));
  }
  if (files.length > 0) return files;
  throw fileFault({ path, kind }, { code: "empty", reason: "no file is named" });
}

async function visibleNames(folder: string, kind: FileKind): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (!isDirectory && !isHidden(name)) names.push(name);
    }
  } catch (thrown) {
    throw asFileFault(thrown, { path: folder, kind });
  }
  return names.sort(inOrder);
}

/** By name; files that `record` rotated, `day.1.kis.gz`, by their number behind the first, `day.kis.gz`. */
function inOrder(a: string, b: string): number {
  const [left, right] = [rotation(a), rotation(b)];
  if (left.name !== right.name) return left.name < right.name ? -1 : 1;
  return left.number - right.number;
}

function rotation(name: string): { readonly name: string; readonly number: number } {
  const parts = /^([^.]+)\.(\d+)(\..+)$/.exec(name);
  return parts === null ? { name, number: 0 } : { name: `${parts[1]}${parts[3]}`, number: Number(parts[2]) };
}
