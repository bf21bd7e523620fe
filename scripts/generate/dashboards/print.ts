/**
 * Prints the dashboards by the names of their files, as JSON.
 *
 * @module
 */
import { operationsDashboard } from "./operations.ts";
import { stockDashboard } from "./stock.ts";

console.log(JSON.stringify({ "operations.json": operationsDashboard(), "stock.json": stockDashboard() }));
