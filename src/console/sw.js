/**
 * The service worker: shows what web push brings, and opens the alert that is pressed. It answers no request of the page
 * and keeps nothing, so no price that it shows can be an old one. Plain: it is served as it stands here, without its comments.
 *
 * @typedef {{ title?: string, body?: string, id?: string, alert?: string | null, page?: string | null }} Pushed what `push_channel.ts` sends
 */

const worker = /** @type {any} */ (self);

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("push", (event) => event.waitUntil(show(event.data)));
worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(Object(event.notification.data)));
});
worker.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

/** A push that is not shown costs the permission: whatever comes is shown. */
async function show(data) {
  const { title = "Tickbell", body = "", id = "", alert = null, page = null } = read(data);
  // A repetition has the same id, and takes the place of the one that is there.
  await worker.registration.showNotification(title, {
    body,
    tag: id,
    icon: "/icon-192.png",
    badge: "/icon-192.png",
    data: { alert, page },
  });
}

/** @returns {Pushed} */
function read(data) {
  try {
    return Object(data?.json());
  } catch {
    return {};
  }
}

/** The alert in a console that is open already; else its own page, which asks for no key, or a new console. */
async function open({ alert, page }) {
  const path = alert ? `/#/alerts/${encodeURIComponent(alert)}` : "/";
  const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const console = windows.find(({ url }) => new URL(url).pathname === "/");
  if (console === undefined) return await worker.clients.openWindow(isOwn(page) ? page : path);
  console.postMessage({ open: path });
  await console.focus();
}

/** Whether it is a page of this origin. */
function isOwn(page) {
  return typeof page === "string" && URL.canParse(page) && new URL(page).origin === location.origin;
}

/** The browser has made another subscription: who has signed in by mail gets it in place of the old one. */
async function renew({ oldSubscription: old, newSubscription }) {
  if (!old) return;
  const renewed = newSubscription ?? await worker.registration.pushManager.subscribe(old.options);
  await fetch("/v1/account/channels", {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ recipient: recipientOf(renewed), replaces: recipientOf(old) }),
  });
}

/** A subscription as a recipient; the same as in `push/subscription.ts`. */
function recipientOf(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  return `push:${endpoint}#p256dh=${keys.p256dh}&auth=${keys.auth}`;
}
