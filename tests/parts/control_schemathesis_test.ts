import { findProgram, partsFolder, partTest } from "../support/part.ts";
import { ROOT_KEY } from "../support/control.ts";
import { startControlProcess } from "../support/control_process.ts";

const find = () => findProgram("schemathesis", `${partsFolder()}/schemathesis/bin/schemathesis`);

partTest("schemathesis finds nothing against the live control API", {
  part: "schemathesis",
  missing: async () => await find() ? undefined : "Install it: pip install schemathesis==4.32.5",
}, async () => {
  const folder = await Deno.makeTempDir();
  const control = await startControlProcess(folder);
  try {
    const { success, stdout } = await new Deno.Command((await find())!, {
      args: [
        `--config-file=${new URL("./schemathesis.toml", import.meta.url).pathname}`,
        "run",
        `${control.url}/openapi.json`,
        `--header=Authorization: Bearer ${ROOT_KEY}`,
        // Streams have no end to wait for; src/control/operations_test.ts follows them.
        "--exclude-path-regex=stream$",
        "--phases=examples,coverage,fuzzing,stateful",
        "--max-examples=25",
        "--max-time=40",
        "--seed=20261123",
        "--continue-on-failure",
        "--request-timeout=10",
        "--warnings=off",
        "--no-color",
      ],
      cwd: folder,
      stderr: "inherit",
    }).output();
    const report = new TextDecoder().decode(stdout);
    if (!success) throw new Error(report.slice(report.indexOf("FAILURES")).slice(0, 20_000));
  } finally {
    await control.stop();
    await Deno.remove(folder, { recursive: true });
  }
});
