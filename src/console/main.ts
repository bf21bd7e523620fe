import { App } from "./app.ts";
import { startWorker } from "./push/subscription.ts";

const host = document.getElementById("app");
if (host !== null) new App(host).start();
void startWorker((hash) => location.hash = hash);
