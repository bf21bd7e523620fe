/** The names that a terraform.tfvars file gives a value, those within an object too. */
export function namesOf(text: string): string[] {
  return [...text.matchAll(/^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=/gm)].map((match) => match[1] as string);
}

/**
 * The plain assignments of a terraform.tfvars file: texts, numbers and switches. Lists and objects are left to Terraform.
 *
 *     readTfvars('account_id = "123456789012" # ours') // { account_id: "123456789012" }
 */
export function readTfvars(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const parts =
      /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?:"([^"\\]*)"|([0-9.]+|true|false))\s*(?:(?:#|\/\/).*)?$/.exec(
        line,
      );
    if (parts !== null) values[parts[1] as string] = parts[2] ?? parts[3] as string;
  }
  return values;
}
