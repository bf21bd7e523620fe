import type { FromWorker, ToWorker } from "./worker.ts";

const worker = new Worker("/worker.js", { type: "module" });
const form = document.querySelector("form") as HTMLFormElement;
const said = document.getElementById("said") as HTMLElement;
const alerts = document.getElementById("alerts") as HTMLElement;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = new FormData(form);
  worker.postMessage(
    { symbol: String(fields.get("symbol")), when: String(fields.get("when")) } satisfies ToWorker,
  );
});

worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
  said.className = "error" in data ? "error" : "";
  if ("error" in data) said.textContent = data.error;
  else if ("watching" in data) said.textContent = `Watching ${data.watching}`;
  else alerts.append(Object.assign(document.createElement("li"), { textContent: data.subject }));
});
