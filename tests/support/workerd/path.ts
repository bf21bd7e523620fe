/** Prints where npm put Cloudflare's workerd. */
import workerd from "workerd";

console.log((workerd as unknown as { readonly default: string }).default);
