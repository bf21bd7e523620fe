import { App } from "./app.ts";

const host = document.getElementById("app");
if (host !== null) new App(host).start();
