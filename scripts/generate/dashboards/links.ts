import { dashboard } from "./sdk.ts";

const RUNBOOKS = "https://github.com/tickbell/tickbell/blob/main/docs/runbooks";

/**
 * Where a team keeps the runbooks (docs/runbooks of this project) for its browsers to read; said once, in the dashboard's
 * settings.
 */
export function runbooksVariable() {
  return new dashboard.TextBoxVariableBuilder("runbooks")
    .label("Runbooks")
    .description(
      "Address of the folder docs/runbooks as browsers reach it: the repository's page, or a web server.",
    )
    .current({ selected: true, text: RUNBOOKS, value: RUNBOOKS })
    .defaultValue(RUNBOOKS);
}

/** A panel's link to the page that says what to do. */
export function runbook(page: string) {
  return new dashboard.DashboardLinkBuilder("Runbook")
    .type(dashboard.DashboardLinkType.Link)
    .url(`\${runbooks}/${page}.md`)
    .targetBlank(true);
}

/** A link to another dashboard, with the time that is shown. */
export function toDashboard(title: string, uid: string) {
  return new dashboard.DashboardLinkBuilder(title)
    .type(dashboard.DashboardLinkType.Link)
    .url(`/d/${uid}`)
    .keepTime(true);
}
