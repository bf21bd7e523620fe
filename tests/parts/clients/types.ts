/** Prints the TypeScript types of the OpenAPI document whose file is named. */
import openapiTS, { astToString } from "openapi-typescript";

const document = JSON.parse(await Deno.readTextFile(Deno.args[0]!));
console.log(astToString(await openapiTS(document)));
