import { flag, text } from "./setting.ts";

/** How a command of the terminal reaches the API. */
export const clientSettings = {
  apiUrl: text({
    default: "http://127.0.0.1:8000",
    placeholder: "URL",
    description: "Where the commands of the terminal find the control API.",
  }),
  json: flag({ description: "Print JSON, for programs, in place of a table." }),
};
