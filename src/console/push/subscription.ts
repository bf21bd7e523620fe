/** A subscription as the recipient that rules write to, see `src/rules/channels.ts`. */
export function recipientOf(subscription: Pick<PushSubscription, "toJSON">): string {
  const { endpoint = "", keys = {} } = subscription.toJSON();
  return `push:${endpoint}#p256dh=${keys.p256dh ?? ""}&auth=${keys.auth ?? ""}`;
}

/** Whether this browser, at this address, can be written to by web push. */
export function canSubscribe(): boolean {
  return isSecureContext && "serviceWorker" in navigator && "PushManager" in globalThis;
}

/** Registers the service worker, and has it open alerts in this page. */
export async function startWorker(open: (hash: string) => void): Promise<void> {
  if (!canSubscribe()) return;
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    const path: unknown = data?.open;
    if (typeof path === "string") open(path.slice(path.indexOf("#")));
  });
  try {
    await navigator.serviceWorker.register("/sw.js");
  } catch {
    // A private window, or a browser that keeps none: the page is the same without it.
  }
}

/** The recipient that this browser is; undefined when it has not subscribed. */
export async function ownRecipient(): Promise<string | undefined> {
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = await registration?.pushManager.getSubscription();
  return subscription ? recipientOf(subscription) : undefined;
}

/**
 * Asks the reader's permission and subscribes.
 *
 * @param key the server's VAPID key, base64url.
 * @returns the recipient that this browser is from now on; undefined when the reader does not want it.
 * @throws {DOMException} when the browser's push service does not take it.
 */
export async function subscribe(key: string): Promise<string | undefined> {
  if (await Notification.requestPermission() !== "granted") return undefined;
  const registration = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const standing = await registration.pushManager.getSubscription();
  // One that was made for another key cannot be written to.
  if (standing !== null && !isFor(standing, key)) await standing.unsubscribe();
  return recipientOf(await registration.pushManager.subscribe(options));
}

/** Ends this browser's subscription. */
export async function unsubscribe(): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration();
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
}

function isFor(subscription: PushSubscription, key: string): boolean {
  const own = subscription.options.applicationServerKey;
  if (own === null) return false;
  const text = btoa(String.fromCharCode(...new Uint8Array(own)));
  return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "") === key;
}
