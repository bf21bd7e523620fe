import type { AppKey } from "../adapters/kis/approval.ts";
import { KIS_ENVIRONMENTS, type KisEnvironment } from "../adapters/kis/environment.ts";
import { MASTER_URL, MasterSite } from "../adapters/kis/rest/master_site.ts";
import { openQuotations } from "../adapters/kis/rest/open_rest.ts";
import type { feedSettings, restSettings } from "../config/feed.ts";
import type { Values } from "../config/setting.ts";
import type { Random } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import { OutsideError } from "../core/errors.ts";
import type { Quotations } from "../ports/quotations.ts";
import { logger } from "../telemetry/log.ts";
import { prepareDataDir } from "./data_dir.ts";
import { badSetting } from "./bad_setting.ts";

const logging = logger("kis");

/** KIS's REST on the paper environment takes one request a second. */
const PAPER_PER_SECOND = 1;

type RestConfig = Values<typeof restSettings>;

/**
 * Where KIS is, and the app keys with their secrets.
 *
 * @throws {InputError} when there is no key, or not a secret for each.
 */
export function kisAccount(
  config: RestConfig & Partial<Pick<Values<typeof feedSettings>, "kisSocketUrl">>,
): { readonly environment: KisEnvironment; readonly apps: readonly [AppKey, ...AppKey[]] } {
  const { kisAppKeys: keys, kisAppSecrets: secrets } = config;
  const apps = keys.map((key, index) => ({ key, secret: secrets[index] as string }));
  const [first, ...others] = apps;
  if (first === undefined) {
    throw badSetting("--kis-app-keys", "is needed: TICKBELL_KIS_APP_KEYS, or a file of it");
  }
  if (keys.length !== secrets.length) {
    throw badSetting("--kis-app-secrets", `must be as many as the app keys: ${keys.length}`, secrets.length);
  }
  const environment = KIS_ENVIRONMENTS[config.kisEnvironment];
  return {
    environment: {
      ...environment,
      restUrl: config.kisRestUrl ?? environment.restUrl,
      socketUrl: config.kisSocketUrl ?? environment.socketUrl,
    },
    apps: [first, ...others],
  };
}

/**
 * The account's REST, whose token and rate are shared with the other processes of the data directory. Undefined where it
 * is not to be asked at all.
 *
 * @throws {InputError} when there is no key, or not a secret for each.
 */
export async function openRest(
  config: RestConfig & { readonly dataDir: string },
  deps: { readonly clock: Clock; readonly random: Random },
): Promise<Quotations | undefined> {
  if (config.kisRestPerSecond === 0) return undefined;
  const { environment, apps: [app] } = kisAccount(config);
  return await openQuotations({
    ...deps,
    environment,
    app,
    customerType: config.kisCustomerType,
    perSecond: environment.name === "paper" ? PAPER_PER_SECOND : config.kisRestPerSecond,
    masters: masterSite(config),
    folder: await folderOf(config.dataDir),
  });
}

/** Where KIS's master files are. */
export function masterSite(config: Pick<RestConfig, "kisMasterUrl" | "kisRestUrl">): MasterSite {
  // The fake server has master files of its own.
  const fake = config.kisRestUrl === undefined ? undefined : `${config.kisRestUrl}/common/master`;
  return new MasterSite({ url: config.kisMasterUrl ?? fake ?? MASTER_URL, fetch });
}

/** A process without a writable folder shares its token and rate with nobody, and goes on. */
async function folderOf(dataDir: string): Promise<string | undefined> {
  try {
    return await prepareDataDir(dataDir);
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    logging.warn("Token and rate of KIS's REST are this process's own: {error}", { error: error.message });
    return undefined;
  }
}
