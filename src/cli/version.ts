import deno from "../../deno.json" with { type: "json" };

/** The version of the product. */
export const VERSION: string = deno.version;
