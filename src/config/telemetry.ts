import { flag, integer, oneOf, optionalText } from "./setting.ts";

/** Logs, metrics and traces: the same for every role. */
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
  traces: flag({
    description:
      "Send traces from trade to mail by OTLP; needs OTEL_DENO=true and OTEL_EXPORTER_OTLP_ENDPOINT in the environment.",
  }),
};
