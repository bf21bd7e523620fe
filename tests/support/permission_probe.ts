/** Says which of the permissions that its arguments name this process has: a JSON list of `granted` or `denied`. */
const asked = JSON.parse(Deno.args[0] as string) as Deno.PermissionDescriptor[];
console.log(JSON.stringify(asked.map((one) => Deno.permissions.querySync(one).state === "granted")));
