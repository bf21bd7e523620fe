import { integer, oneOf, optionalText } from "./setting.ts";

/** Logs and metrics: the same for every role. Traces are set by the OTEL_ variables. */
export const telemetrySettings = {
  logLevel: oneOf(["debug", "info", "warning", "error"], {
    default: "info",
    description: "The least level of log that is written.",
    placeholder: "LEVEL",
  }),
  logFormat: oneOf(["json", "pretty"], {
    default: "json",
    description: "json writes one object a line, pretty a line for people.",
    placeholder: "FORMAT",
  }),
  metricsPort: integer({
    default: 9464,
    min: 0,
    max: 65_535,
    description: "Port of /healthz, /readyz and /metrics of a role that has no API; 0 takes a free one.",
    placeholder: "PORT",
  }),
  metricsHost: optionalText({
    description: "Address the metrics port listens on; by default 127.0.0.1, in a container 0.0.0.0.",
    placeholder: "ADDRESS",
  }),
};
