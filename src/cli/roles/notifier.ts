import { Notifier } from "../../roles/notifier/notifier.ts";
import { READ_TOGETHER } from "../../roles/notifier/options.ts";
import { traced } from "../../roles/delivery/traced_channel.ts";
import { logger } from "../../telemetry/log.ts";
import { missingLinks } from "../consent_policy.ts";
import { prepareDataDir } from "../data_dir.ts";
import { notifierOptions, openChannels } from "../open_channels.ts";
import { openMail } from "../open_mail.ts";
import { runRole } from "../role_process.ts";
import type { RoleContext } from "../role_settings.ts";

const log = logger("notifier");

/** Runs the role `tickbell notifier` as a process. */
export function runNotifier(context: RoleContext<"notifier">): Promise<number> {
  return runRole("notifier", context, async (parts) => {
    const { config } = context;
    const dataDir = config.mail === "outbox" ? await prepareDataDir(config.dataDir) : config.dataDir;
    const missing = missingLinks(config);
    if (missing !== undefined) log.warn("{missing}", { missing });
    const channels = await openChannels({ ...config, dataDir }, openMail);
    const notifier = new Notifier({
      ...parts,
      ...notifierOptions({ ...config, dataDir }),
      channels: channels.map(traced),
    });
    return {
      run: (signal) => notifier.run(signal),
      close: async () => void await Promise.all(channels.map((channel) => channel.close())),
    };
  }, { together: READ_TOGETHER });
}
