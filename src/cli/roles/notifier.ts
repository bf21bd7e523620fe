import { Notifier } from "../../roles/notifier/notifier.ts";
import { traced } from "../../roles/delivery/traced_channel.ts";
import { prepareDataDir } from "../data_dir.ts";
import { notifierOptions, openChannels } from "../open_channels.ts";
import { openMail } from "../open_mail.ts";
import { runRole } from "../role_process.ts";
import type { RoleContext } from "../role_settings.ts";

/** Runs the role `tickbell notifier` as a process. */
export function runNotifier(context: RoleContext<"notifier">): Promise<number> {
  return runRole("notifier", context, async (parts) => {
    const { config } = context;
    const dataDir = config.mail === "outbox" ? await prepareDataDir(config.dataDir) : config.dataDir;
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
  });
}
